package prompt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge/prompt/misbehave"
)

// fakeSpeaker says everything as a second of the tone.
type fakeSpeaker struct {
	mu   sync.Mutex
	said []string
	err  error
	wait time.Duration
	busy int
	peak int
}

func (f *fakeSpeaker) Name() string { return "fake" }

func (f *fakeSpeaker) Speak(ctx context.Context, voice, language, text string) ([]byte, error) {
	f.mu.Lock()
	f.said = append(f.said, voice+"/"+language+"/"+text)
	f.busy++
	f.peak = max(f.peak, f.busy)
	f.mu.Unlock()
	defer func() { f.mu.Lock(); f.busy--; f.mu.Unlock() }()
	if text == "panic" {
		panic("hoarse")
	}
	select {
	case <-time.After(f.wait):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return misbehave.Second, f.err
}

func TestF30_NoEngine(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.speaker = nil
		wantSame(t, "the Play after it", trim(r.hear(r.open("/f30/saythenplay"), 3*time.Second)), second(t))
		r.wantTold("say-unavailable:no-engine")
	})
	inBubble(t, func(r *rig) {
		r.lib.speaker = nil
		wantMusic(t, "instead of a document with nothing else", r.hear(r.open("/f30/say"), 3*time.Second))
		r.wantTold("say-unavailable:no-engine fell-back:no-engine")
	})
	inBubble(t, func(r *rig) {
		r.lib.speaker = nil
		s := r.openAs(Announce, "/f30/say")
		_, state := r.hearUntil(s, time.Second, until(Ended))
		if err := failure(s.Err(), ""); state != Ended || err.Kind != SayUnavailable {
			t.Errorf("%v, %v", state, err)
		}
	})
}

func TestF30_Say(t *testing.T) {
	fake := &fakeSpeaker{}
	inBubbleWith(t, Options{Speaker: fake}, func(r *rig) {
		one := second(t)
		for range 3 {
			s := r.open("/f30/say")
			wantSame(t, "the speech", trim(r.hear(s, 2*time.Second)), one)
			s.Stop()
		}
		wantSame(t, "in a loop", trim(r.hear(r.open(doc(`<Response><Say loop="2"> Good <emphasis>day</emphasis> &amp; so on </Say></Response>`)), 4*time.Second)),
			slices.Concat(one, one))
		r.wantTold("")
		if want := []string{"woman/en-GB/Please hold the line.", "//Good day & so on"}; !slices.Equal(fake.said, want) {
			t.Errorf("said %q, want %q", fake.said, want)
		}
	})
}

func TestF30_SayFails(t *testing.T) {
	long := doc("<Response><Say>" + strings.Repeat("long ", 1000) + "</Say></Response>")
	for _, test := range []struct {
		path, want string
		fake       *fakeSpeaker
	}{
		{"/f30/say", "say-unavailable:failed fell-back:failed", &fakeSpeaker{err: errors.New("hoarse")}},
		{"/f30/say", "fell-back:timeout say-unavailable:failed", &fakeSpeaker{wait: time.Hour}},
		{long, "say-unavailable:too-long fell-back:too-long", &fakeSpeaker{}},
	} {
		inBubbleWith(t, Options{Speaker: test.fake}, func(r *rig) {
			pcm := r.hear(r.open(test.path), 15*time.Second)
			wantMusic(t, test.want, pcm[4*rate:])
			r.wantTold(test.want)
		})
	}
}

func TestAPanicIsOneFailure(t *testing.T) {
	inBubbleWith(t, Options{Speaker: &fakeSpeaker{}}, func(r *rig) {
		s := r.open(doc("<Response><Say>panic</Say><Play>/second.wav</Play></Response>"))
		wantSame(t, "what follows", trim(r.hear(s, 3*time.Second)), second(t))
		r.wantTold("unsupported-audio:panic")
		if n := len(r.lib.speaking); n != 0 {
			t.Errorf("%d engines are left running", n)
		}
	})
	l := New(Options{})
	defer l.Close()
	b := newBody(t.Context(), func(error) {}, http.NoBody)
	d := &decoder{lib: l, body: b, pcm: panicking{}, buf: make([]int16, 10), track: newTrack(rate, func() {})}
	d.run()
	if err := failure(d.track.err, ""); err.Reason != "damaged" {
		t.Errorf("a decoder that panics: %v", err)
	}
}

// panicking is a decoder with a bug.
type panicking struct{}

func (panicking) Rate() int                 { return rate }
func (panicking) Read([]int16) (int, error) { panic("index out of range") }

func TestF30_EnginesAreFew(t *testing.T) {
	fake := &fakeSpeaker{wait: time.Second}
	inBubbleWith(t, Options{Speaker: fake}, func(r *rig) {
		for i := range 50 {
			defer r.lib.Open(Request{URL: at(doc(fmt.Sprintf("<Response><Say>%d</Say></Response>", i))), Rate: rate}).Stop()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if fake.peak != maxSpeaking() {
			t.Errorf("%d engines at the same time, want %d", fake.peak, maxSpeaking())
		}
	})
}

// engine writes a program that stands for a speech engine: it keeps its
// arguments and its input, and says the file.
func engine(t *testing.T, name, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tone.wav"), misbehave.Second, 0o644); err != nil {
		t.Fatal(err)
	}
	script = "#!/bin/sh\ncd '" + dir + "'\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestF30_RunsEspeak(t *testing.T) {
	dir := engine(t, "espeak-ng", `printf '%s\n' "$@" >> args; cat > input; case $2 in de-at*) exit 1; esac; cat tone.wav`)
	sp := findSpeaker(slog.New(slog.DiscardHandler))
	text := "--version; $(touch hacked) `id` \x07\"'"
	wav, err := sp.Speak(t.Context(), "woman", "de-AT", text)
	if err != nil || !bytes.Equal(wav, misbehave.Second) {
		t.Fatalf("%d bytes, %v", len(wav), err)
	}
	args, _ := os.ReadFile(filepath.Join(dir, "args"))
	if want := "-v\nde-at+f3\n--stdin\n--stdout\n-v\nde+f3\n--stdin\n--stdout\n"; string(args) != want {
		t.Errorf("arguments %q, want %q", args, want)
	}
	input, _ := os.ReadFile(filepath.Join(dir, "input"))
	if want := strings.ReplaceAll(text, "\x07", " "); string(input) != want {
		t.Errorf("input %q, want %q", input, want)
	}
}

func TestF30_RunsFlite(t *testing.T) {
	dir := engine(t, "flite", `printf '%s\n' "$@" > args; cat tone.wav`)
	sp := findSpeaker(slog.New(slog.DiscardHandler))
	if wav, err := sp.Speak(t.Context(), "man", "", "-o /etc/passwd"); err != nil || !bytes.Equal(wav, misbehave.Second) {
		t.Fatalf("%d bytes, %v", len(wav), err)
	}
	args, _ := os.ReadFile(filepath.Join(dir, "args"))
	if want := "-voice\nkal16\n-t\n-o /etc/passwd\n-o\n/dev/stdout\n"; string(args) != want {
		t.Errorf("arguments %q, want %q", args, want)
	}
	if _, err := sp.Speak(t.Context(), "", "fr-FR", "bonjour"); err == nil {
		t.Error("flite was asked to speak French")
	}
}

func TestF30_EngineGoesWild(t *testing.T) {
	engine(t, "flite", `cat /dev/zero`)
	sp := findSpeaker(slog.New(slog.DiscardHandler))
	if _, err := sp.Speak(t.Context(), "", "", "hello"); err == nil {
		t.Error("endless output was taken for speech")
	}
	engine(t, "flite", `exit 0`)
	if _, err := findSpeaker(slog.New(slog.DiscardHandler)).Speak(t.Context(), "", "", "hello"); err == nil {
		t.Error("no output was taken for speech")
	}
	t.Setenv("PATH", t.TempDir())
	if sp := findSpeaker(slog.New(slog.DiscardHandler)); sp != nil {
		t.Errorf("found %v where nothing is installed", sp)
	}
}

func TestLanguageTags(t *testing.T) {
	for s, want := range map[string]bool{"en": true, "en-GB": true, "cmn-Hans-CN": true, "": false, "-v": false, "a b": false, "../x": false, "dé": false} {
		if got := validLanguage(s); got != want {
			t.Errorf("validLanguage(%q) = %v", s, got)
		}
	}
}
