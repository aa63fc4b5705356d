package demo

import (
	"bytes"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"partyline/mixer/tone"
)

// sound mixes tones of the named sources, at their levels, for a second.
func sound(levels heard) []int16 {
	out := make([]int16, rate)
	part := make([]int16, rate)
	for name, level := range levels {
		f := hz(name)
		if name == music {
			f = 196
		}
		(&tone.Sine{Rate: rate, Hz: f, Level: level}).Fill(part)
		for i, v := range part {
			out[i] += v
		}
	}
	return out
}

func TestListen(t *testing.T) {
	for _, want := range []heard{
		{},
		{"alice": -20},
		{"alice": -32, "bob": -32, "news": -26},
		{"bob": -20, "carol": -20, "notice": -26},
		{music: -36},
		{"wait": -26, music: -40},
	} {
		got := listen(sound(want))
		if got.names() != want.names() {
			t.Errorf("heard %q, want %q", got.levels(), want.levels())
		}
		for name := range want {
			tolerance := 0.5
			if name == music {
				tolerance = 2 // the comb only estimates it
			}
			if d := got[name] - want[name]; math.Abs(d) > tolerance {
				t.Errorf("heard %s at %.1f dBov, want %.1f", name, got[name], want[name])
			}
		}
	}
}

// TestListenThroughGaps: what a busy machine tears out of a tone is not heard
// as music or as another voice.
func TestListenThroughGaps(t *testing.T) {
	samples := sound(heard{"alice": -20, "bob": -20})
	clear(samples[2000:2160])
	copy(samples[5000:], samples[5037:])
	if got := listen(samples).names(); got != "alice bob" {
		t.Errorf("heard %q, want alice and bob", got)
	}
}

func TestFindBeep(t *testing.T) {
	chime := make([]int16, rate/4)
	half := len(chime) / 2
	(&tone.Sine{Rate: rate, Hz: 660, Level: -21}).Fill(chime[:half])
	(&tone.Sine{Rate: rate, Hz: 440, Level: -21}).Fill(chime[half:])
	talk := sound(heard{"alice": -20, "bob": -20})
	if level := findBeep(talk); level > beepThreshold {
		t.Errorf("a beep at %.1f dBov in plain talk", level)
	}
	for i, v := range chime {
		talk[1000+i] += v
	}
	if level := findBeep(talk); level < beepThreshold {
		t.Errorf("the beep is at %.1f dBov only", level)
	}
	if level := findBeep(talk[:1000+half]); level > beepThreshold {
		t.Error("half a beep is taken for a whole one")
	}
}

// TestScriptIsComplete: each documented parameter of an update is in it, as
// are the other requests the issue names.
func TestScriptIsComplete(t *testing.T) {
	var titles []string
	for _, s := range script() {
		titles = append(titles, s.title)
		for name, expected := range s.expect {
			if expected != gone && sorted(expected) != expected {
				t.Errorf("%s: %s shall hear %q, written in order %q", s.title, name, expected, sorted(expected))
			}
		}
	}
	all := strings.Join(titles, "\n")
	for _, want := range []string{
		"Muted=true", "Muted=false", "Hold=true", "Hold=false", `HoldUrl=\S+wav`, `HoldURL=\S+xml`, "HoldMethod=",
		"carol: AnnounceUrl=", "AnnounceMethod=", "conference: AnnounceUrl=", `WaitUrl=\S+wav`, `WaitUrl= `, "WaitMethod=",
		"BeepOnExit=true", "BeepOnExit=false", "Coaching=true CallSidToCoach=", ": CallSidToCoach=", "Coaching=false",
		"DELETE", "EndConferenceOnExit=true", "Status=completed",
	} {
		if !regexp.MustCompile(want).MatchString(all) {
			t.Errorf("no step with %s", want)
		}
	}
}

// TestReportDecides: the table says FAILED, and with it the verdict, as soon as
// one phone heard something else.
func TestReportDecides(t *testing.T) {
	right := outcome{number: 1, step: step{title: "first"}, ears: map[string]ear{"bob": {expected: "alice", got: "alice"}}}
	wrong := outcome{number: 2, step: step{title: "second"}, ears: map[string]ear{"bob": {expected: "", got: "carol", levels: "carol -20"}}}
	var b bytes.Buffer
	if !report(&b, []outcome{right}) || strings.Contains(b.String(), "FAILED") {
		t.Errorf("a right step is reported as\n%s", b.String())
	}
	if report(&b, []outcome{right, wrong}) || !strings.Contains(b.String(), "1 of 2 steps FAILED") {
		t.Errorf("a wrong step is reported as\n%s", b.String())
	}
	if report(&b, nil) {
		t.Error("no step at all counts as success")
	}
}

// TestBandsFollowTime: what is drawn begins and ends when it was heard.
func TestBandsFollowTime(t *testing.T) {
	f := film{name: "bob"}
	f.lay(time.Second, sound(heard{"alice": -20}))
	f.lay(3*time.Second, make([]int16, rate))
	got := runs(f.bands(), "alice")
	if len(got) != 1 {
		t.Fatalf("%d bands, want 1: %v", len(got), got)
	}
	const blur = 70 * time.Millisecond
	if d := got[0].from - time.Second; d.Abs() > blur {
		t.Errorf("the band begins at %v, want 1 s", got[0].from)
	}
	if d := got[0].to - 2*time.Second; d.Abs() > blur {
		t.Errorf("the band ends at %v, want 2 s", got[0].to)
	}
}

func TestPictureIsAPNG(t *testing.T) {
	f := film{name: "alice", calls: []stretch{{0, time.Second}}}
	f.lay(0, sound(heard{"bob": -20}))
	o := outcome{number: 1, step: script()[0], to: time.Second, ears: map[string]ear{"alice": {expected: "bob", got: "bob"}}}
	path := filepath.Join(t.TempDir(), pictureName)
	if err := writePicture(path, []film{f}, []outcome{o}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	want := sourceNamed("bob").color
	if !colours[[3]uint32{uint32(want.R), uint32(want.G), uint32(want.B)}] {
		t.Error("the picture does not show bob")
	}
}

func TestOutputDir(t *testing.T) {
	t.Chdir(t.TempDir())
	made := map[string]bool{}
	for range 2 {
		dir, err := outputDir("")
		if err != nil {
			t.Fatal(err)
		}
		made[dir] = true
	}
	if want := map[string]bool{"partyline-demo": true, "partyline-demo-2": true}; !maps.Equal(made, want) {
		t.Errorf("made %v, want %v", made, want)
	}
	for range 2 { // a folder that is named may exist
		if dir, err := outputDir("out"); err != nil || dir != "out" {
			t.Errorf("outputDir(out) = %q, %v", dir, err)
		}
	}
}
