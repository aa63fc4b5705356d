package media

import (
	"errors"
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// ErrNoDatagram is returned by Socket.Recv when nothing waits in the socket.
var ErrNoDatagram = errors.New("media: no datagram waiting")

// ErrNoPorts is returned by Network.Open when the RTP port range is used up.
var ErrNoPorts = errors.New("media: no free port pair in the RTP range")

// receiveSize is the room of a Datagram, in bytes: more than any datagram that
// can be played, and than what an Ethernet carries.
const receiveSize = 2048

// Datagram is room for one received datagram, and what came in it. It belongs
// to the goroutine that receives. A clock has one for all its legs, which so
// stays in the nearest cache while the legs come and go.
type Datagram struct {
	Data []byte         // valid until the next Recv
	From netip.AddrPort // who sent it
	At   time.Time      // when it came: by the kernel's stamp where there is one
	// Now is the time of the tick, which the kernel's stamps are related to.
	// Zero: the present is asked for each datagram.
	Now time.Time

	header rtp.Header // of Data, once a leg has read it
	kernel mailbox
	room   [receiveSize]byte
}

// Fill makes d hold a copy of b, for sockets that are simulated.
func (d *Datagram) Fill(b []byte, from netip.AddrPort, at time.Time) {
	d.Data, d.From, d.At = d.room[:copy(d.room[:], b)], from, at
}

// present is the time that stamps are related to.
func (d *Datagram) present() time.Time {
	if d.Now.IsZero() {
		return time.Now()
	}
	return d.Now
}

// A Socket is one bound UDP socket that never blocks. It is used by one
// goroutine at a time: the clock that owns the leg.
type Socket interface {
	// Recv puts the next waiting datagram into d, or returns ErrNoDatagram. One
	// that is longer than the room in d is cut to it. It does not allocate.
	Recv(d *Datagram) error
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
