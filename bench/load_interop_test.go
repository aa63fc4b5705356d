//go:build interop

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loaded runs the load generator against this tree's own bridge in a process of
// its own and returns what it prints and writes.
func loaded(t *testing.T, flags string) (out string, figures map[string]any) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "figures.json")
	var o, progress bytes.Buffer
	args := append([]string{"load", "--settle=1s", "--measure=2s", "--json=" + file}, strings.Fields(flags)...)
	if status := start(args, &o, &progress); status != 0 {
		t.Fatalf("status %d\n%s%s", status, &o, &progress)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Figures map[string]any }
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return o.String(), all.Figures
}

// sub is a figure of a group of them.
func sub(figures map[string]any, group, name string) float64 {
	g, _ := figures[group].(map[string]any)
	n, _ := g[name].(float64)
	return n
}

func TestLoad(t *testing.T) {
	out, _ := loaded(t, "--calls=12 --conferences=3 --talkers=2")
	wantContains(t, out, "12 in 3 conferences", "µs per leg and tick", "0 lost", "12 of 12 callers examined heard the right voices", "mouth to ear")
}

// Whoever coaches, hears an announcement, is on hold or muted hears what belongs
// to it, while others are updated and calls come and go.
func TestLoad_RolesAndStrain(t *testing.T) {
	out, figures := loaded(t, "--calls=40 --conferences=4 --talkers=2 --coaches=4 --announcements=4 --held=4 --muted=4 --updates=50 --churn=20 --life=500ms --log-level=debug")
	wantContains(t, out, "4 coaches", "4 hear an announcement", "4 on hold", "4 muted", "log  ")
	if right, of := sub(figures, "heard", "ears")-sub(figures, "heard", "wrong"), sub(figures, "heard", "ears"); right != of || of < 24 {
		t.Errorf("%v of %v heard the right voices\n%s", right, of, out)
	}
	if made := sub(figures, "updates", "made"); made < 50 || sub(figures, "updates", "failed") > 0 {
		t.Errorf("%v updates\n%s", made, out)
	}
	if c := sub(figures, "churn", "answered"); c < 20 || c != sub(figures, "churn", "made") || sub(figures, "churn", "silent") > 0 {
		t.Errorf("%v calls came and went\n%s", c, out)
	}
	if n := sub(figures, "counters", "http_requests_total") + sub(figures, "counters", "partyline_http_requests_total"); n < 50 {
		t.Errorf("the bridge counted %v requests", n)
	}
}

// The bridge within this program makes garbage.
func TestLoad_Garbage(t *testing.T) {
	out, figures := loaded(t, "--calls=6 --conferences=2 --talkers=2 --garbage=100MB --no-probe")
	wantContains(t, out, "6 of 6 callers examined heard the right voices")
	if made := sub(figures, "counters", "go_memstats_alloc_bytes_total"); made < 150e6 || sub(figures, "counters", "go_gc_duration_seconds_count") < 1 {
		t.Errorf("%v bytes in two seconds\n%s", made, out)
	}
}

// A storm of calls without any that stay.
func TestLoad_Storm(t *testing.T) {
	out, figures := loaded(t, "--calls=0 --churn=50 --life=300ms --no-probe")
	if c := sub(figures, "churn", "answered"); c < 90 || c != sub(figures, "churn", "made") {
		t.Errorf("%v calls\n%s", c, out)
	}
}
