package media_test

import (
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

func TestTx_SequenceTimestampAndMarker(t *testing.T) {
	r := newRig(t)
	r.run(100)
	p := r.phone.Packets()
	wantEqual(t, "first sequence number", p[0].SequenceNumber, 65530)
	wantEqual(t, "first timestamp", p[0].Timestamp, 1<<32-800)
	for i, h := range p {
		if h.SequenceNumber != p[0].SequenceNumber+uint16(i) || h.Timestamp != p[0].Timestamp+uint32(i*frame) {
			t.Fatalf("packet %d: sequence %d, timestamp %d", i, h.SequenceNumber, h.Timestamp)
		}
		if h.Marker != (i == 0) || h.SSRC != 0xA1B2C3D4 || h.PayloadType != 0 {
			t.Fatalf("packet %d: %+v", i, h)
		}
	}
}

func TestR17_PacketTimesSent(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60} {
		r := newRig(t)
		p := r.phone.Params()
		p.Ptime = time.Duration(ms) * time.Millisecond
		r.leg.Configure(netsim.Setup(p), r.now)
		r.run(601)
		n := len(r.phone.Packets())
		if want := 600 * 20 / ms; n < want-6/ms-1 || n > want {
			t.Errorf("ptime %d: %d packets, want %d", ms, n, want)
		}
		wantEqual(t, "payload bytes", len(r.phone.Payloads()), n*ms*8)
		for i, h := range r.phone.Packets() {
			if i > 0 && h.Timestamp != r.phone.Packets()[i-1].Timestamp+uint32(ms*8) {
				t.Fatalf("ptime %d: timestamp %d at packet %d", ms, h.Timestamp, i)
			}
		}
		heard := media.EncodeFrame(media.PCMU, nil, r.voice)
		if string(r.phone.Payloads()) != string(heard[:n*ms*8]) {
			t.Errorf("ptime %d: what was sent is not what was written", ms)
		}
	}
}

func TestTx_TimeGoesOnWhileHeld(t *testing.T) {
	for _, d := range []media.Direction{media.RecvOnly, media.Inactive} {
		r := newRig(t)
		r.run(50)
		held := r.phone.Params()
		held.Direction = d
		r.leg.Configure(netsim.Setup(held), r.now)
		r.run(50)
		r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
		r.run(50)
		p := r.phone.Packets()
		wantEqual(t, "packets", len(p), 99)
		wantEqual(t, "sequence after hold", p[50].SequenceNumber, p[49].SequenceNumber+1)
		wantEqual(t, "timestamp after hold", p[50].Timestamp, p[49].Timestamp+51*frame)
		wantEqual(t, "marker after hold", p[50].Marker, true)
		wantEqual(t, "SSRC after hold", p[50].SSRC, p[49].SSRC)
	}
}

func TestTx_CodecChange(t *testing.T) {
	r := newRig(t)
	r.run(50)
	r.phone.Codec = media.PCMA
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	wantEqual(t, "codec", r.leg.Codec(), media.PCMA)
	r.run(50)
	p := r.phone.Packets()
	wantEqual(t, "payload type", p[len(p)-1].PayloadType, 8)
	wantEqual(t, "timestamp", p[98].Timestamp, p[0].Timestamp+98*frame)
	wantClean(t, r.rx())
}

func TestR26_SilenceIsMeasuredButNotOnHold(t *testing.T) {
	r := newRig(t)
	wantEqual(t, "before the first packet", r.leg.LastRx(), time.Time{})
	r.phone.Voice = nil
	start := r.now
	r.run(50)
	wantEqual(t, "no packet ever", r.leg.Silent(r.now), r.now.Sub(start))
	r.phone.Voice = tone(440, 8000)
	r.run(50)
	wantEqual(t, "while speaking", r.leg.Silent(r.now), 7*time.Millisecond)
	wantEqual(t, "last packet", r.leg.LastRx(), r.now.Add(-7*time.Millisecond))
	r.phone.Voice = nil
	r.run(100)
	wantEqual(t, "stopped", r.leg.Silent(r.now), 2007*time.Millisecond)
	held := r.phone.Params()
	held.Direction = media.Inactive
	r.leg.Configure(netsim.Setup(held), r.now)
	r.run(500)
	wantEqual(t, "on hold", r.leg.Silent(r.now), 0)
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	r.run(50)
	wantEqual(t, "after hold", r.leg.Silent(r.now), time.Second)
}

func TestR26_RTCPKeepsASilentPhoneAlive(t *testing.T) {
	r := newRig(t)
	r.run(10)
	r.phone.Voice = nil
	r.run(100)
	r.phone.SendRTCP([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, r.now)
	sent := r.now
	r.run(50)
	wantEqual(t, "silent", r.leg.Silent(r.now), r.now.Sub(sent))
}

// While the phone is not to be heard nothing of it is, and it starts afresh.
func TestLeg_RemoteHoldIsNotHeard(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	held := r.phone.Params()
	held.Direction = media.SendOnly
	r.leg.Configure(netsim.Setup(held), r.now)
	before := len(r.voice)
	r.run(500)
	for i, s := range r.voice[before:] {
		if s != 0 {
			t.Fatalf("sample %d is heard on hold", i)
		}
	}
	if n := r.rx().NotReceiving; n < 499 {
		t.Errorf("%d packets turned away", n)
	}
	if n := len(r.phone.Packets()); n < 549 {
		t.Errorf("%d packets sent", n)
	}
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	before = len(r.voice)
	r.run(50)
	f := frames(r.voice[before:])
	wantRun(t, f[2:], 45)
	wantNone(t, "lost", r.rx().Lost)
	wantNone(t, "overflow", r.rx().Overflow)
	wantNone(t, "late", r.rx().Late)
}

// What waits for a full packet when the phone is put on hold is dropped; its
// time is not.
func TestTx_TimeGoesOnInTheMiddleOfAPacket(t *testing.T) {
	r := newRig(t)
	p := r.phone.Params()
	p.Ptime = 60 * time.Millisecond
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(10) // one frame waits
	held := p
	held.Direction = media.Inactive
	r.leg.Configure(netsim.Setup(held), r.now)
	r.run(10)
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(10)
	packets := r.phone.Packets()
	wantEqual(t, "first packet after hold", packets[3].Timestamp, packets[0].Timestamp+20*frame)
	wantEqual(t, "sequence", packets[3].SequenceNumber, packets[0].SequenceNumber+3)
}
