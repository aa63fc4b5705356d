package api

import (
	"net"
	"net/netip"
	"testing"
)

// offered is a listener to which connections from some addresses come, one
// after the other.
type offered struct {
	from   []string
	closed []string // the addresses of closed connections
}

func (o *offered) Accept() (net.Conn, error) {
	if len(o.from) == 0 {
		return nil, net.ErrClosed
	}
	c := &arrival{o: o, from: o.from[0]}
	o.from = o.from[1:]
	return c, nil
}

func (o *offered) Close() error   { return nil }
func (o *offered) Addr() net.Addr { return &net.TCPAddr{} }

type arrival struct {
	net.Conn
	o    *offered
	from string
}

func (a *arrival) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(a.from))
}
func (a *arrival) Close() error { a.o.closed = append(a.o.closed, a.from); return nil }

func TestConnectionsAreBounded(t *testing.T) {
	o := &offered{from: []string{
		"192.0.2.1:1", "192.0.2.1:2", "[::ffff:192.0.2.1]:3", // the third is one too many
		"192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8::ffff:2]:1", "[2001:db8::3]:1", // the last of these too
		"192.0.2.3:1", // and this is too many in all
	}}
	l := NewListener(o).(*listener)
	l.crowd.total, l.crowd.each = 5, 2
	var in []net.Conn
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		in = append(in, c)
	}
	want := []string{"[::ffff:192.0.2.1]:3", "[2001:db8::3]:1", "192.0.2.3:1"}
	if len(in) != 5 || len(o.closed) != len(want) {
		t.Fatalf("%d are in, closed %v; want 5 and %v", len(in), o.closed, want)
	}

	in[0].Close()
	in[0].Close() // again makes no room
	o.from = []string{"192.0.2.1:4", "192.0.2.1:5"}
	if c, err := l.Accept(); err != nil || c.RemoteAddr().String() != "192.0.2.1:4" {
		t.Errorf("%v, %v got the place", c, err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("two got one place")
	}
	for _, c := range in {
		c.Close()
	}
	if l.crowd.all != 1 || len(l.crowd.by) != 1 {
		t.Errorf("after all but one left: %+v", l.crowd.by)
	}
}
