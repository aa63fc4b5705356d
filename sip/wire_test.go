package sip

import (
	"net"
	"sync"
	"time"
)

// wire connects simulated UDP sockets.
type wire struct {
	mu    sync.Mutex
	conns map[string]*memConn
	// lose reports datagrams that get lost.
	lose func(from, to string, data []byte) bool
}

type packet struct {
	data []byte
	from net.Addr
}

// memConn is a UDP socket on a wire.
type memConn struct {
	w      *wire
	addr   *net.UDPAddr
	in     chan packet
	closed chan struct{}
	once   sync.Once
}

func (w *wire) listen(addr string) *memConn {
	udp, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		panic(err)
	}
	c := &memConn{w: w, addr: udp, in: make(chan packet, 1024), closed: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conns == nil {
		w.conns = make(map[string]*memConn)
	}
	w.conns[udp.String()] = c
	return c
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-c.in:
		return copy(b, p.data), p.from, nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if u, ok := to.(*net.UDPAddr); ok && (u.IP.To4() == nil) != (c.addr.IP.To4() == nil) {
		return 0, &net.AddrError{Err: "address of another network", Addr: to.String()}
	}
	c.w.mu.Lock()
	dst, lose := c.w.conns[to.String()], c.w.lose
	c.w.mu.Unlock()
	if dst == nil || lose != nil && lose(c.addr.String(), to.String(), b) {
		return len(b), nil
	}
	select {
	case dst.in <- packet{append([]byte(nil), b...), c.addr}:
	default:
	}
	return len(b), nil
}

func (c *memConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *memConn) LocalAddr() net.Addr              { return c.addr }
func (c *memConn) SetDeadline(time.Time) error      { return nil }
func (c *memConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }
