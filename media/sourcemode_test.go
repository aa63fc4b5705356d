package media_test

import (
	"net/netip"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

// modeRig is a rig whose leg has a rule for sources, and whose SDP names an
// address.
func modeRig(t *testing.T, mode media.SourceMode, named string) *rig {
	t.Helper()
	r := newRig(t)
	rtp, rtcp, err := r.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1, Source: mode})
	r.phone.Call(r.leg.LocalAddr())
	r.name(named)
	return r
}

// name completes an offer/answer exchange in which SDP names an address.
func (r *rig) name(addr string) {
	p := r.phone.Params()
	p.Remote = netip.MustParseAddrPort(addr)
	p.RemoteRTCP = netip.AddrPortFrom(p.Remote.Addr(), p.Remote.Port()+1)
	r.leg.Configure(netsim.Setup(p), r.now)
}

// Who is believed, by mode, when SDP names an address that is not the phone's:
// the phone of the simulated network sends from 127.0.0.2:4000.
func TestR27_Modes(t *testing.T) {
	const phone, otherPort, privately, publicly = "127.0.0.2:4000", "127.0.0.2:4444", "192.168.1.20:4000", "198.51.100.9:4000"
	for _, c := range []struct {
		name  string
		mode  media.SourceMode
		named string
		heard bool
	}{
		{"sdp, its own", media.SourceSDP, phone, true},
		{"sdp, another port", media.SourceSDP, otherPort, true},
		{"sdp, private", media.SourceSDP, privately, true},
		{"probation, its own", media.SourceProbation, phone, true},
		{"probation, another port", media.SourceProbation, otherPort, true},
		{"probation, private", media.SourceProbation, privately, true},
		{"probation, public", media.SourceProbation, publicly, true},
		{"probation, another of loopback", media.SourceProbation, "127.0.0.9:4000", true},
		{"sdp, another of loopback", media.SourceSDP, "127.0.0.9:4000", false},
		{"off, its own", media.SourceOff, phone, true},
		{"off, another port", media.SourceOff, otherPort, false},
		{"off, private", media.SourceOff, privately, false},
		{"off, public", media.SourceOff, publicly, false},
	} {
		r := modeRig(t, c.mode, c.named)
		r.run(60)
		if heard := r.rx().Source == r.phone.Addr(); heard != c.heard {
			t.Errorf("%s: heard %v, want %v; %+v", c.name, heard, c.heard, r.rx())
		}
		if n := len(r.phone.Packets()); (n > 40) != c.heard {
			t.Errorf("%s: %d packets came back", c.name, n)
		}
	}
}

// TestR28_R30_AttackerInEveryMode: somebody on another machine who sends before
// and after the lock, with and without the phone's SSRC and sequence, hears
// nothing and is not heard, in a hundred calls. Only where another address may
// be learnt does a good sequence before the phone's first four packets win, and
// it loses again as soon as the address in SDP is heard.
func TestR28_R30_AttackerInEveryMode(t *testing.T) {
	for _, mode := range []media.SourceMode{media.SourceSDP, media.SourceProbation, media.SourceOff} {
		for call := range 33 {
			r := modeRig(t, mode, "127.0.0.2:4000")
			evil := r.intruder("127.0.0.66:5000")
			knows := call%2 == 1
			early := call % 3 // packets before the phone's first: never four in a row
			voice := r.phone.Voice
			r.phone.Voice = nil
			r.with(evil)
			r.run(early)
			r.phone.Voice = voice
			r.after = func(int) {
				if knows {
					evil.Header = r.phone.Header
					evil.Header.SequenceNumber++
				}
				evil.Tick(r.now)
			}
			r.run(60)
			wantUnheard(t, r)
			wantEqual(t, "packets to the attacker", len(evil.Packets()), 0)
			wantEqual(t, "source", r.rx().Source, r.phone.Addr())
		}
	}
}

// TestR28_LearningLosesToSDP: where any address may be learnt, an attacker with
// a good sequence who comes before the phone is taken for it, and for no longer
// than until the phone is heard.
func TestR28_LearningLosesToSDP(t *testing.T) {
	r := modeRig(t, media.SourceProbation, "127.0.0.2:4000")
	evil := r.intruder("127.0.0.66:5000")
	voice := r.phone.Voice
	r.phone.Voice = nil
	r.with(evil).run(50)
	if r.rx().Source != evil.Addr() {
		t.Fatalf("source %v: the mode learns nothing", r.rx().Source)
	}
	r.phone.Voice = voice
	r.run(20)
	got := len(evil.Packets())
	r.run(50)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	wantEqual(t, "packets to the attacker after the phone was heard", len(evil.Packets())-got, 0)
	wantEqual(t, "changes of the source", r.rx().SourceChange, 2)
	if since := r.rx().SourceSince; since.IsZero() || r.now.Sub(since) > 2*time.Second {
		t.Errorf("source since %v", since)
	}
}

// TestR31_ModesReopenForATime: after a re-INVITE that names another address, an
// address that SDP does not name may be learnt for five seconds.
func TestR31_ModesReopenForATime(t *testing.T) {
	for _, wait := range []int{100, 300} {
		r := modeRig(t, media.SourceProbation, "127.0.0.2:4000")
		r.run(50)
		r.phone.Voice = nil
		r.name("198.51.100.9:4000")
		r.run(wait)
		moved := r.intruder("127.0.0.77:4000")
		r.with(moved).run(50)
		if learnt := r.rx().Source == moved.Addr(); learnt != (wait < 250) {
			t.Errorf("%d ms after the re-INVITE: learnt %v", wait*20, learnt)
		}
	}
}

// TestR39_LatchAfterAuthentication: with SRTP, packets that bear no right tag
// teach the leg no address, even where any address may be learnt.
func TestR39_LatchAfterAuthentication(t *testing.T) {
	r := modeRig(t, media.SourceProbation, "192.168.1.20:4000")
	key := func(n byte) []byte {
		k := make([]byte, 30)
		for i := range k {
			k[i] = byte(i) + n
		}
		return k
	}
	p := r.phone.Params()
	p.Remote = netip.MustParseAddrPort("192.168.1.20:4000")
	p.SRTP = &media.SRTPParams{TxKey: key(1), RxKey: key(2)}
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(100) // the phone speaks in the clear, a good sequence from one address
	s := r.rx()
	wantEqual(t, "source", s.Source, netip.AddrPort{})
	wantEqual(t, "packets", s.Packets, 0)
	wantEqual(t, "packets sent to it", len(r.phone.Packets()), 0)
	if s.Unauthentic < 90 {
		t.Errorf("%d were unauthentic: %+v", s.Unauthentic, s)
	}
	for _, v := range r.voice {
		if v != 0 {
			t.Fatal("something is heard")
		}
	}
}
