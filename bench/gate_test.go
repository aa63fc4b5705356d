package main_test

import (
	"encoding/binary"
	"log/slog"
	"net/netip"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
)

// The tests here hold the bridge to what it may do per leg and tick. They count
// and measure no time, so that they say the same on every machine; what the
// counts cost is for bench report.

// wires is a media.Network of phones that say one packet of PCMU or PCMA every
// 20 ms and count what the bridge asks of their sockets. It allocates nothing
// while it is used.
type wires struct {
	phase   time.Duration // between the packets of one phone and the next
	sockets []*wire
}

// wire is a socket of the bridge's. One for RTCP never has anything.
type wire struct {
	local      netip.AddrPort
	packet     []byte // nil for RTCP
	next       time.Time
	seq        uint16
	recv, sent atomic.Int64
}

func (n *wires) Open() (rtp, rtcp media.Socket, err error) {
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	port := uint16(20000 + len(n.sockets))
	phase := time.Duration(len(n.sockets)/2) * n.phase % bridge.TickInterval
	one := &wire{local: netip.AddrPortFrom(ip, port), packet: make([]byte, 12+160), next: time.Now().Add(phase)}
	one.packet[0] = 2 << 6
	for i := range one.packet[12:] {
		one.packet[12+i] = byte(i*37+int(port)) | 0x70 // faint noise
	}
	two := &wire{local: netip.AddrPortFrom(ip, port+1)}
	n.sockets = append(n.sockets, one, two)
	return one, two, nil
}

func (l *wire) Recv(d *media.Datagram) error {
	l.recv.Add(1)
	if l.packet == nil || time.Now().Before(l.next) {
		return media.ErrNoDatagram
	}
	l.seq++
	binary.BigEndian.PutUint16(l.packet[2:], l.seq)
	binary.BigEndian.PutUint32(l.packet[4:], uint32(l.seq)*160)
	d.Fill(l.packet, l.phone(), l.next)
	l.next = l.next.Add(bridge.TickInterval)
	return nil
}

func (l *wire) Send([]byte, netip.AddrPort) error { l.sent.Add(1); return nil }
func (l *wire) LocalAddr() netip.AddrPort         { return l.local }
func (l *wire) Close() error                      { return nil }

// phone is where the other end of the line is.
func (l *wire) phone() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), l.local.Port())
}

// calls counts what would be system calls.
func (n *wires) calls() (recv, sent int64) {
	for _, l := range n.sockets {
		recv += l.recv.Load()
		sent += l.sent.Load()
	}
	return recv, sent
}

// gathering is who joins: legs of which some talk and the others are muted, in
// conferences of so many.
type gathering struct {
	legs, of, talkers int // talkers per conference
	codecs            []media.Codec
	phase             time.Duration
}

// hosted is a bridge with a gathering in it.
type hosted struct {
	bridge *bridge.Bridge
	lines  *wires
	legs   int
}

type nobody struct{}

func (nobody) Hangup(bridge.LeaveReason) {}

// host lets a bridge with a gathering run in virtual time, settled, and then
// test it.
func (g gathering) host(t *testing.T, test func(h *hosted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hosted{lines: &wires{phase: g.phase}, legs: g.legs}
		quiet := slog.New(slog.DiscardHandler)
		prompts := prompt.New(prompt.Options{Log: quiet})
		defer prompts.Close()
		var err error
		h.bridge, err = bridge.New(bridge.Config{Network: h.lines, Prompts: prompts, Log: quiet, Clocks: 2, MaxParticipants: g.legs})
		if err != nil {
			t.Fatal(err)
		}
		defer h.bridge.Close()
		for i := range g.legs {
			g.join(t, h, i)
		}
		h.run(200)
		test(h)
	})
}

func (g gathering) join(t *testing.T, h *hosted, i int) {
	t.Helper()
	leg, err := h.bridge.OpenLeg()
	if err != nil {
		t.Fatal(err)
	}
	codec := g.codecs[i%len(g.codecs)]
	o := bridge.DefaultStartOptions()
	o.Beep, o.Muted = bridge.BeepNever, i%g.of >= g.talkers
	coding := media.PayloadCodec{Type: uint8(8 * (codec - media.PCMU)), Codec: codec}
	phone := h.lines.sockets[2*i]
	phone.packet[1] = coding.Type
	_, err = h.bridge.Join(t.Context(), bridge.JoinRequest{
		Account: "AC1", Conference: strconv.Itoa(i / g.of), Options: o, Leg: leg, Call: nobody{},
		Media: media.Params{Tx: coding, Rx: []media.PayloadCodec{coding}, Ptime: bridge.TickInterval,
			Remote: phone.phone()},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run lets so many ticks pass.
func (h *hosted) run(ticks int) {
	time.Sleep(time.Duration(ticks) * bridge.TickInterval)
	synctest.Wait()
}

// counts are what a number of ticks cost.
type counts struct{ recv, sent, encodes, allocs float64 }

// count returns what a tick costs, over a number of ticks; recv and sent are of
// one leg.
func (h *hosted) count(ticks int) counts {
	recv, sent := h.lines.calls()
	encodes := h.bridge.Totals().Encodes
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h.run(ticks)
	runtime.ReadMemStats(&after)
	encodes = h.bridge.Totals().Encodes - encodes
	recvAfter, sentAfter := h.lines.calls()
	n := float64(ticks)
	return counts{
		recv: float64(recvAfter-recv) / n / float64(h.legs), sent: float64(sentAfter-sent) / n / float64(h.legs),
		encodes: float64(encodes) / n, allocs: float64(after.Mallocs-before.Mallocs) / n,
	}
}

var pcmu = []media.Codec{media.PCMU}

// phonesApart spreads fifty phones evenly over the 20 ms.
const phonesApart = 7 * bridge.TickInterval / 50

// TestGate_Allocations: a tick allocates nothing, whoever talks. What is counted
// is the whole process, in which the runtime allocates now and then.
func TestGate_Allocations(t *testing.T) {
	for _, g := range []gathering{
		{legs: 50, of: 10, talkers: 10, codecs: pcmu, phase: phonesApart},
		{legs: 100, of: 100, talkers: 3, codecs: []media.Codec{media.PCMU, media.PCMA}},
	} {
		g.host(t, func(h *hosted) {
			if n := h.count(320).allocs; n >= 0.5 {
				t.Errorf("%d legs in conferences of %d: %.2f allocations a tick", g.legs, g.of, n)
			}
		})
	}
}

// TestGate_SystemCalls: one receive and one send per leg and tick, and a look
// at the RTCP socket every sixteenth. Of phones that are spread over the 20 ms
// one in ten sends just before the tick, and its socket is asked again.
func TestGate_SystemCalls(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase time.Duration
		most  float64
	}{
		{"phones in step", 0, 2.07},
		{"phones spread over the 20 ms", phonesApart, 2.2},
	} {
		gathering{legs: 50, of: 10, talkers: 10, codecs: pcmu, phase: c.phase}.host(t, func(h *hosted) {
			n := h.count(320)
			if sum := n.recv + n.sent; sum > c.most || n.recv < 1 || n.sent < 1 {
				t.Errorf("%s: %.3f receives and %.3f sends per leg and tick, want no more than %.2f together", c.name, n.recv, n.sent, c.most)
			}
		})
	}
}

// TestGate_Encodes: one encode a tick per distinct mix and codec.
func TestGate_Encodes(t *testing.T) {
	both := []media.Codec{media.PCMU, media.PCMA}
	for _, c := range []struct {
		name string
		gathering
		want float64
	}{
		{"a hundred listeners", gathering{legs: 100, of: 100, codecs: pcmu}, 1},
		{"a hundred listeners in two codecs", gathering{legs: 100, of: 100, codecs: both}, 2},
		{"ten talkers", gathering{legs: 10, of: 10, talkers: 10, codecs: pcmu}, 10},
		{"three talkers and 97 listeners", gathering{legs: 100, of: 100, talkers: 3, codecs: pcmu}, 3 + 1},
		{"three talkers and 97 listeners in two codecs", gathering{legs: 100, of: 100, talkers: 3, codecs: both}, 3 + 2},
		{"ten conferences of three talkers and seven listeners", gathering{legs: 100, of: 10, talkers: 3, codecs: pcmu}, 10 * (3 + 1)},
	} {
		c.host(t, func(h *hosted) {
			if n := h.count(100).encodes; n != c.want {
				t.Errorf("%s: %v encodes a tick, want %v", c.name, n, c.want)
			}
		})
	}
}

// mostHeap is what a leg of G.711 may hold of the heap, in bytes: its media,
// its place in the mix and its view.
const mostHeap = 17 << 10

// TestGate_Memory: what a leg holds, and 200 legs more than 50.
func TestGate_Memory(t *testing.T) {
	heap := func(legs int) (held int64) {
		gathering{legs: legs, of: 10, talkers: 10, codecs: pcmu}.host(t, func(h *hosted) {
			var m runtime.MemStats
			runtime.GC()
			runtime.GC() // what had a finalizer
			runtime.ReadMemStats(&m)
			held = int64(m.HeapAlloc)
			runtime.KeepAlive(h)
		})
		return held
	}
	each := (heap(250) - heap(50)) / 200
	if each > mostHeap {
		t.Errorf("a leg holds %d bytes, want no more than %d", each, mostHeap)
	}
	t.Logf("a leg holds %d bytes", each)
}
