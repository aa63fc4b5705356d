package partyline_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the picture in ARCHITECTURE.md: for each top-level folder, the
// other top-level folders its code may import. Any folder may import its own
// sub-packages.
var mayImport = map[string][]string{
	"mixer":  {},
	"media":  {},
	"bridge": {"mixer", "media"},
	"sip":    {"bridge"},
	"api":    {"bridge"},
	"cmd":    {"api", "sip", "bridge", "media", "mixer"},
	"bench":  {"api", "sip", "bridge", "media", "mixer"},
}

// onlyStandard lists the folders that import nothing from outside the standard
// library and the module.
var onlyStandard = map[string]bool{"mixer": true}

const module = "partyline"

func TestArchitecture(t *testing.T) {
	forEachGoFile(t, func(file string, src []byte) {
		if strings.HasSuffix(file, "_test.go") || !strings.Contains(file, "/") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if reason := forbidden(folder(file), imported); reason != "" {
				t.Errorf("%s imports %s: %s", file, imported, reason)
			}
		}
	})
}

// TestArchitectureRules shows that forbidden says no where it must.
func TestArchitectureRules(t *testing.T) {
	for _, c := range []struct {
		from, imported string
		allowed        bool
	}{
		{"mixer", "math", true},
		{"mixer", "partyline/mixer/limit", true},
		{"mixer", "partyline/media", false},
		{"mixer", "golang.org/x/sys/unix", false},
		{"media", "golang.org/x/sys/unix", true},
		{"media", "partyline/mixer", false},
		{"media", "partyline/bridge", false},
		{"bridge", "partyline/media/wav", true},
		{"bridge", "partyline/sip", false},
		{"sip", "partyline/media", false},
		{"sip", "partyline/api", false},
		{"api", "partyline/sip", false},
		{"api", "partyline/media", false},
		{"cmd", "partyline/sip/phone", true},
		{"cmd", "partyline/bench", false},
		{"bench", "partyline/cmd/partyline/internal/app", false},
		{"tools", "fmt", false},
		{"api", "C", false},
		{"api", "partyline", false},
	} {
		if got := forbidden(c.from, c.imported) == ""; got != c.allowed {
			t.Errorf("%s imports %s: allowed = %v, want %v", c.from, c.imported, got, c.allowed)
		}
	}
}

// forbidden says why code below the top-level folder from may not import a
// package, or "".
func forbidden(from, imported string) string {
	allowed, known := mayImport[from]
	if !known {
		return "the folder " + from + " is not in the picture"
	}
	if imported == "C" {
		return "there is no cgo in this module"
	}
	inside, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		if imported == module {
			return "the root holds only tests"
		}
		if onlyStandard[from] && strings.Contains(folder(imported), ".") {
			return from + " imports only the standard library"
		}
		return ""
	}
	to := folder(inside)
	if to == from {
		return ""
	}
	for _, a := range allowed {
		if a == to {
			return ""
		}
	}
	return from + " may not know " + to
}

// folder is the first element of a slash-separated path.
func folder(p string) string {
	first, _, _ := strings.Cut(path.Clean(p), "/")
	return first
}

// forEachGoFile calls f for every Go file of the module, whatever its build
// tags say.
func forEachGoFile(t *testing.T, f func(file string, src []byte)) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") {
			return nil
		}
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		f(file, src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
