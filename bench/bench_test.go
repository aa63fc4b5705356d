package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/proc"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// far is the other end of a leg: it sends one packet a tick and drops what
// comes.
type far struct {
	socket media.Socket
	to     netip.AddrPort
	packet [12 + 160]byte
	seq    uint16
}

func newFar(b *testing.B, n *media.UDP) *far {
	rtp, rtcp, err := n.Open()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { rtp.Close(); rtcp.Close() })
	f := &far{socket: rtp}
	f.packet[0] = 2 << 6
	for i := range f.packet[12:] {
		f.packet[12+i] = byte(i*37) | 0x80
	}
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

func network(b *testing.B) *media.UDP {
	n, err := media.NewUDP(loopback, 20000, 29999)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// run measures tick alone; the far ends work while the timer stands still. ns/leg
// is processor time, so that what else the machine does is not in it.
func run(b *testing.B, fars []*far, tick func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var came media.Datagram
	turn := func(tick func()) {
		for _, f := range fars {
			f.send()
		}
		tick()
		for _, f := range fars {
			f.drain(&came)
		}
	}
	for range 10 {
		turn(tick) // caches, and what grows once
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	var used time.Duration
	for range b.N {
		turn(func() {
			b.StartTimer()
			before := proc.Thread()
			tick()
			used += proc.Thread() - before
			b.StopTimer()
		})
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/float64(len(fars)), "ns/leg")
}

var sizes = []int{10, 100, 1000}

// BenchmarkTick is a tick on real sockets, by what is done with the packets:
// the floor, plain and connected, and the whole path of conferences of ten.
func BenchmarkTick(b *testing.B) {
	for _, of := range []struct {
		name string
		make func(b *testing.B, legs int) (fars []*far, tick func())
	}{
		{"floor", func(b *testing.B, legs int) ([]*far, func()) { return newFloor(b, floor.Plain, legs) }},
		{"connected", func(b *testing.B, legs int) ([]*far, func()) { return newFloor(b, floor.Connected, legs) }},
		{"path", newPath},
	} {
		for _, legs := range sizes {
			b.Run(fmt.Sprintf("of=%s/legs=%d", of.name, legs), func(b *testing.B) {
				fars, tick := of.make(b, legs)
				run(b, fars, tick)
			})
		}
	}
}

func newFloor(b *testing.B, kind floor.Kind, legs int) (fars []*far, tick func()) {
	r, err := floor.Open(kind, loopback, 30000, 31999, legs)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.Close)
	n := network(b)
	for _, to := range r.Addrs() {
		f := newFar(b, n)
		f.to = to
		fars = append(fars, f)
	}
	return fars, func() { r.Tick() }
}

// newPath ticks in an hour's time: there the kernel's stamps mean nothing, and
// every packet counts as having come in the tick that finds it, however fast or
// slowly the ticks follow each other here.
func newPath(b *testing.B, legs int) (fars []*far, tick func()) {
	n, now := network(b), time.Now().Add(time.Hour)
	var p path
	fars = make([]*far, legs)
	conferences := make([]*conference, legs/10)
	for i := range conferences {
		conferences[i] = newConference(b, n, now, fars[i*10:(i+1)*10])
		conferences[i].mixer.Share(&p.scratch)
	}
	return fars, func() {
		now = now.Add(20 * time.Millisecond)
		for _, r := range conferences {
			r.tick(now, &p)
		}
	}
}

// path is what the conferences of a goroutine share.
type path struct {
	came    media.Datagram
	scratch mixer.Scratch
	payload []byte
}

// conference is a conference without the bridge: legs and a mixer.
type conference struct {
	mixer   *mixer.Mixer
	legs    []*media.Leg
	parties []*mixer.Party
}

func newConference(b *testing.B, n *media.UDP, now time.Time, fars []*far) *conference {
	r := &conference{mixer: mixer.New(8000)}
	for i := range fars {
		f := newFar(b, n)
		rtp, rtcp, err := n.Open()
		if err != nil {
			b.Fatal(err)
		}
		leg := media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: uint32(i)})
		b.Cleanup(func() { leg.Close() })
		pcmu := media.PayloadCodec{Type: 0, Codec: media.PCMU}
		leg.Configure(netsim.Setup(media.Params{
			Tx: pcmu, Rx: []media.PayloadCodec{pcmu}, Ptime: 20 * time.Millisecond,
			Remote: f.socket.LocalAddr(),
		}), now)
		f.to, fars[i] = leg.LocalAddr(), f
		r.legs, r.parties = append(r.legs, leg), append(r.parties, r.mixer.Add())
	}
	return r
}

func (r *conference) tick(now time.Time, p *path) {
	r.mixer.Begin()
	for i, l := range r.legs {
		l.Receive(now, &p.came)
		r.parties[i].Live = l.ReadFrame(r.parties[i].In)
	}
	r.mixer.Mix(mixer.ConferenceAudio{})
	for i, l := range r.legs {
		p.payload = media.EncodeFrame(media.PCMU, p.payload[:0], r.parties[i].Out)
		l.WriteFrame(p.payload, now)
	}
}
