package media

import (
	"net/netip"
	"testing"
	"time"
)

// doorman is a socket that notes to whom it was held.
type doorman struct {
	Socket
	held netip.AddrPort
	next []byte
	from netip.AddrPort
	at   time.Time
}

func (d *doorman) lock(to netip.AddrPort) error { d.held = to; return nil }
func (d *doorman) unlock() error                { d.held = netip.AddrPort{}; return nil }

func (d *doorman) Recv(to *Datagram) error {
	if d.next == nil {
		return ErrNoDatagram
	}
	to.Fill(d.next, d.from, d.at)
	d.next = nil
	return nil
}

// The system keeps strangers out only while the phone is heard: a phone that
// comes from another address after a silence must be seen, and counted.
func TestSocket_HeldWhileThePhoneIsHeard(t *testing.T) {
	phone, elsewhere := netip.MustParseAddrPort("198.51.100.2:4000"), netip.MustParseAddrPort("198.51.100.2:4002")
	now := time.Unix(1e9, 0)
	rtp := &doorman{}
	l := NewLeg(LegConfig{RTP: rtp, RTCP: &doorman{}})
	setup := func(to netip.AddrPort) *Setup {
		s, err := Prepare(Params{Rx: []PayloadCodec{{0, PCMU}}, Remote: to, RTCPMux: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	l.Configure(setup(phone), now)
	packet := make([]byte, headerSize+160)
	packet[0] = 2 << 6
	tick := func(from netip.AddrPort) netip.AddrPort {
		now = now.Add(20 * time.Millisecond)
		if from.IsValid() {
			packet[3]++
			rtp.next, rtp.from, rtp.at = packet, from, now
		}
		l.Receive(now, new(Datagram))
		return rtp.held
	}
	tick(phone)
	if got := tick(phone); got != phone {
		t.Fatalf("held to %v, want the phone", got)
	}
	for range 11 {
		tick(netip.AddrPort{})
	}
	if rtp.held.IsValid() {
		t.Errorf("held to %v after a silence", rtp.held)
	}
	tick(elsewhere)
	if l.stats.Rx.BadSource != 1 {
		t.Errorf("%d packets from elsewhere were counted", l.stats.Rx.BadSource)
	}
	tick(phone)
	if got := tick(phone); got != phone {
		t.Errorf("held to %v when the phone speaks again", got)
	}
	l.Configure(setup(elsewhere), now)
	if tick(elsewhere).IsValid() {
		t.Errorf("held to %v although SDP named another address", rtp.held)
	}
	if got := tick(elsewhere); got != elsewhere {
		t.Errorf("held to %v, want the new address", got)
	}
}
