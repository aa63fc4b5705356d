package media_test

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"partyline/media"
	"partyline/media/netsim"
)

// wantReports parses every RTCP datagram the phone got with an independent
// implementation.
func wantReports(t *testing.T, r *rig) [][]rtcp.Packet {
	t.Helper()
	r.phone.Drain()
	var all [][]rtcp.Packet
	for _, b := range r.phone.Reports() {
		p, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		if err := rtcp.CompoundPacket(p).Validate(); err != nil && !isBye(p) {
			t.Fatalf("%v: %v", p, err)
		}
		all = append(all, p)
	}
	return all
}

func isBye(p []rtcp.Packet) bool { _, ok := p[len(p)-1].(*rtcp.Goodbye); return ok }

func TestRTCP_SenderReports(t *testing.T) {
	for _, mux := range []bool{false, true} {
		r := newRig(t)
		r.phone.Mux = mux
		r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), lossy(0.1))
		start := r.now
		r.run(5000) // 100 s
		all := wantReports(t, r)
		if n := len(all); n < 15 || n > 28 {
			t.Errorf("%d reports in 100 s", n)
		}
		sr, ok := all[len(all)-1][0].(*rtcp.SenderReport)
		if !ok {
			t.Fatalf("not a sender report: %v", all[len(all)-1])
		}
		wantEqual(t, "SSRC", sr.SSRC, 0xA1B2C3D4)
		wantEqual(t, "blocks", len(sr.Reports), 1)
		block := sr.Reports[0]
		wantEqual(t, "reported SSRC", block.SSRC, r.phone.Header.SSRC)
		if block.TotalLost < 350 || block.TotalLost > 650 || block.FractionLost == 0 {
			t.Errorf("loss %d, fraction %d", block.TotalLost, block.FractionLost)
		}
		// NTP and RTP time stamps name the same instant.
		at := time.Duration(float64(sr.NTPTime-ntp(start)) / (1 << 32) * float64(time.Second))
		samples := int32(sr.RTPTime - (1<<32 - 800))
		if d := at - time.Duration(samples)*time.Second/8000; d < -20*time.Millisecond || d > 20*time.Millisecond {
			t.Errorf("NTP time is %v, RTP time %d samples", at, samples)
		}
		wantEqual(t, "octets", sr.OctetCount, sr.PacketCount*frame)
		sdes := all[0][1].(*rtcp.SourceDescription)
		wantEqual(t, "CNAME", sdes.Chunks[0].Items[0].Text, "leg@test")
	}
}

// ntp is the 64-bit NTP time stamp of t.
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

func TestRTCP_ReceiverReportsWhileQuiet(t *testing.T) {
	r := newRig(t)
	p := r.phone.Params()
	p.Direction = media.RecvOnly
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(2000)
	all := wantReports(t, r)
	if len(all) < 4 {
		t.Fatalf("%d reports in 40 s", len(all))
	}
	for _, c := range all {
		if _, ok := c[0].(*rtcp.ReceiverReport); !ok {
			t.Fatalf("not a receiver report: %v", c)
		}
	}
}

func TestRTCP_IntervalsVary(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var at []time.Time
	seen := uint64(0)
	r.after = func(int) {
		if n := r.leg.Stats().Tx.Reports; n > seen {
			seen = n
			at = append(at, r.now)
		}
	}
	r.run(50000)
	low, high := time.Hour, time.Duration(0)
	for i := 1; i < len(at); i++ {
		d := at[i].Sub(at[i-1])
		low, high = min(low, d), max(high, d)
	}
	if low < 2500*time.Millisecond || high > 7520*time.Millisecond || high-low < 3*time.Second {
		t.Errorf("intervals from %v to %v", low, high)
	}
}

// peerReport is a sender report of the phone about the leg.
func (r *rig) peerReport(lsr, dlsr uint32) []byte {
	b, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: r.phone.Header.SSRC, NTPTime: ntp(r.now), Reports: []rtcp.ReceptionReport{
			{SSRC: 1}, {SSRC: 0xA1B2C3D4, FractionLost: 64, TotalLost: 25, Jitter: 80, LastSenderReport: lsr, Delay: dlsr},
		}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func TestRTCP_WhatThePhoneReports(t *testing.T) {
	r := newRig(t)
	r.run(10)
	// The phone answers a report of 130 ms ago after holding it for 50 ms.
	lsr := uint32(ntp(r.now.Add(-130*time.Millisecond)) >> 16)
	r.phone.SendRTCP(r.peerReport(lsr, 65536/20), r.now)
	r.run(20)
	p := r.leg.Stats().Peer
	wantEqual(t, "reports", p.Reports, 1)
	wantEqual(t, "lost", p.Lost, 25)
	wantEqual(t, "fraction lost", p.FractionLost, 0.25)
	wantEqual(t, "jitter", p.Jitter, 10*time.Millisecond)
	if d := p.RTT - 80*time.Millisecond; d < -time.Millisecond || d > time.Millisecond {
		t.Errorf("round trip %v", p.RTT)
	}
	// The leg's next report names the phone's and how long ago it came.
	r.run(500)
	all := wantReports(t, r)
	block := all[len(all)-1][0].(*rtcp.SenderReport).Reports[0]
	if block.LastSenderReport == 0 || block.Delay == 0 || float64(block.Delay)/65536 > math.Ceil(11) {
		t.Errorf("last sender report %x, delay %d", block.LastSenderReport, block.Delay)
	}
}

func TestR24_BrokenRTCP(t *testing.T) {
	r := newRig(t).count()
	r.run(10)
	good := r.peerReport(0, 0)
	broken := [][]byte{
		nil, {0x80}, {0x80, 200, 0, 0}, {0x80, 200, 0, 0, 0, 0, 0, 0}, {0, 200, 0, 1, 0, 0, 0, 0},
		{0x80, 200, 0xFF, 0xFF, 0, 0, 0, 0}, {0x9F, 201, 0, 1, 0, 0, 0, 1}, {0x9F, 200, 0, 6, 1, 2, 3, 4},
		{0x80, 50, 0, 1, 0, 0, 0, 0}, {0x81, 203, 0, 0}, append(append([]byte(nil), good...), 0x80, 200, 0, 9),
	}
	for i := range good {
		broken = append(broken, good[:i])
	}
	many := []byte{0x9F, 201, 0, 187, 0, 0, 0, 1}
	broken = append(broken, append(many, make([]byte, 31*24)...))
	for _, b := range broken {
		r.phone.SendRTCP(b, r.now)
		r.phone.SendBytes(b, r.now)
		r.run(20)
	}
	wantRun(t, r.heardFrames(), 1000)
	if p := r.leg.Stats().Peer; p.Malformed < 60 {
		t.Errorf("%d malformed of %d", p.Malformed, len(broken))
	}
}

func TestR25_ByeEndsNothing(t *testing.T) {
	r := newRig(t).count()
	r.run(10)
	b, err := (&rtcp.Goodbye{Sources: []uint32{r.phone.Header.SSRC}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r.phone.SendRTCP(b, r.now)
	r.run(100)
	wantEqual(t, "byes", r.leg.Stats().Peer.Byes, 1)
	wantRun(t, r.heardFrames(), 100)
}

func TestRTCP_FollowsTheLock(t *testing.T) {
	r := newNATRig(t)
	evil := r.intruder("127.0.0.66:5000")
	r.with(evil).run(1000)
	evil.SendRTCP(r.peerReport(0, 0), r.now)
	r.run(1000)
	wantEqual(t, "bad source", r.leg.Stats().Peer.BadSource, 1)
	wantEqual(t, "reports to the attacker", len(evil.Reports()), 0)
	if n := len(wantReports(t, r)); n < 4 {
		t.Errorf("%d reports reached the phone behind NAT", n)
	}
}

func TestR30_RTCPFromAnotherPort(t *testing.T) {
	r := newRig(t)
	r.run(10)
	r.phone.SendRTCP(r.peerReport(0, 0), r.now)
	r.run(20)
	evil := r.intruder("127.0.0.2:4444")
	evil.SendRTCP(r.peerReport(0, 0), r.now)
	r.run(1000)
	wantEqual(t, "bad source", r.leg.Stats().Peer.BadSource, 1)
	wantEqual(t, "reports to the attacker", len(evil.Reports()), 0)
}

func TestRTCP_ByeOnClose(t *testing.T) {
	r := newRig(t)
	r.run(50)
	if err := r.leg.Close(); err != nil {
		t.Fatal(err)
	}
	all := wantReports(t, r)
	if len(all) == 0 || !isBye(all[len(all)-1]) {
		t.Errorf("no BYE in %v", all)
	}
	if err := r.leg.Close(); err == nil {
		t.Error("the second Close succeeded")
	}
	quiet := newRig(t)
	if err := quiet.leg.Close(); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "reports of a leg that never sent", len(wantReports(t, quiet)), 0)
}

// Neither a pause, nor a timestamp that stood still in it, nor a new SSRC is
// jitter.
func TestRTCP_JitterIsOfTheNetworkAlone(t *testing.T) {
	r := newRig(t)
	voice := r.phone.Voice
	for range 5 {
		r.phone.Voice = voice
		r.run(50)
		ts := r.phone.Header.Timestamp
		r.phone.Voice = nil
		r.run(100)
		r.phone.Header.Timestamp = ts
	}
	r.phone.Voice = voice
	r.run(10)
	wantEqual(t, "jitter after pauses", r.rx().Jitter, 0)
	for range 5 {
		r.phone.Header.SSRC++
		r.phone.Header.Timestamp += 3000
		r.run(10)
	}
	wantEqual(t, "SSRC changes", r.rx().SSRCChanges, 5)
	wantEqual(t, "jitter after new SSRCs", r.rx().Jitter, 0)
}
