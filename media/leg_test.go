package media_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

func TestM01_OnePhoneIsByteExact(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMU, media.PCMA} {
		t.Run(codec.String(), func(t *testing.T) {
			r := newRig(t)
			r.phone.Codec = codec
			r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
			r.run(500)
			wantClean(t, r.rx())
			said := media.EncodeFrame(codec, nil, r.said)
			heard := r.phone.Payloads()
			at := bytes.Index(heard, said[:frame])
			if at < 0 || at > 3*frame {
				t.Fatalf("the first frame came back at %d", at)
			}
			n := len(heard) - at
			if !bytes.Equal(heard[at:], said[:n]) {
				t.Fatal("what came back is not what was said")
			}
			if n < 495*frame {
				t.Fatalf("only %d bytes came back", n)
			}
		})
	}
}

// Ticks that come up to 15 ms late, and say so, cost nothing.
func TestR36_LateTicks(t *testing.T) {
	r := newRig(t).count()
	due := r.now
	for i := range 3000 {
		due = due.Add(framely)
		late := time.Duration(i*7919%16) * time.Millisecond * time.Duration(i/10%2)
		r.now = due.Add(-7 * time.Millisecond)
		r.phone.Tick(r.now)
		r.now = due.Add(late)
		r.tick()
	}
	wantClean(t, r.rx())
	wantRun(t, r.heardFrames(), 2990)
}

func TestLeg_PlayoutDelayOfACalmNetwork(t *testing.T) {
	for phase := time.Duration(0); phase < framely; phase += time.Millisecond {
		r := newRig(t)
		r.now = r.now.Add(phase)
		r.phone.Tick(r.now)
		r.now = r.now.Add(framely - phase)
		for range 500 {
			r.tick()
			r.now = r.now.Add(phase)
			r.phone.Tick(r.now)
			r.now = r.now.Add(framely - phase)
		}
		wantClean(t, r.rx())
		if d := r.rx().PlayoutDelay; d < 8*time.Millisecond || d > 29*time.Millisecond {
			t.Errorf("phase %v: delay %v", phase, d)
		}
	}
}

// replay is a socket to which the same packet comes again and again, with the
// next sequence number and timestamp, one a tick.
type replay struct {
	packet  []byte
	from    netip.AddrPort
	at      *time.Time
	waiting bool
	sent    int
	asked   int
}

func (s *replay) Recv(d *media.Datagram) error {
	s.asked++
	if !s.waiting {
		return media.ErrNoDatagram
	}
	s.waiting = false
	if len(s.packet) > 12 && s.packet[1] < 128 {
		s.step()
	}
	d.Fill(s.packet, s.from, *s.at)
	return nil
}

// step gives the packet the next sequence number and timestamp.
func (s *replay) step() {
	binary.BigEndian.PutUint16(s.packet[2:], binary.BigEndian.Uint16(s.packet[2:])+1)
	binary.BigEndian.PutUint32(s.packet[4:], binary.BigEndian.Uint32(s.packet[4:])+frame)
}

func (s *replay) Send(b []byte, to netip.AddrPort) error { s.sent++; return nil }
func (s *replay) LocalAddr() netip.AddrPort              { return s.from }
func (s *replay) Close() error                           { return nil }

// replayLeg is a leg that hears speech-like noise without a network.
func replayLeg(now *time.Time) (leg *media.Leg, rtp, rtcp *replay) {
	packet := make([]byte, 12+frame)
	packet[0] = 0x80
	for i := range frame {
		packet[12+i] = byte(i * 37)
	}
	phone := netip.MustParseAddrPort("192.0.2.1:4000")
	rtp = &replay{packet: packet, from: phone, at: now}
	report := make([]byte, 28)
	copy(report, []byte{0x80, 200, 0, 6})
	rtcp = &replay{packet: report, from: netip.AddrPortFrom(phone.Addr(), 4001), at: now}
	leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1, CNAME: "leg"})
	pcmu := media.PayloadCodec{Type: 0, Codec: media.PCMU}
	leg.Configure(netsim.Setup(media.Params{Tx: pcmu, Rx: []media.PayloadCodec{pcmu}, Ptime: framely, Remote: phone, RemoteRTCP: rtcp.from}), *now)
	return leg, rtp, rtcp
}

// A socket is asked once a tick while the phone sends one packet a tick, and
// until it is empty when one is missing or old.
func TestLeg_AsksOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		age  time.Duration // of each packet when the tick comes
		lose bool
		want int // questions in 50 ticks, RTCP apart
	}{
		{"young", 5 * time.Millisecond, false, 50},
		{"almost due", 17 * time.Millisecond, false, 50},
		{"due", 19 * time.Millisecond, false, 100},
		{"one lost", 5 * time.Millisecond, true, 52}, // until the hole is past
	} {
		start := time.Unix(1e9, 0)
		at := start
		leg, rtp, _ := replayLeg(&at)
		var dst [frame]int16
		var came media.Datagram
		tick := func(n int) {
			now := start.Add(time.Duration(n) * framely)
			at = now.Add(-c.age)
			rtp.waiting = !c.lose || n != 120
			if !rtp.waiting {
				rtp.step()
			}
			leg.Receive(now, &came)
			leg.ReadFrame(dst[:])
		}
		n := 0
		for ; n < 100; n++ {
			tick(n)
		}
		rtp.asked = 0
		for ; n < 150; n++ {
			tick(n)
		}
		wantEqual(t, c.name, rtp.asked, c.want)
	}
}

func TestLeg_Allocs(t *testing.T) {
	now := time.Now()
	leg, rtp, rtcp := replayLeg(&now)
	var dst [frame]int16
	var code [frame]byte
	var came media.Datagram
	tick := func(n int) {
		now = now.Add(framely)
		rtp.waiting, rtcp.waiting = n%50 != 0, true // now and then one is lost
		leg.Receive(now, &came)
		leg.ReadFrame(dst[:])
		leg.WriteFrame(media.EncodeFrame(media.PCMU, code[:0], dst[:]), now)
	}
	n := 0
	if a := testing.AllocsPerRun(2000, func() { n++; tick(n) }); a != 0 {
		t.Errorf("%v allocations per tick", a)
	}
	if rtcp.sent < 5 || leg.Stats().Rx.Packets < 1900 {
		t.Errorf("the leg did not work: %+v", leg.Stats())
	}
}
