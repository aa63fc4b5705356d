package api

import (
	"net"
	"net/netip"
	"sync"
)

const (
	// maxConnections bounds the connections at a time.
	maxConnections = 1000
	// maxPerSource bounds those of one IPv4 address or one IPv6 /64, so that a
	// single client cannot take them all.
	maxPerSource = 250
)

// NewListener returns l bounded: what connects beyond the limits is closed at
// once. Closing it closes l.
func NewListener(l net.Listener) net.Listener {
	return &listener{Listener: l, crowd: crowd{total: maxConnections, each: maxPerSource, by: map[netip.Prefix]int{}}}
}

type listener struct {
	net.Listener
	crowd crowd
}

// Accept returns the next connection within the limits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := sourceOf(c.RemoteAddr())
		if l.crowd.enter(source) {
			return &guest{Conn: c, leave: sync.OnceFunc(func() { l.crowd.leave(source) })}, nil
		}
		c.Close()
	}
}

// guest is a connection that counts until it is closed.
type guest struct {
	net.Conn
	leave func()
}

// Close closes the connection. Again changes nothing.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

// crowd counts connections by source. It is safe for concurrent use, and never
// holds more sources than connections.
type crowd struct {
	total, each int

	mu  sync.Mutex
	all int
	by  map[netip.Prefix]int
}

// enter counts one more, or reports false where that would be too many.
func (c *crowd) enter(source netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.total || c.by[source] >= c.each {
		return false
	}
	c.all++
	c.by[source]++
	return true
}

func (c *crowd) leave(source netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[source]--; c.by[source] == 0 {
		delete(c.by, source)
	}
}

// sourceOf is the network that a client may be supposed to own. All that is no
// IP address is one source.
func sourceOf(addr net.Addr) netip.Prefix {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := ap.Addr().WithZone("").Unmap()
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	source, _ := ip.Prefix(bits)
	return source
}
