package main

import (
	"runtime/debug"
	"testing"
)

// TestTuneCollector: a GOGC of the user's wins.
func TestTuneCollector(t *testing.T) {
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	tuneCollector(func(string) (string, bool) { return "", true })
	if got := debug.SetGCPercent(70); got != 70 {
		t.Errorf("with GOGC in the environment the collector is set to %d", got)
	}
	tuneCollector(func(string) (string, bool) { return "", false })
	if got := debug.SetGCPercent(70); got != gcPercent {
		t.Errorf("without GOGC the collector is set to %d, want %d", got, gcPercent)
	}
}
