package bridge

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/media/wav"
	"partyline/mixer/tone"
)

// studio is a bridge in virtual time with simulated phones, each speaking its
// own tone. All of it lives in one synctest bubble.
type studio struct {
	t      *testing.T
	b      *Bridge
	began  time.Time // when the first tick ran
	net    *netsim.Network
	names  []string
	guests map[string]*guest
	tones  map[string]int         // who speaks at which frequency
	codecs map[string]media.Codec // of phones to come, PCMU where not named
	web    *webserver             // used by withWeb

	mu     sync.Mutex
	events []Event
}

// guest is a simulated phone in a conference.
type guest struct {
	name  string
	phone *netsim.Phone
	p     *Participant
	call  *fakeCall
	rate  int // of its codec's audio
	mark  int // where the present window begins in what it heard
}

// fakeCall notes that the bridge hung up.
type fakeCall struct {
	mu     sync.Mutex
	reason LeaveReason
	count  int
	at     time.Time
}

func (f *fakeCall) Hangup(r LeaveReason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reason = r
	f.count++
	f.at = time.Now()
}

func (f *fakeCall) hungUp() (LeaveReason, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reason, f.count
}

// inStudio runs f in a bubble with a bridge of one clock.
func inStudio(t *testing.T, cfg Config, f func(s *studio)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{
			t:      t,
			net:    netsim.New(time.Now, 1),
			guests: map[string]*guest{},
			tones:  map[string]int{},
			codecs: map[string]media.Codec{},
		}
		s.web = newWebserver()
		lib := prompt.New(prompt.Options{}.WithDial(s.web.dial))
		cfg.Network, cfg.Prompts, cfg.Clocks = s.net, lib, 1
		cfg.Log = slog.New(slog.DiscardHandler)
		cfg.Events = func(e Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		}
		s.began = time.Now()
		var err error
		if s.b, err = New(cfg); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // phones tick between the clock's ticks
		t.Cleanup(lib.Close)
		t.Cleanup(s.b.Close)
		f(s)
	})
}

// join brings a phone into a conference with a tone of its own.
func (s *studio) join(name, conference string, o StartOptions) *guest {
	s.t.Helper()
	g, err := s.tryJoin(name, conference, o)
	if err != nil {
		s.t.Fatalf("%s joins %s: %v", name, conference, err)
	}
	return g
}

func (s *studio) tryJoin(name, conference string, o StartOptions) (*guest, error) {
	leg, err := s.b.OpenLeg()
	if err != nil {
		return nil, err
	}
	n := len(s.names)
	codec := max(s.codecs[name], media.PCMU)
	voice := &tone.Sine{Rate: codec.SampleRate(), Hz: tone.Set[n%len(tone.Set)], Level: -24}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}), 4000)
	g := &guest{name: name, call: &fakeCall{}, rate: codec.SampleRate()}
	g.phone = netsim.NewPhone(s.net, addr, codec, voice.Fill)
	g.phone.Call(leg.LocalAddr())
	g.p, err = s.b.Join(s.t.Context(), JoinRequest{
		Account: "AC1", Conference: conference, From: "sip:" + name + "@phones",
		To: "sip:" + conference + "@bridge", SIPCallID: name + "-call", Direction: "inbound",
		Options: o, Leg: leg, Media: g.phone.Params(), Call: g.call,
	})
	if err != nil {
		return nil, err
	}
	s.untilTick()
	g.p.Acknowledge()
	s.names = append(s.names, name)
	s.guests[name] = g
	s.tones[name] = voice.Hz
	return g, nil
}

// joinAll brings several phones into one conference, named by their labels.
func (s *studio) joinAll(conference string, names ...string) {
	s.t.Helper()
	for _, n := range names {
		o := DefaultStartOptions()
		o.Label, o.Beep = n, BeepNever
		s.join(n, conference, o)
	}
}

// untilTick waits until the next tick has run, with which the audio of those
// begins who have joined.
func (s *studio) untilTick() {
	since := time.Since(s.began)
	time.Sleep(since.Truncate(TickInterval) + TickInterval - since)
	synctest.Wait()
}

// run lets virtual time pass while the phones talk and listen.
func (s *studio) run(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for _, n := range s.names {
			s.guests[n].phone.Tick(time.Now())
		}
		time.Sleep(TickInterval)
	}
}

// listen lets the last change settle, then measures what everybody hears.
func (s *studio) listen() map[string]string {
	s.run(140 * time.Millisecond)
	for _, g := range s.guests {
		g.mark = len(g.phone.Heard())
	}
	s.run(300 * time.Millisecond)
	heard := map[string]string{}
	for name, g := range s.guests {
		heard[name] = tone.Hears(g.phone.Heard()[g.mark:], g.rate, s.tones)
	}
	return heard
}

// wantHears compares what each listener received on the wire with a literal
// such as "alice: bob carol".
func (s *studio) wantHears(when string, lines ...string) {
	s.t.Helper()
	heard := s.listen()
	want := map[string]string{}
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, ":")
		want[name] = strings.TrimSpace(rest)
	}
	for name, w := range want {
		if heard[name] != w {
			s.t.Errorf("%s: %s hears %q, want %q%s", when, name, heard[name], w, s.keep(name))
		}
	}
}

// keep writes what a listener heard to the test's artifacts, for human ears.
func (s *studio) keep(name string) string {
	path := filepath.Join(s.t.ArtifactDir(), name+".wav")
	f, err := os.Create(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if wav.Encode(f, s.guests[name].rate, s.guests[name].phone.Heard()) != nil {
		return ""
	}
	return " (kept as " + path + ")"
}

// update applies u to a participant named by label.
func (s *studio) update(name string, u ParticipantUpdate) *ParticipantView {
	s.t.Helper()
	v, err := s.tryUpdate(name, u)
	if err != nil {
		s.t.Fatalf("update of %s: %v", name, err)
	}
	return v
}

func (s *studio) tryUpdate(name string, u ParticipantUpdate) (*ParticipantView, error) {
	return s.b.UpdateParticipant(s.t.Context(), "AC1", s.conferenceOf(name), s.guests[name].p.ID(), u)
}

func (s *studio) conferenceOf(name string) string { return s.guests[name].p.ConferenceID() }

func (s *studio) remove(name string) {
	s.t.Helper()
	if err := s.b.RemoveParticipant(s.t.Context(), "AC1", s.conferenceOf(name), name); err != nil {
		s.t.Fatalf("remove %s: %v", name, err)
	}
}

// seen lists the events so far as "type label reason", those of one type when
// it is given.
func (s *studio) seen(types ...EventType) []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.events {
		if len(types) == 0 || slices.Contains(types, e.Type) {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Type, e.Label, e.Reason)))
		}
	}
	return out
}

func (s *studio) forgetEvents() {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
}

func (s *studio) view(conference string) *ConferenceView {
	s.t.Helper()
	v, err := s.b.Conference("AC1", conference)
	if err != nil {
		s.t.Fatalf("conference %s: %v", conference, err)
	}
	return v
}

// others is everybody's name but the given ones, sorted and space-joined.
func (s *studio) others(not ...string) string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(s.guests)) {
		if !slices.Contains(not, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, " ")
}

func yes() *bool            { return new(true) }
func no() *bool             { return new(false) }
func ptr(s string) *string  { return &s }
func at(url string) *Prompt { return &Prompt{URL: url} }
func bg() context.Context   { return context.Background() }
