package prompt

import (
	"context"
	"net"
	"sync"
)

// connections are the network connections of a library, so that closing it
// leaves none behind: net/http goes on dialling for requests that have been
// given up, and keeps what it gets.
type connections struct {
	dialer dialFunc
	ctx    context.Context // done when the library closes

	mu      sync.Mutex
	closed  bool
	open    map[*connection]struct{}
	dialing sync.WaitGroup // added to only while not closed
}

// newConnections returns no connections. No dial outlives ctx.
func newConnections(ctx context.Context, dialer dialFunc) *connections {
	return &connections{dialer: dialer, ctx: ctx, open: make(map[*connection]struct{})}
}

// dial connects like net.Dialer.DialContext.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !c.begin() {
		return nil, net.ErrClosed
	}
	defer c.dialing.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	conn, err := c.dialer(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.adopt(&connection{Conn: &shoutcastConn{Conn: conn}, home: c})
}

// begin reports whether one may still dial.
func (c *connections) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.dialing.Add(1)
	}
	return !c.closed
}

// adopt takes note of a new connection.
func (c *connections) adopt(conn *connection) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.Conn.Close()
		return nil, net.ErrClosed
	}
	c.open[conn] = struct{}{}
	return conn, nil
}

// close closes every connection and waits for those that are being dialled.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	for conn := range c.open {
		conn.Conn.Close()
	}
	clear(c.open)
	c.mu.Unlock()
	c.dialing.Wait()
}

// connection is one that its library knows of.
type connection struct {
	net.Conn
	home *connections
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.home.mu.Lock()
	delete(c.home.open, c)
	c.home.mu.Unlock()
	return c.Conn.Close()
}
