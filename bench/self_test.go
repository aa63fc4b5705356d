package main

import (
	"os"
	"testing"
)

// TestMain lets the test binary be the program where the program starts itself
// again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "reflect" || os.Args[1] == "host") {
		os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
