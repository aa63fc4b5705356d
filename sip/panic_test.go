package sip

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"partyline/bridge"
)

func addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// A panic costs one request or one call, and is counted.
func TestPanicInJoin(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.panicOnJoin = true
		p := x.phone(alice)
		p.request("INVITE")
		p.want(500)
		x.bridge.panicOnJoin = false
		x.bridge.legs = 0 // the panic took it along
		other := x.phone("127.0.0.3:5070")
		other.call()
		other.hangUp()
		if n := x.s.Stats().Panics; n != 1 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestPanicInHandler(t *testing.T) {
	inBubble(t, func(x *setup) {
		old := x.phone(alice)
		old.call()
		policy := x.s.policy
		x.s.policy = nil
		p := x.phone("127.0.0.3:5070")
		p.request("INVITE")
		p.want(500)
		x.s.policy = policy
		old.hangUp()
		if n := x.s.Stats().Panics; n != 1 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestPanicInDialog(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		for _, d := range x.s.all() {
			d.post(func() { panic("event") })
		}
		x.wantEvents("ack, left signalling-failed")
		p.request("BYE")
		p.want(481)
		if n := x.s.Stats().Panics; n != 1 {
			t.Errorf("%d panics counted", n)
		}
	})
}

// A failing read does not stop the listener.
type flakyConn struct {
	net.PacketConn
	n int
}

func (c *flakyConn) ReadFrom(b []byte) (int, net.Addr, error) {
	if c.n++; c.n%2 == 1 {
		return 0, nil, &net.OpError{Op: "read"}
	}
	return c.PacketConn.ReadFrom(b)
}

func TestReadErrors(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		p.hangUp()
		time.Sleep(time.Second)
		if x.s.Stats().ReadErrors == 0 {
			t.Error("read errors were not counted")
		}
	}, func(o *Options) {
		// The phones find the socket by the wire of the setup.
		w := o.host.(*fakeBridge).wire
		o.Conns = append(o.Conns, &flakyConn{PacketConn: w.listen(serverAddr)})
	})
}

func TestClosedServer(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		x.s.Close() // at once: no BYE, but the bridge gets to know
		p.silence(time.Minute)
		x.wantEvents("ack, left " + string(bridge.Shutdown))
	})
}
