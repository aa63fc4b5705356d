package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

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
	came   media.Datagram
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

func (f *far) drain() {
	for f.socket.Recv(&f.came) == nil {
	}
}

func network(b *testing.B) *media.UDP {
	n, err := media.NewUDP(loopback, 20000, 29999)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// run times tick alone; the far ends work while the timer stands still.
func run(b *testing.B, fars []*far, tick func()) {
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	for range b.N {
		for _, f := range fars {
			f.send()
		}
		b.StartTimer()
		tick()
		b.StopTimer()
		for _, f := range fars {
			f.drain()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(fars)), "ns/leg")
}

var sizes = []int{10, 100, 1000}

func BenchmarkFloor(b *testing.B) {
	for _, legs := range sizes {
		b.Run(fmt.Sprint(legs), func(b *testing.B) {
			n := network(b)
			var fars []*far
			var near []media.Socket
			for range legs {
				f := newFar(b, n)
				rtp, rtcp, err := n.Open()
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { rtp.Close(); rtcp.Close() })
				f.to = rtp.LocalAddr()
				fars, near = append(fars, f), append(near, rtp)
			}
			var d media.Datagram
			run(b, fars, func() {
				for _, s := range near {
					if s.Recv(&d) == nil {
						s.Send(d.Data, d.From)
					}
				}
			})
		})
	}
}

// BenchmarkPath mixes conferences of ten.
func BenchmarkPath(b *testing.B) {
	for _, legs := range sizes {
		b.Run(fmt.Sprint(legs), func(b *testing.B) {
			n := network(b)
			now := time.Now()
			fars := make([]*far, legs)
			conferences := make([]*conference, legs/10)
			for i := range conferences {
				conferences[i] = newConference(b, n, now, fars[i*10:(i+1)*10])
			}
			run(b, fars, func() {
				now = now.Add(20 * time.Millisecond)
				for _, r := range conferences {
					r.tick(now)
				}
			})
		})
	}
}

// conference is a conference without the bridge: legs and a mixer.
type conference struct {
	mixer   *mixer.Mixer
	legs    []*media.Leg
	parties []*mixer.Party
	payload []byte
	came    media.Datagram
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

func (r *conference) tick(now time.Time) {
	for i, l := range r.legs {
		l.Receive(now, &r.came)
		r.parties[i].Live = l.ReadFrame(r.parties[i].In)
	}
	r.mixer.Mix(mixer.ConferenceAudio{})
	for i, l := range r.legs {
		r.payload = media.EncodeFrame(media.PCMU, r.payload[:0], r.parties[i].Out)
		l.WriteFrame(r.payload, now)
	}
}
