package bridge

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// far is the other end of a leg on a real socket: it sends a packet a tick and
// drops what comes.
type far struct {
	socket media.Socket
	to     netip.AddrPort
	packet [12 + 160]byte
	seq    uint16
}

func newFar(tb testing.TB, n media.Network, i int) *far {
	rtp, rtcp, err := n.Open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { rtp.Close(); rtcp.Close() })
	f := &far{socket: rtp}
	f.packet[0] = 2 << 6
	voice := &tone.Sine{Hz: tone.Set[i%len(tone.Set)], Level: -40}
	var pcm [160]int16
	voice.Fill(pcm[:])
	media.EncodeFrame(media.PCMU, f.packet[12:12], pcm[:])
	return f
}

func (f *far) send() {
	f.seq++
	binary.BigEndian.PutUint16(f.packet[2:], f.seq)
	binary.BigEndian.PutUint32(f.packet[4:], uint32(f.seq)*160)
	f.socket.Send(f.packet[:], f.to)
}

func (f *far) drain(d *media.Datagram) {
	for f.socket.Recv(d) == nil {
	}
}

// hall is a bridge on real sockets, whose conferences a benchmark ticks by hand.
type hall struct {
	b    *Bridge
	all  []*conference
	fars []*far
	now  time.Time
	came media.Datagram
}

// newHall brings legs into conferences of so many. It is in an hour's time: there
// the kernel's stamps mean nothing, and a packet counts as having come in the
// tick that finds it, however fast or slowly the ticks follow each other.
func newHall(tb testing.TB, legs, each, clocks int) *hall {
	tb.Helper()
	n, err := media.NewUDP(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 20000, 60999)
	if err != nil {
		tb.Fatal(err)
	}
	lib := prompt.New(prompt.Options{})
	tb.Cleanup(lib.Close)
	h := &hall{now: time.Now().Add(time.Hour)}
	h.b = newBridge(Config{Network: n, Prompts: lib, Log: slog.New(slog.DiscardHandler), MaxParticipants: legs, Clocks: clocks})
	for i := range legs {
		if i%each == 0 {
			c := newConference(h.b, "AC1", fmt.Sprint(i), h.now)
			h.b.clocks[0].adopt(c)
			h.all = append(h.all, c)
			h.b.clocks[0].conferences = h.all
		}
		h.join(tb, h.all[len(h.all)-1], newFar(tb, n, i))
	}
	return h
}

func (h *hall) join(tb testing.TB, c *conference, f *far) {
	tb.Helper()
	leg, err := h.b.OpenLeg()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { leg.Close() })
	pcmu := media.PayloadCodec{Type: 0, Codec: media.PCMU}
	params := media.Params{Tx: pcmu, Rx: []media.PayloadCodec{pcmu}, Ptime: TickInterval, Remote: f.socket.LocalAddr()}
	_, err = c.join(JoinRequest{
		Account: "AC1", Options: StartOptions{StartConferenceOnEnter: true, Beep: BeepNever},
		Leg: leg, Call: &fakeCall{}, Media: params,
	}, netsim.Setup(params), newID("CA"), h.now)
	if err != nil {
		tb.Fatal(err)
	}
	f.to = leg.LocalAddr()
	h.fars = append(h.fars, f)
}

// tick lets the far ends send, ticks the conferences and lets the far ends
// receive. It returns how long the conferences took, by clock.
func (h *hall) tick(clock int32) time.Duration {
	for _, f := range h.fars {
		f.send()
	}
	h.now = h.now.Add(TickInterval)
	began := read(clock)
	h.b.clocks[0].tick(h.now)
	took := read(clock) - began
	for _, f := range h.fars {
		f.drain(&h.came)
	}
	return took
}

// wantTalk checks that nearly everybody is heard.
func (h *hall) wantTalk(tb testing.TB) {
	tb.Helper()
	live := 0
	for _, c := range h.all {
		for _, p := range c.parties {
			if p.voice.Live {
				live++
			}
		}
	}
	if live < len(h.fars)*9/10 {
		tb.Errorf("only %d of %d legs have something to say", live, len(h.fars))
	}
}

// read is a clock of the system.
func read(clock int32) time.Duration {
	var t unix.Timespec
	unix.ClockGettime(clock, &t)
	return time.Duration(t.Nano())
}

// settle lets what the ticks have asked for happen.
func (h *hall) settle(done func() bool) {
	for i := 0; i < 20 || !done(); i++ {
		h.tick(unix.CLOCK_MONOTONIC)
		for len(h.b.outbox) > 0 {
			h.b.perform(<-h.b.outbox)
		}
		runtime.Gosched()
	}
}

// shapes is what some of the legs of a conference of ten are.
var shapes = []struct {
	name string
	make func(c *conference)
}{
	{"talking", func(*conference) {}},
	{"held", func(c *conference) {
		for _, p := range c.parties[:3] {
			p.applyHold(&ParticipantUpdate{Hold: yes()})
		}
	}},
	{"coaches", func(c *conference) { c.parties[0].coaching, c.parties[0].coachee = true, c.parties[1] }},
	{"announced", func(c *conference) { p := c.parties[0]; p.announce.add(p.playback(prompt.Hold, nil)) }},
}

// BenchmarkShapes: the processor time of a thousand legs in conferences of ten
// with 300 legs on hold, with 100 coaches and with 100 announcements, over that of a
// thousand who just talk. They take turns, tick by tick; the medians count.
func BenchmarkShapes(b *testing.B) {
	var halls []*hall
	for _, shape := range shapes {
		h := newHall(b, 1000, 10, 1)
		for _, c := range h.all {
			h.tick(unix.CLOCK_MONOTONIC) // so that no two play the same
			shape.make(c)
		}
		h.settle(h.audible)
		halls = append(halls, h)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	took := make([][]time.Duration, len(halls))
	for range b.N {
		for i, h := range halls {
			took[i] = append(took[i], h.tick(unix.CLOCK_THREAD_CPUTIME_ID))
		}
	}
	halls[0].wantTalk(b)
	b.ReportMetric(0, "ns/op")
	median := func(i int) float64 {
		slices.Sort(took[i])
		return float64(took[i][len(took[i])/2].Nanoseconds())
	}
	b.ReportMetric(median(0)/1000, "ns/leg")
	for i := range halls[1:] {
		b.ReportMetric(median(i+1)/median(0), "x-"+shapes[i+1].name)
	}
}

// audible reports whether all private audio plays.
func (h *hall) audible() bool {
	for _, c := range h.all {
		for _, p := range c.parties {
			if (p.held || len(p.announce.queue) > 0) && p.prompts.playing == nil {
				return false
			}
		}
	}
	return true
}

// helpers lets all clocks but the first, which the caller ticks by hand, run
// until the benchmark is over. They have no conferences of their own.
func (h *hall) helpers(b *testing.B) {
	var running sync.WaitGroup
	for _, k := range h.b.clocks[1:] {
		running.Go(k.run)
	}
	b.Cleanup(func() {
		for _, k := range h.b.clocks[1:] {
			close(k.stop)
		}
		running.Wait()
	})
}

// BenchmarkBigConference: one conference on real sockets, in the time that goes
// by, with one clock and with as many as there are processors. Both take turns, tick
// by tick, so that they meet the same machine. The fastest tick counts: in it
// nobody else had the processors.
func BenchmarkBigConference(b *testing.B) {
	for _, legs := range []int{100, 300, 1000, 2000} {
		b.Run(fmt.Sprint(legs), func(b *testing.B) {
			alone, helped := newHall(b, legs, legs, 1), newHall(b, legs, legs, runtime.GOMAXPROCS(0))
			helped.helpers(b)
			alone.settle(alone.audible)
			helped.settle(helped.audible)
			var took [2][]time.Duration
			for range b.N {
				took[0] = append(took[0], alone.tick(unix.CLOCK_MONOTONIC))
				took[1] = append(took[1], helped.tick(unix.CLOCK_MONOTONIC))
			}
			helped.wantTalk(b)
			var per [2]float64
			for i := range took {
				per[i] = float64(slices.Min(took[i]).Nanoseconds()) / float64(legs)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(per[0], "ns/leg-alone")
			b.ReportMetric(per[1], "ns/leg-helped")
			b.ReportMetric(per[0]/per[1], "x")
			pieces := 2 * b.N * len(helped.all[0].work.pieces)
			b.ReportMetric(float64(helped.b.clocks[1].helped.Load())/float64(pieces), "of-pieces-helped")
		})
	}
}

// BenchmarkLateness: which part of the wake-ups of an idle clock is at most 0.1
// and 1 ms late, by its timer alone and with SleepUntil. Both run side by side.
func BenchmarkLateness(b *testing.B) {
	var running sync.WaitGroup
	var clocks []*clock
	for i, wait := range []func(time.Time){nil, SleepUntil} {
		k := newClock(time.Duration(i)*TickInterval/2, nil)
		k.wait = wait
		clocks = append(clocks, k)
		running.Go(k.run)
	}
	for range b.N {
		time.Sleep(TickInterval)
	}
	for i, k := range clocks {
		close(k.stop)
		h := newHistogram()
		n := k.lateness.addTo(&h)
		name := [...]string{"timer", "exact"}[i]
		b.ReportMetric(float64(h.Counts[0])/float64(n), name+"<0.1ms")
		b.ReportMetric(float64(h.Counts[0]+h.Counts[1]+h.Counts[2]+h.Counts[3])/float64(n), name+"<1ms")
	}
	running.Wait()
}
