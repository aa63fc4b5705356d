package demo

import (
	"os"
	"testing"
)

// TestDemo runs the whole demonstration.
func TestDemo(t *testing.T) {
	ok, err := Run(t.Context(), os.Getenv("OUTDIR"), os.Stdout)
	if err != nil || !ok {
		t.Errorf("ok = %v, error %v", ok, err)
	}
}
