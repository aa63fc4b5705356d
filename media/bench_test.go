package media_test

import (
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

// The benchmarks measure one frame of 20 ms.

func BenchmarkEncode(b *testing.B) {
	for _, c := range []media.Codec{media.PCMU, media.PCMA} {
		b.Run(c.String(), func(b *testing.B) {
			var pcm [frame]int16
			tone(440, 8000)(pcm[:])
			var code [frame]byte
			b.ReportAllocs()
			for b.Loop() {
				media.EncodeFrame(c, code[:0], pcm[:])
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []media.Codec{media.PCMU, media.PCMA} {
		b.Run(c.String(), func(b *testing.B) {
			var pcm [frame]int16
			var code [frame]byte
			for i := range code {
				code[i] = byte(i * 37)
			}
			b.ReportAllocs()
			for b.Loop() {
				media.DecodeFrame(c, pcm[:], code[:])
			}
		})
	}
}

// BenchmarkLegTick is everything a leg does in a tick but the system calls.
func BenchmarkLegTick(b *testing.B) {
	for _, bm := range []struct {
		name string
		loss int // one packet in so many is lost
	}{{"calm", 1 << 30}, {"5% loss", 20}} {
		b.Run(bm.name, func(b *testing.B) {
			now := time.Now()
			leg, rtp, _ := replayLeg(&now)
			var dst [frame]int16
			var code [frame]byte
			var d media.Datagram
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				now = now.Add(framely)
				rtp.waiting = n%bm.loss != 0
				leg.Receive(now, &d)
				leg.ReadFrame(dst[:])
				leg.WriteFrame(media.EncodeFrame(media.PCMU, code[:0], dst[:]), now)
			}
		})
	}
}

// BenchmarkLegTickUDP adds the system calls: one packet in and one out on real
// sockets, and the phone's own send.
func BenchmarkLegTickUDP(b *testing.B) {
	u, err := media.NewUDP(loopback4, 37000, 37999)
	if err != nil {
		b.Fatal(err)
	}
	rtp, rtcp, err := u.Open()
	if err != nil {
		b.Fatal(err)
	}
	phone, phoneRTCP, err := u.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer phone.Close()
	defer phoneRTCP.Close()
	leg := media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1, CNAME: "leg"})
	defer leg.Close()
	pcmu := media.PayloadCodec{Type: 0, Codec: media.PCMU}
	now := time.Now()
	leg.Configure(netsim.Setup(media.Params{Tx: pcmu, Rx: []media.PayloadCodec{pcmu}, Ptime: framely, Remote: phone.LocalAddr(), RemoteRTCP: phoneRTCP.LocalAddr()}), now)
	packet, d := make([]byte, 12+frame), new(media.Datagram)
	packet[0] = 0x80
	var dst [frame]int16
	var code [frame]byte
	b.ReportAllocs()
	for b.Loop() {
		if packet[3]++; packet[3] == 0 {
			packet[2]++
		}
		_ = phone.Send(packet, leg.LocalAddr())
		now = now.Add(framely)
		leg.Receive(now, d)
		leg.ReadFrame(dst[:])
		leg.WriteFrame(media.EncodeFrame(media.PCMU, code[:0], dst[:]), now)
		_ = phone.Recv(d)
	}
}
