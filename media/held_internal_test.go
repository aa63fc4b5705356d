package media

import (
	"net/netip"
	"testing"
	"time"
)

// counted is a doorman that counts how often it is told to change.
type counted struct {
	doorman
	locks, unlocks int
}

func (c *counted) lock(to netip.AddrPort) error { c.locks++; return c.doorman.lock(to) }
func (c *counted) unlock() error                { c.unlocks++; return c.doorman.unlock() }

// TestGate_HeldOnce: a socket is held to its phone once in the life of a call, not once a tick:
// each time is a system call. Packets that are missing now and then change
// nothing.
func TestGate_HeldOnce(t *testing.T) {
	phone := netip.MustParseAddrPort("198.51.100.2:4000")
	now := time.Unix(1e9, 0)
	rtp := &counted{}
	l := NewLeg(LegConfig{RTP: rtp, RTCP: &doorman{}})
	s, err := Prepare(Params{Rx: []PayloadCodec{{0, PCMU}}, Remote: phone, RTCPMux: true})
	if err != nil {
		t.Fatal(err)
	}
	l.Configure(s, now)
	packet := make([]byte, headerSize+160)
	packet[0] = 2 << 6
	var came Datagram
	for i := range 3000 {
		now = now.Add(20 * time.Millisecond)
		packet[2], packet[3] = byte(i>>8), byte(i)
		if i%10 != 9 {
			rtp.next, rtp.from, rtp.at = packet, phone, now
		}
		l.Receive(now, &came)
	}
	if rtp.locks != 1 || rtp.unlocks != 0 || rtp.held != phone {
		t.Errorf("held %d times and let go %d times in a minute, at last to %v", rtp.locks, rtp.unlocks, rtp.held)
	}
}
