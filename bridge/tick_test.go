package bridge

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// wire is a media.Network of phones that say a tone in one packet a tick and
// listen to nothing. Unlike a simulated network it allocates nothing while it
// is used.
type wire struct {
	now   time.Time
	opens uint16
}

func (w *wire) Open() (rtp, rtcp media.Socket, err error) {
	w.opens += 2
	s := &wireSocket{wire: w, port: 20000 + w.opens, packet: make([]byte, 12+160)}
	s.packet[0] = 2 << 6
	voice := &tone.Sine{Hz: tone.Set[int(w.opens/2)%len(tone.Set)], Level: -30}
	var pcm [160]int16
	voice.Fill(pcm[:])
	media.EncodeFrame(media.PCMU, s.packet[12:12], pcm[:])
	return s, &wireSocket{wire: w, port: s.port + 1}, nil
}

// wireSocket hands out its packet once a tick, stepped as RFC 3550 wants it.
type wireSocket struct {
	wire   *wire
	port   uint16
	packet []byte // nil for RTCP
	last   time.Time
	seq    uint16
}

func (s *wireSocket) Recv(d *media.Datagram) error {
	if s.packet == nil || s.last.Equal(s.wire.now) {
		return media.ErrNoDatagram
	}
	s.last = s.wire.now
	s.seq++
	binary.BigEndian.PutUint16(s.packet[2:], s.seq)
	binary.BigEndian.PutUint32(s.packet[4:], uint32(s.seq)*160)
	d.Fill(s.packet, s.phone(), s.last)
	return nil
}

func (s *wireSocket) Send(b []byte, to netip.AddrPort) error { return nil }
func (s *wireSocket) LocalAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), s.port)
}
func (s *wireSocket) phone() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), s.port)
}
func (s *wireSocket) Close() error { return nil }

// bench is one conference that a test or benchmark ticks by hand. No goroutine
// of the bridge runs.
type bench struct {
	c    *conference
	wire *wire
}

func newBench(tb testing.TB, codec media.Codec, legs int) *bench {
	tb.Helper()
	x := &bench{wire: &wire{now: time.Unix(1e9, 0)}}
	lib := prompt.New(prompt.Options{})
	tb.Cleanup(lib.Close)
	b := newBridge(Config{Network: x.wire, Prompts: lib, Log: slog.New(slog.DiscardHandler), MaxParticipants: legs, Clocks: 1})
	x.c = newConference(b, "AC1", "bench", x.wire.now)
	b.clocks[0].adopt(x.c)
	for range legs {
		leg, err := b.OpenLeg()
		if err != nil {
			tb.Fatal(err)
		}
		local := leg.LocalAddr()
		params := media.Params{
			Tx:     media.PayloadCodec{Type: uint8(8 * (codec - media.PCMU)), Codec: codec},
			Rx:     []media.PayloadCodec{{Type: 0, Codec: media.PCMU}, {Type: 8, Codec: media.PCMA}},
			Ptime:  TickInterval,
			Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), local.Port()),
		}
		_, err = x.c.join(JoinRequest{
			Account: "AC1", Conference: "bench", Options: StartOptions{StartConferenceOnEnter: true, Beep: BeepNever},
			Leg: leg, Call: &fakeCall{},
			Media: params,
		}, netsim.Setup(params), newID("CA"), x.wire.now)
		if err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

func (x *bench) tick() {
	x.wire.now = x.wire.now.Add(TickInterval)
	x.c.tick(x.wire.now)
}

// TestTickAllocatesNothing: with every leg sending and receiving, in every
// state a participant can be in.
func TestTickAllocatesNothing(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMU, media.PCMA} {
		for _, legs := range []int{2, 10, 100} {
			t.Run(fmt.Sprint(codec, legs), func(t *testing.T) {
				x := newBench(t, codec, legs)
				x.c.parties[0].muted = true
				x.c.parties[1].coaching, x.c.parties[1].coachee = true, x.c.parties[0]
				if legs > 2 {
					x.c.parties[2].applyHold(&ParticipantUpdate{Hold: yes()})
				}
				for len(x.c.bridge.outbox) > 0 {
					x.c.bridge.perform(<-x.c.bridge.outbox)
				}
				for range 400 {
					x.tick()
				}
				if n := testing.AllocsPerRun(400, x.tick); n != 0 {
					t.Errorf("a tick of %d legs allocates %v times", legs, n)
				}
				if p := x.c.parties[0].voice; legs > 2 && p.Level < -40 {
					t.Errorf("the legs hear nothing: the first one's level is %v dBov", p.Level)
				}
			})
		}
	}
}

// BenchmarkTick measures whole ticks, all talking, without a kernel: the
// bridge's own share.
func BenchmarkTick(b *testing.B) {
	for _, legs := range []int{3, 10, 100} {
		b.Run(fmt.Sprint(legs), func(b *testing.B) {
			x := newBench(b, media.PCMU, legs)
			b.ReportAllocs()
			for b.Loop() {
				x.tick()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(legs), "ns/leg")
		})
	}
}

// TestWideTickAllocatesNothing: at 16 and 48 kHz, with listeners of all codecs
// on buses, with mixes of their own and held.
func TestWideTickAllocatesNothing(t *testing.T) {
	for _, codec := range []media.Codec{media.G722, media.L16at48k} {
		x := newBench(t, media.PCMU, 10)
		for i, c := range []media.Codec{codec, codec, codec, media.PCMU, media.PCMA} {
			p := x.c.parties[i]
			params := p.params
			params.Tx.Codec = c
			p.configure(netsim.Setup(params), x.wire.now)
			p.muted = i > 1
		}
		x.c.parties[5].applyHold(&ParticipantUpdate{Hold: yes()})
		for len(x.c.bridge.outbox) > 0 {
			x.c.bridge.perform(<-x.c.bridge.outbox)
		}
		x.tick()
		i := 0
		change := func() {
			if i++; i%20 == 0 {
				p := x.c.parties[2]
				p.coaching, p.coachee = !p.coaching, x.c.parties[3]
				p.muted = !p.muted
			}
			x.tick()
		}
		for range 400 {
			change()
		}
		if n := testing.AllocsPerRun(400, change); n != 0 {
			t.Errorf("a tick at %d Hz allocates %v times", x.c.rate, n)
		}
		if x.c.rate != codec.SampleRate() {
			t.Errorf("the conference is mixed at %d Hz", x.c.rate)
		}
	}
}
