package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"

	"partyline/bench/internal/load"
	"partyline/bench/internal/plot"
	"partyline/bench/internal/quality"
)

// command runs the program in a folder of its own.
func command(t *testing.T, args ...string) (status int, out, progress string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var o, p bytes.Buffer
	status = start(args, &o, &p)
	return status, o.String(), p.String()
}

func wantContains(t *testing.T, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%q is missing in:\n%s", p, s)
		}
	}
}

func TestCommand_Help(t *testing.T) {
	status, out, _ := command(t, "quality", "-h")
	if status != 0 {
		t.Errorf("status %d", status)
	}
	wantContains(t, out, "--json=FILE", "--out=DIR", "--only=REGEXP", "exit status", "elsewhere")
}

func TestCommand_MistakesInTheFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"quantity"}, {"quality", "--loud"}, {"quality", "--only", "("}, {"quality", "--only", "R99"}} {
		if status, _, progress := command(t, args...); status != 2 || !strings.HasPrefix(progress, "bench: ") {
			t.Errorf("%q: status %d, %q", args, status, progress)
		}
	}
}

func TestCommand_TableAndJSON(t *testing.T) {
	status, out, progress := command(t, "quality", "--only", "R02|R16|M08", "--json", "figures.json")
	if status != 0 {
		t.Errorf("status %d", status)
	}
	wantContains(t, out, "sequence wraps", "holes 0", "pass", "elsewhere",
		"3 cases in ", "2 pass, 0 fail, 1 judged elsewhere")
	wantContains(t, progress, "3 of 3 cases")
	b, err := os.ReadFile("figures.json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Cases []struct {
			ID, Verdict string
			Numbers     map[string]float64
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Cases) != 3 || got.Cases[0].ID != "R02" || got.Cases[0].Verdict != "pass" {
		t.Errorf("%+v", got)
	}
	if holes, told := got.Cases[0].Numbers["holes"]; !told || holes != 0 {
		t.Errorf("holes: %v, %v", holes, told)
	}
	if _, err := os.Stat("partyline-quality"); err == nil {
		t.Error("a folder was made for no picture")
	}
}

func TestFreshFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"pictures", "pictures-2", "pictures-3"} {
		if got, err := freshFolder("pictures"); got != want || err != nil {
			t.Errorf("%s, %v instead of %s", got, err, want)
		}
	}
	if _, err := freshFolder("none/below"); err == nil {
		t.Error("a folder was made where none can be")
	}
}

func TestDraw(t *testing.T) {
	t.Chdir(t.TempDir())
	rows := []quality.Row{{}, {Pictures: []quality.Picture{{Name: "a", Figure: &plot.Figure{Title: "a", XMax: 1}}}}}
	for _, c := range []struct{ dir, want string }{
		{"", "partyline-quality/a.png"}, {"", "partyline-quality-2/a.png"}, {"x/y", "x/y/a.png"},
	} {
		var out bytes.Buffer
		if err := (&qualityCmd{Out: c.dir}).draw(&writers{&out, io.Discard}, rows); err != nil {
			t.Fatal(err)
		}
		wantContains(t, out.String(), c.want)
		f, err := os.Open(c.want)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := png.Decode(f); err != nil {
			t.Error(err)
		}
	}
}

// A failing case fails the command.
func TestFinish_Status(t *testing.T) {
	w := &writers{io.Discard, io.Discard}
	rows := []quality.Row{{Verdict: quality.Pass}, {Verdict: quality.Elsewhere}}
	if err := new(qualityCmd).finish(w, rows, 0); err != nil {
		t.Error(err)
	}
	rows = append(rows, quality.Row{Verdict: quality.Fail})
	if err := new(qualityCmd).finish(w, rows, 0); err != errFailed {
		t.Errorf("%v", err)
	}
}

// A mistake in the flags of load is told by the flag's name, before anything is
// built or called.
func TestCommand_LoadMistakes(t *testing.T) {
	for flag, args := range map[string]string{
		"--uri":         "--uri=sip:load@127.0.0.1",
		"--calls":       "--calls=0",
		"--conferences": "--calls=5",
		"--coaches":     "--coaches=400",
		"--garbage":     "--garbage=plenty",
		"--target":      "--garbage=1GB --target=127.0.0.1:5060",
		"--pid":         "--pid=1",
		"--account":     "--target=127.0.0.1:5060 --api=127.0.0.1:8080 --account=nobody",
		"--api":         "--target=127.0.0.1:5060 --held=1",
		"--log-level":   "--log-level=loud",
	} {
		status, _, progress := command(t, append([]string{"load"}, strings.Fields(args)...)...)
		if status != 2 || !strings.Contains(progress, flag) {
			t.Errorf("%s: status %d, %q", args, status, progress)
		}
	}
}

func TestCommand_LoadHelp(t *testing.T) {
	_, out, _ := command(t, "load", "-h")
	wantContains(t, out, "--churn=CPS", "--life=DURATION", "--updates=N", "--garbage=BYTES", "--coaches=N", "exit status", "storm")
}

// Whatever must not be fails the command, all of it at once.
func TestLoad_Wrongs(t *testing.T) {
	good := &load.Report{Churn: &load.ChurnReport{Made: 9}, Updates: &load.UpdateReport{Made: 9}, Heard: &load.Heard{Ears: 9}}
	if err := wrongs(good); err != nil {
		t.Error(err)
	}
	err := wrongs(&load.Report{
		Dropped: 2,
		Churn:   &load.ChurnReport{Made: 9, Failed: 3, Reason: "busy", Unmade: "no port"},
		Updates: &load.UpdateReport{Made: 9, Failed: 4, Reason: "too many"},
		Heard:   &load.Heard{Ears: 9, Wrong: 5},
	})
	if err == nil {
		t.Fatal("everything is right")
	}
	wantContains(t, err.Error(), "ended 2 calls", "3 of 9 calls", "busy", "no port", "--churn", "4 of 9 updates", "too many", "5 of 9 callers")
}
