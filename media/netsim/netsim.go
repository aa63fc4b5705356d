// Package netsim is a simulated UDP network for tests: seeded loss, delay,
// jitter, reordering and duplicates, in virtual time.
//
// A datagram sent at some moment becomes visible to Recv when the network's
// clock has reached its arrival. The clock is a function: the variable of a
// test, or time.Now in a testing/synctest bubble.
package netsim

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"partyline/media"
)

// Link says what happens to the datagrams that leave one address.
type Link struct {
	Delay     time.Duration // of every datagram
	Jitter    time.Duration // added, uniform from 0 to this
	Loss      float64       // probability, 0 to 1
	Duplicate float64       // probability that a datagram arrives twice
	KeepOrder bool          // jitter never lets a datagram overtake another
	// Shape, when set, is asked for more delay; a negative one drops the
	// datagram. n counts the datagrams of the link from 0.
	Shape func(n int, sent time.Time) time.Duration
}

// Network joins sockets. It is safe for concurrent use. The zero Link delivers
// at once.
type Network struct {
	// Now is the network's clock.
	Now func() time.Time

	mu      sync.Mutex
	rng     *rand.Rand
	sockets map[netip.AddrPort]*Socket
	links   map[netip.Addr]Link
	all     Link
	port    uint16
	spare   []*datagram
}

// datagram is one on its way.
type datagram struct {
	b    []byte
	from netip.AddrPort
	at   time.Time
}

// New returns an empty network. The same seed and the same calls give the
// same losses and delays.
func New(now func() time.Time, seed uint64) *Network {
	return &Network{
		Now:     now,
		rng:     rand.New(rand.NewPCG(seed, seed)),
		sockets: make(map[netip.AddrPort]*Socket),
		links:   make(map[netip.Addr]Link),
		port:    20000,
	}
}

// SetLink replaces the behaviour of every link without one of its own.
func (n *Network) SetLink(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = l
}

// SetLinkFrom replaces the behaviour of what leaves one address.
func (n *Network) SetLinkFrom(ip netip.Addr, l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[ip] = l
}

// Open implements media.Network with pairs on 127.0.0.1.
func (n *Network) Open() (rtp, rtcp media.Socket, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.port >= 65534 {
		return nil, nil, media.ErrNoPorts
	}
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	p := n.port
	n.port += 2
	return n.bind(netip.AddrPortFrom(ip, p)), n.bind(netip.AddrPortFrom(ip, p+1)), nil
}

// Bind opens a socket on any address. It takes the address over from a socket
// that has it already.
func (n *Network) Bind(addr netip.AddrPort) *Socket {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bind(addr)
}

// Bound is how many sockets are open.
func (n *Network) Bound() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.sockets)
}

func (n *Network) bind(addr netip.AddrPort) *Socket {
	s := &Socket{net: n, local: addr}
	n.sockets[addr] = s
	return s
}

// link is the behaviour of what leaves ip.
func (n *Network) link(ip netip.Addr) Link {
	if l, own := n.links[ip]; own {
		return l
	}
	return n.all
}

// send puts b on its way.
func (n *Network) send(s *Socket, b []byte, to netip.AddrPort, sent time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	l := n.link(s.local.Addr())
	count := s.sent
	s.sent++
	delay := l.Delay
	if l.Shape != nil {
		extra := l.Shape(count, sent)
		if extra < 0 {
			return nil
		}
		delay += extra
	}
	if l.Loss > 0 && n.rng.Float64() < l.Loss {
		return nil
	}
	copies := 1
	if l.Duplicate > 0 && n.rng.Float64() < l.Duplicate {
		copies = 2
	}
	dest := n.sockets[to]
	if dest == nil {
		return nil // nobody is there; UDP does not tell
	}
	for range copies {
		at := sent.Add(delay)
		if l.Jitter > 0 {
			at = at.Add(time.Duration(n.rng.Int64N(int64(l.Jitter) + 1)))
		}
		if l.KeepOrder && at.Before(s.lastAt) {
			at = s.lastAt
		}
		s.lastAt = at
		dest.deliver(b, s.local, at)
	}
	return nil
}

// Socket implements media.Socket.
type Socket struct {
	net    *Network
	local  netip.AddrPort
	queue  []*datagram // by arrival
	sent   int
	lastAt time.Time
	closed bool
}

// deliver queues a copy of b behind what arrives no later.
func (s *Socket) deliver(b []byte, from netip.AddrPort, at time.Time) {
	var d *datagram
	if spare := s.net.spare; len(spare) > 0 {
		d = spare[len(spare)-1]
		s.net.spare = spare[:len(spare)-1]
	} else {
		d = new(datagram)
	}
	d.b, d.from, d.at = append(d.b[:0], b...), from, at
	i := len(s.queue)
	for i > 0 && s.queue[i-1].at.After(at) {
		i--
	}
	s.queue = slices.Insert(s.queue, i, d)
}

// Recv implements media.Socket.
func (s *Socket) Recv(to *media.Datagram) error {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if len(s.queue) == 0 || s.queue[0].at.After(s.net.Now()) {
		return media.ErrNoDatagram
	}
	d := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	s.net.spare = append(s.net.spare, d)
	to.Fill(d.b, d.from, d.at)
	return nil
}

// Send implements media.Socket.
func (s *Socket) Send(b []byte, to netip.AddrPort) error {
	return s.net.send(s, b, to, s.net.Now())
}

// SendAt sends as if it were then. A sender whose clock drifts uses it.
func (s *Socket) SendAt(b []byte, to netip.AddrPort, then time.Time) error {
	return s.net.send(s, b, to, then)
}

// LocalAddr implements media.Socket.
func (s *Socket) LocalAddr() netip.AddrPort { return s.local }

// Close implements media.Socket.
func (s *Socket) Close() error {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	if s.net.sockets[s.local] == s {
		delete(s.net.sockets, s.local)
	}
	return nil
}
