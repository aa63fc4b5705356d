package media

import (
	"errors"
	"net/netip"
	"time"
)

// ErrNoDatagram is returned by Socket.Recv when nothing waits in the socket.
var ErrNoDatagram = errors.New("media: no datagram waiting")

// ErrNoPorts is returned by Network.Open when the RTP port range is used up.
var ErrNoPorts = errors.New("media: no free port pair in the RTP range")

// A Socket is one bound UDP socket that never blocks. It is used by one
// goroutine at a time: the clock that owns the leg.
type Socket interface {
	// Recv copies the next waiting datagram into b. It returns its length,
	// source and arrival time (the kernel's where the system tells it), or
	// ErrNoDatagram. A datagram longer than b is cut to len(b)+0 bytes and
	// reported with n == len(b). It does not allocate.
	Recv(b []byte) (n int, from netip.AddrPort, at time.Time, err error)
	// Send sends b as one datagram. It does not block: when the system has no
	// room the datagram is lost and an error says so. It does not allocate.
	Send(b []byte, to netip.AddrPort) error
	// LocalAddr is the bound address.
	LocalAddr() netip.AddrPort
	// Close releases the socket. Recv and Send fail afterwards.
	Close() error
}

// A Network opens the socket pairs of legs. Implementations are safe for
// concurrent use. NewUDP is the real one; package netsim simulates one.
type Network interface {
	// Open binds an RTP socket on an even port and an RTCP socket on the next
	// odd one (RFC 3550 section 11). It returns ErrNoPorts when the range is
	// used up.
	Open() (rtp, rtcp Socket, err error)
}

// An exclusive socket can hand the rule of who may send to the system: once
// locked it takes datagrams from one address only, and sending there costs
// less. Not every Socket is one.
type exclusive interface {
	// lock admits datagrams from and to to alone. What had come from elsewhere
	// before is still given out.
	lock(to netip.AddrPort) error
	// unlock admits all again.
	unlock() error
}
