package bridge

import (
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

// bench is one conference that a test or benchmark ticks by hand. No goroutine
// runs; the packets of its phones are queued ahead of time.
type bench struct {
	c      *conference
	now    time.Time
	sent   time.Time // up to when the phones' packets are queued
	phones []*netsim.Phone
}

func newBench(tb testing.TB, codec media.Codec, legs int) *bench {
	tb.Helper()
	x := &bench{now: time.Unix(1e9, 0)}
	lib := prompt.New(prompt.Options{})
	tb.Cleanup(lib.Close)
	net := netsim.New(func() time.Time { return x.now }, 1)
	b := newBridge(Config{Network: net, Prompts: lib, Log: slog.New(slog.DiscardHandler), MaxParticipants: legs, Clocks: 1})
	x.c = newConference(b, "AC1", "bench", x.now)
	x.c.clock = b.clocks[0]
	x.sent = x.now
	for i := range legs {
		leg, err := b.OpenLeg()
		if err != nil {
			tb.Fatal(err)
		}
		voice := &tone.Sine{Hz: tone.Set[i%len(tone.Set)], Level: -30}
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)}), 4000)
		p := netsim.NewPhone(net, addr, codec, voice.Fill)
		p.Call(leg.LocalAddr())
		x.phones = append(x.phones, p)
		_, err = x.c.join(JoinRequest{
			Account: "AC1", Conference: "bench", Options: StartOptions{StartConferenceOnEnter: true, Beep: BeepNever},
			Leg: leg, Media: p.Params(), Call: &fakeCall{},
		}, newID("CA"), x.now)
		if err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

// queue sends what the phones say in the next n ticks.
func (x *bench) queue(n int) {
	for range n {
		for _, p := range x.phones {
			p.Tick(x.sent)
		}
		x.sent = x.sent.Add(TickInterval)
	}
}

func (x *bench) tick() {
	x.now = x.now.Add(TickInterval)
	x.c.tick(x.now)
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
				x.queue(900)
				for range 400 {
					x.tick()
				}
				if n := testing.AllocsPerRun(400, x.tick); n != 0 {
					t.Errorf("a tick of %d legs allocates %v times", legs, n)
				}
			})
		}
	}
}

// BenchmarkTick measures whole ticks over a simulated network, all talking.
func BenchmarkTick(b *testing.B) {
	for _, legs := range []int{3, 10, 100} {
		b.Run(fmt.Sprint(legs), func(b *testing.B) {
			x := newBench(b, media.PCMU, legs)
			b.ReportAllocs()
			for b.Loop() {
				if !x.now.Before(x.sent) {
					b.StopTimer()
					x.queue(100)
					b.StartTimer()
				}
				x.tick()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(legs), "ns/leg")
		})
	}
}
