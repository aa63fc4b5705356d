package prompt

import (
	"context"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge/prompt/misbehave"
)

const rate = 8000

// rig is a library and a misbehaving server on a network in memory, in a
// bubble of virtual time.
type rig struct {
	t   *testing.T
	web *misbehave.Server
	lib *Library
	net *memNet

	mu     sync.Mutex
	events []Event
}

// inBubble runs f with a rig of its own in virtual time.
func inBubble(t *testing.T, f func(r *rig)) { inBubbleWith(t, Options{}, f) }

func inBubbleWith(t *testing.T, opt Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, web: misbehave.New(), net: &memNet{conns: make(chan net.Conn)}}
		if opt.dial == nil {
			opt.dial = r.net.dial
		}
		r.lib = New(opt)
		srv := &http.Server{Handler: r.web, ErrorLog: log.New(io.Discard, "", 0)}
		go srv.Serve(r.net)
		defer func() {
			r.lib.Close()
			srv.Close()
			r.net.Close()
			synctest.Wait()
			if n := r.net.open(); n != 0 {
				t.Errorf("%d connections are still open after Close", n)
			}
		}()
		f(r)
	})
}

// open opens a hold prompt for a path of the server.
func (r *rig) open(path string) *Source { return r.openAs(Hold, path) }

func (r *rig) openAs(kind Kind, path string) *Source {
	return r.openRequest(Request{Kind: kind, URL: at(path)})
}

func (r *rig) openRequest(req Request) *Source {
	req.Rate = rate
	req.Notify = func(e Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}
	s := r.lib.Open(req)
	synctest.Wait()
	return s
}

// at returns the URL of a path of the server.
func at(path string) string { return "http://music.example" + path }

// doc returns the path of a document.
func doc(xml string) string { return "/doc?xml=" + url.QueryEscape(xml) }

// hear reads a source for a time, a frame every 20 ms.
func (r *rig) hear(s *Source, d time.Duration) []int16 {
	pcm, _ := r.hearUntil(s, d, func(State) bool { return false })
	return pcm
}

// hearUntil is hear until a state is met. It returns the state met last.
func (r *rig) hearUntil(s *Source, d time.Duration, enough func(State) bool) (pcm []int16, state State) {
	frame := make([]int16, rate/50)
	for end := time.Now().Add(d); time.Now().Before(end); {
		state = s.ReadFrame(frame)
		pcm = append(pcm, frame...)
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if enough(state) {
			break
		}
	}
	return pcm, state
}

// until returns a condition for hearUntil.
func until(want State) func(State) bool { return func(s State) bool { return s == want } }

// told returns the kinds and reasons of the events so far.
func (r *rig) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var words []string
	for _, e := range r.events {
		words = append(words, string(e.Kind)+":"+e.Reason)
	}
	return strings.Join(words, " ")
}

// wantTold fails unless exactly these events have been told.
func (r *rig) wantTold(want string) {
	r.t.Helper()
	if got := r.told(); got != want {
		r.t.Errorf("told %q, want %q", got, want)
	}
}

// wantTone fails unless pcm is the server's tone, whole and nothing else.
func wantTone(t *testing.T, what string, pcm []int16) { t.Helper(); wantToneWithin(t, what, pcm, 30) }

// wantBroadcast is wantTone for a file that is sent over and over, with a step
// each time.
func wantBroadcast(t *testing.T, what string, pcm []int16) {
	t.Helper()
	wantToneWithin(t, what, pcm, 16)
}

// wantToneWithin fails unless everything but the tone is so many dB below it.
func wantToneWithin(t *testing.T, what string, pcm []int16, margin float64) {
	t.Helper()
	if level, rest := toneAndRest(pcm); level < -17 || level > -11 || rest > level-margin {
		t.Errorf("%s: tone %.1f dBov, everything else %.1f dBov", what, level, rest)
	}
}

// wantMusic fails unless pcm has the level of the built-in music, which is well
// below the tone's.
func wantMusic(t *testing.T, what string, pcm []int16) {
	t.Helper()
	tone, rest := toneAndRest(pcm)
	if rest < -50 || rest > -20 || tone > -20 {
		t.Errorf("%s: not the music: tone %.1f dBov, everything else %.1f dBov", what, tone, rest)
	}
}

// wantSilence fails unless pcm is digital silence.
func wantSilence(t *testing.T, what string, pcm []int16) {
	t.Helper()
	if i := slices.IndexFunc(pcm, func(v int16) bool { return v != 0 }); i >= 0 {
		t.Errorf("%s: sample %d of %d is %d, want silence", what, i, len(pcm), pcm[i])
	}
}

// toneAndRest splits the level of pcm into that of the server's tone and that
// of all else, in dBov.
func toneAndRest(pcm []int16) (tone, rest float64) {
	const window = 200 // whole periods of 440 Hz at 8 kHz
	var power, total float64
	pcm = pcm[:len(pcm)/window*window]
	for w := range slices.Chunk(pcm, window) {
		var re, im float64
		for i, v := range w {
			x := float64(v) / 32768
			phase := 2 * math.Pi * misbehave.Tone * float64(i) / rate
			re += x * math.Cos(phase)
			im += x * math.Sin(phase)
			total += x * x
		}
		power += 2 * (re*re + im*im) / window
	}
	n := float64(len(pcm))
	return decibel(power / n), decibel(max(0, total-power) / n)
}

// decibel returns a power in dB.
func decibel(power float64) float64 { return 10 * math.Log10(power+1e-12) }

// memNet is a network with one host that answers every name.
type memNet struct {
	conns  chan net.Conn
	mu     sync.Mutex
	count  int
	dialed int
	closed bool
}

func (n *memNet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed++
	n.mu.Unlock()
	a, b := net.Pipe()
	select {
	case n.conns <- b:
		n.add(1)
		return &memConn{Conn: a, net: n}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *memNet) add(d int) { n.mu.Lock(); n.count += d; n.mu.Unlock() }
func (n *memNet) open() int { n.mu.Lock(); defer n.mu.Unlock(); return n.count }

// Accept implements net.Listener.
func (n *memNet) Accept() (net.Conn, error) {
	c, ok := <-n.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close implements net.Listener.
func (n *memNet) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.closed = true
		close(n.conns)
	}
	return nil
}

// Addr implements net.Listener.
func (n *memNet) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// memConn counts itself out when it is closed.
type memConn struct {
	net.Conn
	net  *memNet
	once sync.Once
}

func (c *memConn) Close() error {
	c.once.Do(func() { c.net.add(-1) })
	return c.Conn.Close()
}
