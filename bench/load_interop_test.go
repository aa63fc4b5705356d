//go:build interop

package main

import (
	"bytes"
	"testing"
)

// The load generator against this tree's own bridge in a process of its own.
func TestLoad(t *testing.T) {
	var out, progress bytes.Buffer
	status := start([]string{"load", "--calls=12", "--conferences=3", "--talkers=2", "--settle=1s", "--measure=2s"}, &out, &progress)
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, &out, &progress)
	}
	wantContains(t, out.String(), "12 in 3 conferences", "µs per leg and tick", "0 lost", "12 of 12 callers examined heard the right voices", "mouth to ear")
}
