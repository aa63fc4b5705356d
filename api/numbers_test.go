package api

import (
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"partyline/bridge"
)

// TestMediaShowsEveryNumber: whatever of a leg's numbers changes, exactly one
// member of the resource shows it.
func TestMediaShowsEveryNumber(t *testing.T) {
	none := flatMedia(t, bridge.MediaView{})
	for name, set := range everyNumber() {
		var m bridge.MediaView
		set(&m.Stats)
		got := flatMedia(t, m)
		var changed []string
		for member, value := range got {
			if value != none[member] {
				changed = append(changed, member)
			}
		}
		if len(changed) != 1 || len(got) != len(none) {
			t.Errorf("%s changes the members %v, want one", name, changed)
		}
	}
}

// TestMediaIsDocumented: README.md names every member of the numbers.
func TestMediaIsDocumented(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for member := range flatMedia(t, bridge.MediaView{}) {
		if !strings.Contains(string(readme), "`"+member+"`") {
			t.Errorf("README.md does not name %s", member)
		}
	}
}

// everyNumber returns, for each field of a leg's statistics, a function that
// sets it.
func everyNumber() map[string]func(*bridge.MediaStats) {
	all := map[string]func(*bridge.MediaStats){}
	stats := reflect.TypeFor[bridge.MediaStats]()
	for i := range stats.NumField() {
		group := stats.Field(i)
		for j := range group.Type.NumField() {
			all[group.Name+"."+group.Type.Field(j).Name] = func(s *bridge.MediaStats) {
				setNumber(reflect.ValueOf(s).Elem().Field(i).Field(j))
			}
		}
	}
	return all
}

// setNumber sets a field of any type that occurs to something.
func setNumber(v reflect.Value) {
	switch v.Interface().(type) {
	case netip.AddrPort:
		v.Set(reflect.ValueOf(netip.MustParseAddrPort("192.0.2.1:4000")))
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1e9, 0)))
	case time.Duration:
		v.SetInt(int64(40 * time.Millisecond))
	default:
		if v.CanFloat() {
			v.SetFloat(0.5)
		} else if v.CanUint() {
			v.SetUint(2)
		} else {
			v.SetInt(2)
		}
	}
}

// flatMedia renders numbers and returns the members by their paths, such as
// "rx.lost".
func flatMedia(t *testing.T, m bridge.MediaView) map[string]any {
	t.Helper()
	data, err := json.Marshal(telnyx.media(&bridge.ParticipantView{}, &m))
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatal(err)
	}
	flat := map[string]any{}
	flatten(flat, "", body)
	return flat
}

func flatten(flat map[string]any, prefix string, body map[string]any) {
	for name, value := range body {
		if group, ok := value.(map[string]any); ok {
			flatten(flat, prefix+name+".", group)
			continue
		}
		flat[strings.TrimPrefix(prefix+name, ".")] = value
	}
}
