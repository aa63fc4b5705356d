//go:build interop

package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo runs the whole demonstration.
func TestDemo(t *testing.T) {
	var out strings.Builder
	dir := t.ArtifactDir()
	ok, err := Run(t.Context(), dir, &out)
	t.Log(out.String())
	if err != nil || !ok {
		t.Errorf("ok = %v, error %v", ok, err)
	}
	for _, name := range []string{"alice.wav", "bob.wav", "carol.wav", pictureName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
