//go:build interop

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/bridge/prompt"
	"partyline/cmd/partyline/internal/app"
	"partyline/mixer/tone"
)

// These tests play to real phones what programs that others wrote have made:
// files and broadcasts of ffmpeg, words of espeak-ng. They fail when these are
// not installed: Debian packages ffmpeg and espeak-ng. They look at tones and
// levels, never at times.

const (
	promptHz    = 1000
	promptLevel = -20.0 // dBov
)

// recipe is how ffmpeg makes a file of the tone.
type recipe struct{ name, args string }

// played are files that are to be heard. What ffmpeg is told stands between its
// source and the name of the file.
var played = []recipe{
	{"11025.mp3", "-ar 11025 -ac 1 -b:a 32k"},
	{"12000.mp3", "-ar 12000 -ac 2 -joint_stereo 1 -q:a 4"},
	{"16000.mp3", "-ar 16000 -ac 1 -q:a 6"},
	{"22050.mp3", "-ar 22050 -ac 2 -b:a 160k"},
	{"22050v.mp3", "-ar 22050 -ac 1 -q:a 2"},
	{"24000.mp3", "-ar 24000 -ac 2 -joint_stereo 0 -b:a 64k"},
	{"32000.mp3", "-ar 32000 -ac 1 -b:a 128k"},
	{"44100.mp3", "-ar 44100 -ac 2 -joint_stereo 1 -b:a 128k"},
	{"44100v.mp3", "-ar 44100 -ac 2 -q:a 0"},
	{"48000.mp3", "-ar 48000 -ac 1 -b:a 320k"},
	{"noinfo.mp3", "-ar 44100 -ac 1 -write_xing 0 -id3v2_version 0"},
	{"u8.wav", "-ar 8000 -ac 1 -c:a pcm_u8"},
	{"s16.wav", "-ar 44100 -ac 2 -c:a pcm_s16le"},
	{"s24.wav", "-ar 48000 -ac 2 -c:a pcm_s24le"},
	{"s32.wav", "-ar 11025 -ac 1 -c:a pcm_s32le"},
	{"f32.wav", "-ar 22050 -ac 1 -c:a pcm_f32le"},
	{"f64.wav", "-ar 96000 -ac 2 -c:a pcm_f64le"},
	{"alaw.wav", "-ar 8000 -ac 1 -c:a pcm_alaw"},
	{"mulaw.wav", "-ar 8000 -ac 2 -c:a pcm_mulaw"},
	{"ima.wav", "-ar 22050 -ac 2 -c:a adpcm_ima_wav"},
	{"rf64.wav", "-ar 44100 -ac 1 -rf64 always"},
	{"bitexact.wav", "-ar 16000 -ac 1 -bitexact"},
	{"bext.wav", "-ar 44100 -ac 1 -write_bext 1 -metadata description=prompt"},
}

// refused are files that are not played, and what the log says of them.
var refused = map[recipe]string{
	{"8000.mp3", "-ar 8000 -ac 1 -b:a 16k"}:             "8 kHz",
	{"layer2.mp3", "-ar 44100 -ac 1 -c:a mp2 -f mp2"}:   "Layer II",
	{"msadpcm.wav", "-ar 8000 -ac 1 -c:a adpcm_ms"}:     "Microsoft ADPCM",
	{"int64.wav", "-ar 8000 -ac 1 -c:a pcm_s64le"}:      "samples of 8 bytes",
	{"mp3in.wav", "-ar 44100 -ac 1 -c:a libmp3lame"}:    "MP3",
	{"flac.mp3", "-ar 44100 -ac 1 -c:a flac -f flac"}:   "neither MP3 nor WAV",
	{"ogg.wav", "-ar 44100 -ac 1 -c:a flac -f ogg"}:     "neither MP3 nor WAV",
	{"adts.mp3", "-ar 44100 -ac 1 -c:a aac -f adts"}:    "neither MP3 nor WAV",
	{"aiff.wav", "-ar 44100 -ac 1 -f aiff"}:             "neither MP3 nor WAV",
	{"video.mp3", "-ar 44100 -ac 1 -c:a aac -f mpegts"}: "not MPEG audio",
}

// source is an endless tone, as ffmpeg is told of it. Every channel has all of
// its level.
func source() []string {
	amplitude := tone.Amplitude(promptLevel) / 32768
	tone := fmt.Sprintf("%.6f*sin(2*PI*%d*t)", amplitude, promptHz)
	return []string{"-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "aevalsrc='" + tone + "|" + tone + "':s=48000"}
}

// make makes the recipe's file in dir, two seconds long.
func (r recipe) make(t *testing.T, dir string) {
	t.Helper()
	args := append(source(), strings.Fields(r.args)...)
	if strings.Contains(r.args, "-ac 1") {
		args = append(args, "-af", "pan=mono|c0=c0")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ffmpeg", append(args, "-t", "2", filepath.Join(dir, r.name))...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v %s", r.name, err, out)
	}
}

// logged keeps what the bridge logs.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *logged) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(l.b.String(), "\n")
}

// startFetchingApp is startApp for a bridge that fetches from loopback.
func startFetchingApp(t *testing.T) (*app.App, *logged) {
	t.Helper()
	log := new(logged)
	cfg := app.Loopback()
	cfg.Accounts = []app.Account{testAccount}
	cfg.Fetch.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	a, err := app.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return a, log
}

// holdWith lets a new phone call a conference and puts it on hold with the
// audio at a URL.
func holdWith(t *testing.T, a *app.App, name, conference, audio string) *caller {
	t.Helper()
	c := call(t, a.SIPAddr(), name, conference)
	hold(t, a, c, conference, url.Values{"Hold": {"true"}, "HoldUrl": {audio}})
	return c
}

// hold updates a phone's participant.
func hold(t *testing.T, a *app.App, c *caller, conference string, update url.Values) {
	t.Helper()
	request(t, a, "POST", "/"+conference+"/Participants/"+callSID(t, a, conference, c.name), update)
}

// after returns a second of what the phone hears, once it has heard so much
// since the last request.
func (c *caller) after(d time.Duration) []int16 {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	pcm, err := c.Listen(ctx, c.Mark(), d+time.Second)
	if err != nil {
		c.t.Errorf("%s: %v", c.name, err)
		return make([]int16, 8000)
	}
	return pcm[len(pcm)-8000:]
}

// power returns the level of all of pcm in dBov.
func power(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(max(sum/float64(len(pcm))/32768/32768, 1e-12))
}

// wantPrompt fails unless pcm is the tone at its level and nothing else, but for
// what coding to G.711 and to the worst of the file formats adds.
func wantPrompt(t *testing.T, what string, pcm []int16) {
	t.Helper()
	level := tone.Level(pcm, 8000, promptHz)
	if rest := 10 * math.Log10(max(0, math.Pow(10, power(pcm)/10)-math.Pow(10, level/10))+1e-12); math.Abs(level-promptLevel) > 1 || rest > promptLevel-18 {
		t.Errorf("%s: the tone is at %.1f dBov, all else at %.1f dBov; want %.0f and silence", what, level, rest, promptLevel)
	}
}

// wantBuiltIn fails unless pcm has the level of the built-in music, and not the
// tone.
func wantBuiltIn(t *testing.T, what string, pcm []int16) {
	t.Helper()
	if level, hz := power(pcm), tone.Level(pcm, 8000, promptHz); level < -40 || level > -22 || hz > -45 {
		t.Errorf("%s: %.1f dBov, of it the tone %.1f dBov; want the built-in music", what, level, hz)
	}
}

func TestInterop_FFmpegFiles(t *testing.T) {
	dir := t.TempDir()
	for _, r := range played {
		r.make(t, dir)
	}
	for r := range refused {
		r.make(t, dir)
	}
	recipe{"cover.mp3", "-f lavfi -i testsrc2=size=700x700 -map 0:a -map 1:v -frames:v 1 -c:v png -id3v2_version 3 -disposition:v attached_pic"}.make(t, dir)
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(web.Close)
	a, log := startFetchingApp(t)

	phones := map[string]*caller{}
	for _, r := range append(slices.Clone(played), recipe{name: "cover.mp3"}) {
		phones[r.name] = holdWith(t, a, "listener", r.name, web.URL+"/"+r.name)
	}
	for r := range refused {
		phones[r.name] = holdWith(t, a, "listener", r.name, web.URL+"/"+r.name)
	}
	var listening sync.WaitGroup
	for name, c := range phones {
		listening.Go(func() {
			pcm := c.after(2 * time.Second) // over the seam of the loop
			if slices.ContainsFunc(played, func(r recipe) bool { return r.name == name }) || name == "cover.mp3" {
				wantPrompt(t, name, pcm)
			} else {
				wantBuiltIn(t, name, pcm)
			}
		})
	}
	listening.Wait()
	for r, why := range refused {
		if !slices.ContainsFunc(log.lines(), func(l string) bool {
			return strings.Contains(l, "event=unsupported-audio") && strings.Contains(l, "/"+r.name) && strings.Contains(l, why)
		}) {
			t.Errorf("%s: the log does not say %q", r.name, why)
		}
	}
	for _, l := range log.lines() {
		if strings.Contains(l, "unsupported-audio") && !slices.ContainsFunc(slices.Collect(recipes()), func(r recipe) bool { return strings.Contains(l, "/"+r.name) }) {
			t.Errorf("not to be refused: %s", l)
		}
	}
}

// recipes yields the recipes of what is refused.
func recipes() func(yield func(recipe) bool) {
	return func(yield func(recipe) bool) {
		for r := range refused {
			if !yield(r) {
				return
			}
		}
	}
}

func TestInterop_EspeakSays(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `<Response><Say language="en-GB" voice="woman" loop="0">`+
			`Your call is important to us. --version; Please hold the line, and somebody will be with you shortly.</Say></Response>`)
	}))
	t.Cleanup(web.Close)
	a, log := startFetchingApp(t)
	silent := call(t, a.SIPAddr(), "quiet", "prompts")
	held := holdWith(t, a, "listener", "prompts", web.URL)
	pcm := held.after(2 * time.Second)
	if level := power(pcm); level < -35 || level > -12 {
		t.Errorf("speech at %.1f dBov", level)
	}
	if most := tonality(pcm); most > 0.5 {
		t.Errorf("%.0f %% of it is one tone: no speech", 100*most)
	}
	if level := power(silent.after(0)); level > -60 {
		t.Errorf("who is not on hold hears %.1f dBov", level)
	}
	if s := strings.Join(log.lines(), "\n"); strings.Contains(s, "say-unavailable") {
		t.Errorf("log: %s", s)
	}
}

// tonality is the part of the power of pcm that its strongest tone has.
func tonality(pcm []int16) (most float64) {
	for hz := 50; hz < 4000; hz += 2 {
		most = max(most, math.Pow(10, (tone.Level(pcm, 8000, hz)-power(pcm))/10))
	}
	return most
}

// broadcast lets ffmpeg encode the tone for ever to each who asks, as fast as
// they listen.
func broadcast(t *testing.T) *httptest.Server {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		w.Header().Set("Icy-Name", "tone")
		cmd := exec.CommandContext(r.Context(), "ffmpeg", append(source(), strings.Fields("-ar 22050 -b:a 64k -f mp3 -")...)...)
		cmd.Stdout = w
		_ = cmd.Run() // until the listener goes
	}))
	t.Cleanup(web.Close)
	return web
}

func TestInterop_EndlessBroadcast(t *testing.T) {
	web := broadcast(t)
	a, log := startFetchingApp(t)
	c := holdWith(t, a, "listener", "prompts", web.URL+"/radio")
	for range 3 {
		wantPrompt(t, "the broadcast", c.after(time.Second))
	}
	hold(t, a, c, "prompts", url.Values{"Hold": {"false"}})
	if s := strings.Join(log.lines(), "\n"); strings.Contains(s, "event=") {
		t.Errorf("log: %s", s)
	}
}

// A quarter of an hour of a broadcast, played as fast as it comes, takes no more
// memory than a minute of it. Its samples alone would be 13 MB.
func TestInterop_BroadcastInFlatMemory(t *testing.T) {
	web := broadcast(t)
	lib := prompt.New(prompt.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer lib.Close()
	s := lib.Open(prompt.Request{URL: web.URL + "/radio"})
	defer s.Stop()
	frame := make([]int16, 160)
	play := func(minutes int) uint64 {
		again := time.NewTicker(time.Millisecond)
		defer again.Stop()
		for n, end := 0, time.Now().Add(4*patience); n < minutes*60*50; {
			s.ReadFrame(frame)
			if math.Abs(power(frame)-promptLevel) < 1 { // louder than the built-in music
				n++
			} else if <-again.C; time.Now().After(end) { // lets ffmpeg work
				t.Fatalf("%d frames were heard", n)
			}
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := play(1)
	if after := play(14); after > before+5<<20 {
		t.Errorf("the heap grew from %d to %d kB", before>>10, after>>10)
	}
}
