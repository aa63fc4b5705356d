package sip

import (
	"errors"
	"net"
	"net/netip"
	"strings"
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
		o.Listen = append(o.Listen, Listener{Conn: &flakyConn{PacketConn: w.listen(serverAddr)}})
	})
}

// A socket that somebody else closes ends the server with an error.
func TestLostSocket(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		x.wire.conns[serverAddr].Close()
		err := <-x.served
		if !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), "udp:"+serverAddr) {
			t.Errorf("Serve: %v", err)
		}
		x.wantEvents("ack, left shutdown")
		x.served <- nil
	})
}

func TestHostFor(t *testing.T) {
	s := &Server{}
	for _, c := range []struct{ local, source, want string }{
		{"192.0.2.1", "127.0.0.9:5060", "192.0.2.1"},
		{"0.0.0.0", "127.0.0.9:5060", "127.0.0.1"},
		{"::", "[::1]:5060", "::1"},
	} {
		if got := s.hostFor(netip.MustParseAddr(c.local), c.source); got.String() != c.want {
			t.Errorf("hostFor(%s, %s) = %s, want %s", c.local, c.source, got, c.want)
		}
	}
}

func BenchmarkGate(b *testing.B) {
	s, err := New(Options{Listen: []Listener{{Addr: "udp:127.0.0.1:0"}}, host: &fakeBridge{}, RatePerSource: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	x := &setup{wire: &wire{}}
	p := x.phone(alice)
	g := newGate(s, x.wire.listen(serverAddr))
	for name, text := range map[string]string{
		"invite": p.text("INVITE"), "junk": "\x80" + strings.Repeat("x", 171), "malformed": p.text("INVITE", "CSeq: x"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.pass([]byte(text), p.conn.addr)
			}
		})
	}
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
