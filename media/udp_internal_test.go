package media

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

// A phone that has not understood that the call is over keeps sending: its
// port must rest before the next call gets it.
func TestR32_PortsRestBeforeTheNextCall(t *testing.T) {
	u, err := NewUDP(netip.MustParseAddr("127.0.0.1"), 38200, 38203)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	u.now = func() time.Time { return now }
	open := func() (uint16, func()) {
		t.Helper()
		a, b, err := u.Open()
		if err != nil {
			t.Fatal(err)
		}
		return a.LocalAddr().Port(), func() { a.Close(); b.Close() }
	}
	first, closeFirst := open()
	closeFirst()
	second, closeSecond := open()
	if first == second {
		t.Fatal("the port just closed was handed out before the one that rested")
	}
	closeSecond()
	if _, _, err := u.Open(); !errors.Is(err, ErrNoPorts) {
		t.Fatalf("a port that has not rested: %v", err)
	}
	now = now.Add(portRest)
	third, closeThird := open()
	defer closeThird()
	if third != first {
		t.Errorf("got %d, want %d, which rested longest", third, first)
	}
}
