package bridge

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// air is a media.Network as light as the wire, but with what real ones have:
// jitter, loss, clocks that drift, and phones that hang up.
type air struct {
	now  time.Time
	rng  *rand.Rand
	port uint16
	open int // sockets
	legs map[uint16]*airSocket
}

// Open hands out the ports of a small range over and over.
func (a *air) Open() (rtp, rtcp media.Socket, err error) {
	a.port = (a.port + 2) % 1000
	a.open += 2
	s := &airSocket{air: a, port: 20000 + a.port}
	a.legs[s.port] = s
	return s, &airSocket{air: a, port: 20001 + a.port}, nil
}

// airSocket is a leg's socket with its phone behind it. The phone says the same
// frames over and over.
type airSocket struct {
	air      *air
	port     uint16
	payloads [][]byte      // nil for RTCP
	kind     uint8         // payload type
	step     time.Duration // between packets, by the clock of the bridge
	next     time.Time     // when the next one is sent
	seq      uint16
	packet   [12 + 160]byte
}

// speak begins to send.
func (s *airSocket) speak(kind uint8, payloads [][]byte, ppm float64) {
	s.kind, s.payloads, s.next = kind, payloads, s.air.now
	s.step = time.Duration(float64(TickInterval) * (1 - ppm/1e6))
}

// Recv gives what was sent by now: each packet up to 15 ms late, one in a
// hundred never. The order is kept.
func (s *airSocket) Recv(d *media.Datagram) error {
	for s.payloads != nil && s.next.Before(s.air.now) {
		at := s.next.Add(time.Duration(s.air.rng.IntN(15)) * time.Millisecond)
		if at.After(s.air.now) {
			break
		}
		s.next = s.next.Add(s.step)
		s.seq++
		if s.air.rng.IntN(100) == 0 {
			continue
		}
		p := s.packet[:]
		p[0], p[1] = 2<<6, s.kind
		binary.BigEndian.PutUint16(p[2:], s.seq)
		binary.BigEndian.PutUint32(p[4:], uint32(s.seq)*160)
		copy(p[12:], s.payloads[int(s.seq)%len(s.payloads)])
		d.Fill(p, s.phone(), at)
		return nil
	}
	return media.ErrNoDatagram
}

func (s *airSocket) phone() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), s.port)
}
func (s *airSocket) Send([]byte, netip.AddrPort) error { return nil }
func (s *airSocket) LocalAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), s.port)
}
func (s *airSocket) Close() error {
	s.air.open--
	delete(s.air.legs, s.port)
	return nil
}

// speech is 8 s of a tone that pauses for half of each second, coded.
func speech(c media.Codec, hz int) [][]byte {
	e, err := media.NewEncoder(media.Format{Codec: c})
	if err != nil {
		panic(err)
	}
	voice := &tone.Sine{Rate: c.SampleRate(), Hz: hz, Level: -24}
	var out [][]byte
	frame := make([]int16, c.SampleRate()/50)
	for i := range 400 {
		if voice.Fill(frame); i%50 >= 25 {
			clear(frame)
		}
		out = append(out, e.Encode(nil, frame))
	}
	return out
}

// day is a conference that is ticked by hand through a day of visitors.
type day struct {
	t      *testing.T
	air    *air
	b      *Bridge
	c      *conference
	rng    *rand.Rand
	speech map[media.Codec][][]byte
	joined int

	prompts    *prompt.Library
	goroutines int // before there was anything
}

func newDay(t *testing.T) *day {
	d := &day{
		t: t, rng: rand.New(rand.NewPCG(24, 7)),
		air:    &air{now: time.Unix(1e9, 0), rng: rand.New(rand.NewPCG(1, 2)), legs: map[uint16]*airSocket{}},
		speech: map[media.Codec][][]byte{media.PCMU: speech(media.PCMU, 983), media.G722: speech(media.G722, 1496)},
	}
	d.goroutines = runtime.NumGoroutine()
	lib := prompt.New(prompt.Options{})
	t.Cleanup(lib.Close)
	d.prompts = lib
	for _, rate := range []int{8000, 16000} { // composes the music, which stays
		s := lib.Open(prompt.Request{Rate: rate})
		for s.ReadFrame(make([]int16, rate/50)) != prompt.Playing {
			runtime.Gosched()
		}
		s.Stop()
	}
	d.b = newBridge(Config{Network: d.air, Prompts: lib, Log: slog.New(slog.DiscardHandler), Clocks: 1})
	d.c = newConference(d.b, "AC1", "day", d.air.now)
	d.b.clocks[0].adopt(d.c)
	return d
}

// join brings in a phone whose clock is up to 100 ppm fast or slow.
func (d *day) join(codec media.Codec) {
	d.t.Helper()
	leg, err := d.b.OpenLeg()
	if err != nil {
		d.t.Fatal(err)
	}
	kind := netsim.PayloadType(codec)
	params := media.Params{
		Tx: media.PayloadCodec{Type: kind, Codec: codec}, Rx: []media.PayloadCodec{{Type: kind, Codec: codec}},
		Ptime: TickInterval, Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), leg.LocalAddr().Port()),
	}
	d.joined++
	_, err = d.c.join(JoinRequest{
		Account: "AC1", Options: DefaultStartOptions(), Leg: leg, Call: &fakeCall{}, Media: params,
	}, netsim.Setup(params), fmt.Sprint("CA", d.joined), d.air.now)
	if err != nil {
		d.t.Fatal(err)
	}
	d.air.legs[leg.LocalAddr().Port()].speak(kind, d.speech[codec], d.rng.Float64()*200-100)
}

// visit lets somebody come, go, be muted or held.
func (d *day) visit() {
	ps := d.c.parties
	p := ps[d.rng.IntN(len(ps))]
	switch k := d.rng.IntN(6); {
	case d.wide() != nil:
		d.c.leave(d.wide(), HungUp, d.air.now)
	case k == 0 && len(ps) < 4 && d.rng.IntN(4) == 0:
		d.join(media.G722)
	case len(ps) < 3 || k == 0 && len(ps) < 4:
		d.join(media.PCMU)
	case k == 1 && len(ps) > 2 && p != ps[0]:
		d.c.leave(p, HungUp, d.air.now)
	case k < 4:
		(&updateCommand{ref: p.id, update: ParticipantUpdate{Muted: new(!p.muted)}}).apply(d.c, d.air.now)
	default:
		(&updateCommand{ref: p.id, update: ParticipantUpdate{Hold: new(!p.held)}}).apply(d.c, d.air.now)
	}
}

// wide is the participant with G.722, nil when there is none. It stays for 20 s.
func (d *day) wide() *party {
	for _, p := range d.c.parties {
		if p.params.Tx.Codec == media.G722 {
			return p
		}
	}
	return nil
}

// run ticks for so long, with a visit every 20 s, and returns the longest
// playout delay of the first participant, who stays all day.
func (d *day) run(span time.Duration) (longest time.Duration) {
	for i := range int(span / TickInterval) {
		d.air.now = d.air.now.Add(TickInterval)
		if i%1000 == 500 {
			d.visit()
		}
		d.c.tick(d.air.now)
		for len(d.b.outbox) > 0 {
			d.b.perform(<-d.b.outbox)
		}
		for len(d.b.events) > 0 {
			<-d.b.events
		}
		if i%50 == 0 {
			longest = max(longest, d.c.parties[0].leg.Stats().Rx.PlayoutDelay)
		}
	}
	return longest
}

// state is what must not grow, with as many participants as at the beginning.
func (d *day) state() (heap uint64, sockets int) {
	for len(d.c.parties) > 1 {
		d.c.leave(d.c.parties[1], HungUp, d.air.now)
		d.run(TickInterval)
	}
	p := d.c.parties[0]
	(&updateCommand{ref: p.id, update: ParticipantUpdate{Hold: no(), Muted: no()}}).apply(d.c, d.air.now)
	d.run(time.Second)
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, d.air.open
}

// TestADay: a day of one conference, 4.32 million ticks, in which 2 to 4 phones
// come and go, one with another codec at times, with loss, jitter and clocks
// that drift: delay, memory, goroutines and ports stay what they were.
func TestADay(t *testing.T) {
	d := newDay(t)
	d.join(media.PCMU)
	d.join(media.G722)
	early := d.run(10 * time.Minute)
	heap, sockets := d.state()
	late := d.run(simulatedDay - 20*time.Minute)
	late = max(late, d.run(10*time.Minute))
	heapNow, socketsNow := d.state()
	rx := d.c.parties[0].leg.Stats().Rx
	t.Logf("%d visitors; delay at most %v in the first ten minutes and %v after; heap %d kB, then %d kB; %d of %d packets lost, %d frames concealed",
		d.joined, early, late, heap>>10, heapNow>>10, rx.Lost, rx.Packets+rx.Lost, rx.Concealed)
	if late > early+40*time.Millisecond || late > 100*time.Millisecond {
		t.Errorf("the playout delay went from %v to %v", early, late)
	}
	if heapNow > heap+256<<10 {
		t.Errorf("the heap grew from %d to %d bytes", heap, heapNow)
	}
	d.prompts.Close()
	if n := runtime.NumGoroutine(); n > d.goroutines {
		t.Errorf("%d goroutines are left of the day", n-d.goroutines)
	}
	if socketsNow != sockets || sockets != 2 {
		t.Errorf("from %d sockets to %d, want 2", sockets, socketsNow)
	}
	if want := simulatedDay / TickInterval / 100; rx.Lost < uint64(want)/2 || rx.Lost > uint64(want)*2 {
		t.Errorf("%d packets were lost, want about %d", rx.Lost, want)
	}
	wantBuses(t, d.c)
}
