//go:build interop

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
)

// The floor in a process of its own: every packet that comes back was sent, and
// none is lost. What it costs is not judged.
func TestFloor(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, progress bytes.Buffer
	status := start([]string{"floor", "--legs=20", "--settle=500ms", "--measure=1s", "--json=floor.json"}, &out, &progress)
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, &out, &progress)
	}
	wantContains(t, out.String(), "floor, connected", "µs per leg and tick", "of plain", "floor.json")
	wantContains(t, progress.String(), "floor: 20 legs, about 2s", "floor, connected: 20 legs, about 2s")
	b, err := os.ReadFile("floor.json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Figures bothFloors }
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for kind, r := range map[floor.Kind]*load.Report{floor.Plain: got.Figures.Plain, floor.Connected: got.Figures.Connected} {
		if r.Received == 0 || r.Expected < 20 || r.Lost != 0 || r.Disordered != 0 || r.MicrosPerLegTick <= 0 {
			t.Errorf("%v: %d of %d packets came, %d lost, %d out of order; %v µs", kind, r.Received, r.Expected, r.Lost, r.Disordered, r.MicrosPerLegTick)
		}
	}
}
