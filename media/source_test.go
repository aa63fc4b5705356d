package media_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
)

// intruder sends audio that the listener would tell from the phone's.
func (r *rig) intruder(addr string) *netsim.Phone {
	p := netsim.NewPhone(r.net, netip.MustParseAddrPort(addr), media.PCMU, func(dst []int16) {
		for i := range dst {
			dst[i] = 32000
		}
	})
	p.Call(r.leg.LocalAddr())
	return p
}

// with lets others send in the same ticks as the phone.
func (r *rig) with(others ...*netsim.Phone) *rig {
	r.after = func(int) {
		for _, p := range others {
			p.Tick(r.now)
		}
	}
	return r
}

// wantUnheard says that nothing of an intruder came through.
func wantUnheard(t *testing.T, r *rig) {
	t.Helper()
	for i, s := range r.voice {
		if s > 20000 {
			t.Fatalf("the intruder is heard at sample %d", i)
		}
	}
}

// behindNAT makes SDP name a private address that is not where the phone is.
func (r *rig) behindNAT() *rig {
	p := r.phone.Params()
	p.Remote = netip.MustParseAddrPort("192.168.1.20:4000")
	p.RemoteRTCP = netip.MustParseAddrPort("192.168.1.20:4001")
	r.leg.Configure(netsim.Setup(p), r.now)
	return r
}

// The phones of the simulated network send from loopback.
func TestR27_PrivateAddressInSDP(t *testing.T) {
	for _, private := range []string{"203.0.113.7:4000" /* another address of this machine */, "192.168.1.20:4000", "10.0.0.1:4000", "172.16.9.9:4000", "100.64.0.1:4000", "[fd00::1]:4000", "169.254.1.1:4000"} {
		r := newRig(t).count()
		p := r.phone.Params()
		p.Remote = netip.MustParseAddrPort(private)
		// A new leg: the one of newRig has been told the phone's address.
		rtpSocket, rtcpSocket, err := r.net.Open()
		if err != nil {
			t.Fatal(err)
		}
		r.leg = media.NewLeg(media.LegConfig{RTP: rtpSocket, RTCP: rtcpSocket})
		r.phone.Call(r.leg.LocalAddr())
		r.leg.Configure(netsim.Setup(p), r.now)
		r.run(100)
		s := r.rx()
		wantEqual(t, "packets on probation", s.Probation, 3)
		wantEqual(t, "source", s.Source, r.phone.Addr())
		wantRun(t, r.heardFrames(), 90)
		if n := len(r.phone.Packets()); n < 90 {
			t.Errorf("%d packets came back", n)
		}
	}
}

func TestR27_ProbationWantsConsecutivePackets(t *testing.T) {
	r := newNATRig(t)
	r.after = func(tick int) { r.phone.Header.SequenceNumber += uint16(tick % 3 / 2) } // 3 in a row, never 4
	r.run(300)
	wantEqual(t, "packets", r.rx().Packets, 0)
	wantEqual(t, "source", r.rx().Source, netip.AddrPort{})
}

// newNATRig is a rig whose SDP names a private address from the start.
func newNATRig(t *testing.T) *rig {
	r := newRig(t)
	rtpSocket, rtcpSocket, err := r.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.leg = media.NewLeg(media.LegConfig{RTP: rtpSocket, RTCP: rtcpSocket})
	r.phone.Call(r.leg.LocalAddr())
	return r.behindNAT()
}

func TestR28_SprayFromBeforeTheCall(t *testing.T) {
	t.Run("strict", func(t *testing.T) {
		r := newRig(t)
		evil := r.intruder("127.0.0.66:5000")
		voice := r.phone.Voice
		r.phone.Voice = nil
		r.with(evil).run(50)
		r.phone.Voice = voice
		r.run(100)
		wantUnheard(t, r)
		wantEqual(t, "packets to the attacker", len(evil.Packets()), 0)
		wantEqual(t, "source", r.rx().Source, r.phone.Addr())
		wantEqual(t, "bad source", r.rx().BadSource, 149)
	})
	t.Run("learning", func(t *testing.T) {
		// The attacker does not keep a sequence: it sprays.
		r := newNATRig(t)
		r.after = func(tick int) {
			for i := range 3 {
				evil := r.intruderAt(i)
				evil.SendRaw(rtp.Header{Version: 2, SequenceNumber: uint16(tick * 7919)}, make([]byte, frame), r.now)
			}
		}
		r.run(100)
		wantUnheard(t, r)
		wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	})
}

func (r *rig) intruderAt(i int) *netsim.Phone {
	ip := netip.AddrFrom4([4]byte{127, 0, 0, byte(66 + i)})
	return r.intruder(netip.AddrPortFrom(ip, 5000).String())
}

func TestR29_AttackAfterTheLock(t *testing.T) {
	for _, rigged := range []func(*testing.T) *rig{newRig, newNATRig} {
		r := rigged(t)
		r.run(50)
		evil := r.intruder("127.0.0.66:5000")
		r.with(evil).run(200)
		wantUnheard(t, r)
		wantEqual(t, "packets to the attacker", len(evil.Packets()), 0)
		wantEqual(t, "source", r.rx().Source, r.phone.Addr())
		wantNone(t, "concealed", r.rx().Concealed)
	}
}

func TestR30_SameAddressOtherPort(t *testing.T) {
	r := newRig(t)
	r.run(50)
	evil := r.intruder("127.0.0.2:4444")
	r.after = func(int) {
		evil.Header.SSRC = r.phone.Header.SSRC
		evil.Header.SequenceNumber = r.phone.Header.SequenceNumber
		evil.Header.Timestamp = r.phone.Header.Timestamp
		evil.Tick(r.now)
	}
	r.run(200)
	wantUnheard(t, r)
	wantEqual(t, "bad source", r.rx().BadSource, 199)
	wantEqual(t, "packets to the attacker", len(evil.Packets()), 0)
}

func TestR27_SameAddressOtherPortBeforeTheLock(t *testing.T) {
	r := newRig(t).count()
	p := r.phone.Params()
	p.Remote = netip.AddrPortFrom(p.Remote.Addr(), 4998)
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(50)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	wantRun(t, r.heardFrames(), 45)
	wantEqual(t, "destination", r.leg.Stats().Tx.Dest, r.phone.Addr())
}

func TestS76_NewAddressInReINVITE(t *testing.T) {
	r := newRig(t)
	r.run(50)
	old := r.phone
	old.Drain()
	old.Forget()
	moved := r.intruder("127.0.0.3:4000")
	moved.Voice = r.saying(tone(600, 4000))
	p := moved.Params()
	r.phone = moved
	before := r.rx().BadSource
	r.leg.Configure(netsim.Setup(p), r.now)
	r.with(old).run(100)
	wantEqual(t, "source", r.rx().Source, moved.Addr())
	wantEqual(t, "packets to the old address", len(old.Packets()), 0)
	if n := r.rx().BadSource - before; n < 95 {
		t.Errorf("%d packets of the old address refused", n)
	}
	if n := len(moved.Packets()); n < 99 {
		t.Errorf("%d packets to the new address", n)
	}
}

func TestR31_LearningReopensForFiveSeconds(t *testing.T) {
	for _, wait := range []time.Duration{4 * time.Second, 6 * time.Second} {
		r := newRig(t).count()
		r.run(50)
		p := r.phone.Params()
		p.Remote = netip.MustParseAddrPort("127.0.0.3:4000")
		r.leg.Configure(netsim.Setup(p), r.now)
		r.now = r.now.Add(wait)
		other := r.intruder("127.0.0.3:4998") // the address, but not the port
		r.phone = other
		r.run(50)
		want := netip.AddrPort{}
		if wait < 5*time.Second {
			want = other.Addr()
		}
		wantEqual(t, "source after "+wait.String(), r.rx().Source, want)
	}
}

func TestR31_SignalledAddressMayComeLate(t *testing.T) {
	r := newRig(t)
	r.run(50)
	moved := r.intruder("127.0.0.3:4000")
	r.leg.Configure(netsim.Setup(moved.Params()), r.now)
	r.now = r.now.Add(time.Minute)
	r.phone = moved
	r.run(50)
	wantEqual(t, "source", r.rx().Source, moved.Addr())
}

func TestR31_HoldWithoutAddressKeepsTheLock(t *testing.T) {
	r := newRig(t)
	r.run(50)
	held := r.phone.Params()
	held.Remote = netip.AddrPort{}
	held.Direction = media.Inactive
	r.leg.Configure(netsim.Setup(held), r.now)
	r.phone.Drain()
	r.phone.Forget()
	r.run(50)
	wantEqual(t, "packets while held", len(r.phone.Packets()), 0)
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	r.run(50)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	if n := len(r.phone.Packets()); n < 49 {
		t.Errorf("%d packets after resume", n)
	}
}

// The leg that SDP has not told an address hears nobody and sends nothing.
func TestLeg_QuietUntilAnAddressIsKnown(t *testing.T) {
	r := newRig(t)
	rtpSocket, rtcpSocket, err := r.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.leg = media.NewLeg(media.LegConfig{RTP: rtpSocket, RTCP: rtcpSocket})
	r.phone.Call(r.leg.LocalAddr())
	r.run(50)
	wantEqual(t, "packets sent", len(r.phone.Packets()), 0)
	wantEqual(t, "not receiving", r.rx().NotReceiving, 50)
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	r.run(50)
	if n := len(r.phone.Packets()); n < 49 {
		t.Errorf("%d packets after Configure", n)
	}
}

// A phone that may not be heard yet still shows where it is.
func TestR29_TheLockIsMadeOnHoldToo(t *testing.T) {
	r := newRig(t)
	held := r.phone.Params()
	held.Direction = media.SendOnly
	r.leg.Configure(netsim.Setup(held), r.now)
	r.run(20)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	wantEqual(t, "last packet", r.leg.LastRx(), r.now.Add(-7*time.Millisecond))
}

// The window for learning begins when the phone may speak.
func TestR31_LearningReopensAfterHold(t *testing.T) {
	r := newRig(t)
	r.run(20)
	held := r.phone.Params()
	held.Remote = netip.MustParseAddrPort("127.0.0.3:4000")
	held.Direction = media.Inactive
	r.leg.Configure(netsim.Setup(held), r.now)
	r.now = r.now.Add(time.Minute)
	held.Direction = media.SendRecv
	r.leg.Configure(netsim.Setup(held), r.now)
	other := r.intruder("127.0.0.3:4998")
	r.phone = other
	r.run(20)
	wantEqual(t, "source", r.rx().Source, other.Addr())
}

// A re-INVITE that names the address the leg has learnt opens nothing.
func TestR31_NamingTheLockedAddressKeepsTheLock(t *testing.T) {
	r := newRig(t).behindNAT()
	r.run(20)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	wantEqual(t, "source after re-INVITE", r.rx().Source, r.phone.Addr())
	attacker := r.intruder("127.0.0.2:6666")
	attacker.Tick(r.now)
	r.with(attacker).run(50)
	wantUnheard(t, r)
	wantEqual(t, "source at the end", r.rx().Source, r.phone.Addr())
}
