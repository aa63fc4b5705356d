package netsim_test

import (
	"errors"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

// world is a network with two sockets and a clock that the test moves.
type world struct {
	*netsim.Network
	now  time.Time
	a, b *netsim.Socket
}

func newWorld(seed uint64, l netsim.Link) *world {
	w := &world{now: time.Unix(1e9, 0)}
	w.Network = netsim.New(func() time.Time { return w.now }, seed)
	w.a = w.Bind(netip.MustParseAddrPort("127.0.0.2:4000"))
	w.b = w.Bind(netip.MustParseAddrPort("127.0.0.3:4000"))
	w.SetLinkFrom(w.a.LocalAddr().Addr(), l)
	return w
}

// arrival is a datagram that b took in.
type arrival struct {
	n     byte
	after time.Duration // since it was sent
}

// send sends n datagrams from a to b, one a 20 ms, and returns what arrives
// within a second more.
func (w *world) send(n int) (got []arrival) {
	start := w.now
	for i := range n + 50 {
		if i < n {
			_ = w.a.Send([]byte{byte(i)}, w.b.LocalAddr())
		}
		w.now = w.now.Add(20 * time.Millisecond)
		var d media.Datagram
		for w.b.Recv(&d) == nil {
			sent := start.Add(time.Duration(d.Data[0]) * 20 * time.Millisecond)
			got = append(got, arrival{d.Data[0], d.At.Sub(sent)})
		}
	}
	return got
}

func TestDelayIsExact(t *testing.T) {
	w := newWorld(1, netsim.Link{Delay: 35 * time.Millisecond})
	for i, a := range w.send(100) {
		if int(a.n) != i || a.after != 35*time.Millisecond {
			t.Fatalf("datagram %d: %+v", i, a)
		}
	}
}

func TestNothingIsSeenBeforeItArrives(t *testing.T) {
	w := newWorld(1, netsim.Link{Delay: 35 * time.Millisecond})
	_ = w.a.Send([]byte("x"), w.b.LocalAddr())
	var d media.Datagram
	w.now = w.now.Add(35*time.Millisecond - 1)
	if err := w.b.Recv(&d); !errors.Is(err, media.ErrNoDatagram) {
		t.Fatalf("too early: %v", err)
	}
	w.now = w.now.Add(1)
	err := w.b.Recv(&d)
	if len(d.Data) != 1 || d.From != w.a.LocalAddr() || err != nil {
		t.Fatalf("got %d bytes from %v, %v", len(d.Data), d.From, err)
	}
}

func TestJitterIsUniformAndReorders(t *testing.T) {
	const jitter = 50 * time.Millisecond
	for _, ordered := range []bool{false, true} {
		w := newWorld(1, netsim.Link{Jitter: jitter, KeepOrder: ordered})
		got := w.send(200)
		if len(got) != 200 {
			t.Fatalf("%d of 200 arrived", len(got))
		}
		var sum time.Duration
		for _, a := range got {
			sum += a.after
			if a.after < 0 || a.after > jitter {
				t.Fatalf("delay %v", a.after)
			}
		}
		mean := sum / 200
		if !ordered && (mean < 20*time.Millisecond || mean > 30*time.Millisecond) {
			t.Errorf("mean delay %v, want 25 ms", mean)
		}
		sorted := slices.IsSortedFunc(got, func(a, b arrival) int { return int(a.n) - int(b.n) })
		if sorted != ordered {
			t.Errorf("KeepOrder %v: in order %v", ordered, sorted)
		}
	}
}

func TestLossAndDuplicates(t *testing.T) {
	seen := map[byte]int{}
	for seed := range uint64(20) {
		for _, a := range newWorld(seed, netsim.Link{Loss: 0.1, Duplicate: 0.2}).send(250) {
			seen[a.n]++
		}
	}
	total := 0
	for _, n := range seen {
		total += n
	}
	if want := 5000 * 0.9 * 1.2; math.Abs(float64(total)-want) > 150 {
		t.Errorf("%d datagrams came, want about %.0f", total, want)
	}
}

func TestShapeDelaysAndDrops(t *testing.T) {
	w := newWorld(1, netsim.Link{Delay: 5 * time.Millisecond, Shape: func(n int, _ time.Time) time.Duration {
		if n%10 == 3 {
			return -1
		}
		return time.Duration(n) * time.Millisecond
	}})
	got := w.send(50)
	if len(got) != 45 {
		t.Fatalf("%d of 50 arrived, want 45", len(got))
	}
	for _, a := range got {
		if a.n%10 == 3 || a.after != time.Duration(5+int(a.n))*time.Millisecond {
			t.Fatalf("%+v", a)
		}
	}
}

func TestSameSeedSameNetwork(t *testing.T) {
	l := netsim.Link{Jitter: 80 * time.Millisecond, Loss: 0.2, Duplicate: 0.1}
	one, again, other := newWorld(7, l).send(200), newWorld(7, l).send(200), newWorld(8, l).send(200)
	if !slices.Equal(one, again) {
		t.Error("the same seed gave another network")
	}
	if slices.Equal(one, other) {
		t.Error("another seed gave the same network")
	}
}

func TestLinksAreOfTheirSender(t *testing.T) {
	w := newWorld(1, netsim.Link{Loss: 1})
	_ = w.a.Send([]byte("lost"), w.b.LocalAddr())
	_ = w.b.Send([]byte("not"), w.a.LocalAddr())
	var d media.Datagram
	if err := w.b.Recv(&d); err == nil {
		t.Error("what a sends is not lost")
	}
	if err := w.a.Recv(&d); err != nil {
		t.Error("what b sends is lost")
	}
}

func TestSockets(t *testing.T) {
	w := newWorld(1, netsim.Link{})
	rtp, rtcp, err := w.Open()
	if err != nil || rtp.LocalAddr().Port()%2 != 0 || rtcp.LocalAddr().Port() != rtp.LocalAddr().Port()+1 {
		t.Fatalf("pair %v, %v: %v", rtp.LocalAddr(), rtcp.LocalAddr(), err)
	}
	if n := w.Bound(); n != 4 {
		t.Errorf("%d sockets, want 4", n)
	}
	if err := errors.Join(rtp.Close(), rtcp.Close()); err != nil || w.Bound() != 2 {
		t.Errorf("closed: %v, %d left", err, w.Bound())
	}
	if rtp.Close() == nil || rtp.Send(nil, w.a.LocalAddr()) == nil {
		t.Error("a closed socket works")
	}
	if err := w.a.Send([]byte("x"), rtp.LocalAddr()); err != nil {
		t.Errorf("sending to nobody: %v", err)
	}
}

// A phone whose clock is 1 % fast sends 1 % more, and its timestamps count on.
func TestPhoneDrifts(t *testing.T) {
	for ppm, want := range map[float64]int{0: 1000, 10000: 1010, -10000: 990} {
		w := newWorld(1, netsim.Link{})
		p := netsim.NewPhone(w.Network, netip.MustParseAddrPort("127.0.0.4:4000"), media.PCMU, func(dst []int16) { clear(dst) })
		p.Drift = ppm
		p.Call(w.b.LocalAddr())
		first := p.Header
		got := 0
		for range 1000 {
			p.Tick(w.now)
			w.now = w.now.Add(20 * time.Millisecond)
			var d media.Datagram
			for w.b.Recv(&d) == nil {
				got++
			}
		}
		if got < want-1 || got > want+1 {
			t.Errorf("%v ppm: %d packets, want %d", ppm, got, want)
		}
		if int(p.Header.Timestamp-first.Timestamp) != got*160 {
			t.Errorf("%v ppm: timestamp went %d for %d packets", ppm, p.Header.Timestamp-first.Timestamp, got)
		}
	}
}

// What a phone hears is in its place by timestamp, whatever the order.
func TestPhoneHearsByTimestamp(t *testing.T) {
	w := newWorld(1, netsim.Link{})
	p := netsim.NewPhone(w.Network, w.b.LocalAddr(), media.PCMU, nil)
	packet := func(ts byte, code byte) {
		b := append(make([]byte, 12), code, code)
		b[0], b[7] = 0x80, ts
		_ = w.a.Send(b, p.Addr())
	}
	packet(10, 1)
	packet(16, 4)
	packet(12, 2)
	p.Drain()
	got := media.EncodeFrame(media.PCMU, nil, p.Heard())
	if want := []byte{1, 1, 2, 2, 0xFF, 0xFF, 4, 4}; !slices.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	if n := len(p.Packets()); n != 3 {
		t.Errorf("%d packets", n)
	}
	if p.Forget(); len(p.Heard()) != 0 {
		t.Error("it did not forget")
	}
}

// A phone of any codec says what another one of that codec hears, at the pitch
// it has and in its place.
func TestR40_PhoneInEveryCodec(t *testing.T) {
	for c := media.PCMU; c < media.NumCodecs; c++ {
		w := newWorld(1, netsim.Link{})
		rate := c.SampleRate()
		n := 0
		talker := netsim.NewPhone(w.Network, netip.MustParseAddrPort("127.0.0.4:4000"), c, func(dst []int16) {
			for i := range dst {
				dst[i] = int16(8000 * math.Sin(2*math.Pi*700*float64(n)/float64(rate)))
				n++
			}
		})
		listener := netsim.NewPhone(w.Network, netip.MustParseAddrPort("127.0.0.5:4000"), c, nil)
		talker.Call(listener.Addr())
		for range 60 {
			talker.Tick(w.now)
			listener.Tick(w.now)
			w.now = w.now.Add(20 * time.Millisecond)
		}
		heard := listener.Heard()
		if len(heard) < rate*59/50 {
			t.Fatalf("%v at %d Hz: heard %d samples", c, rate, len(heard))
		}
		var re, im, all float64
		for i, v := range heard[rate/10:][:rate] {
			phase := 2 * math.Pi * 700 * float64(i) / float64(rate)
			re += float64(v) * math.Cos(phase)
			im += float64(v) * math.Sin(phase)
			all += float64(v) * float64(v)
		}
		peak := 2 * math.Hypot(re, im) / float64(rate)
		rest := all/float64(rate) - peak*peak/2
		if peak < 7550 || peak > 8475 || rest > peak*peak/2/1000 {
			t.Errorf("%v at %d Hz: the tone has a peak of %.0f, the rest %.0f", c, rate, peak, math.Sqrt(max(rest, 0)))
		}
		params := talker.Params()
		if last := params.Rx[len(params.Rx)-1]; c != media.PCMU && c != media.PCMA && last != params.Tx {
			t.Errorf("%v: Params has %v for Rx, %v for Tx", c, last, params.Tx)
		}
	}
}
