package media_test

import (
	"net/netip"
	"testing"

	"partyline/media/netsim"
)

// TestS76_NewPortInReINVITE: a phone moves to another port of its address. What
// it had sent from the old one is still under way, and must not draw the audio
// back there.
func TestS76_NewPortInReINVITE(t *testing.T) {
	r := newRig(t)
	r.run(50)
	old := r.phone
	old.Drain()
	old.Forget()
	moved := r.intruder(netip.AddrPortFrom(old.Addr().Addr(), old.Addr().Port()+100).String())
	moved.Voice = r.saying(tone(600, 4000))
	r.leg.Configure(netsim.Setup(moved.Params()), r.now)
	before := r.rx().BadSource
	r.run(10) // stragglers alone
	r.phone = moved
	r.with(old).run(100)
	wantEqual(t, "source", r.rx().Source, moved.Addr())
	wantEqual(t, "packets to the old address", len(old.Packets()), 0)
	if n := r.rx().BadSource - before; n < 105 {
		t.Errorf("%d packets of the old address refused", n)
	}
	if n := len(moved.Packets()); n < 99 {
		t.Errorf("%d packets to the new address", n)
	}
}

// TestS76_NewAddressThatIsNone: a re-INVITE names another address, and the phone
// goes on sending from where it was. It is heard again after a second.
func TestS76_NewAddressThatIsNone(t *testing.T) {
	r := newRig(t)
	r.run(50)
	p := r.phone.Params()
	p.Remote = netip.AddrPortFrom(p.Remote.Addr(), p.Remote.Port()+100)
	r.leg.Configure(netsim.Setup(p), r.now)
	r.run(100)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
	wantEqual(t, "destination", r.leg.Stats().Tx.Dest, r.phone.Addr())
	if n := r.rx().BadSource; n < 48 || n > 51 {
		t.Errorf("%d packets refused, want those of a second", n)
	}
}
