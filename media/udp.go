package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	// portRest is how long a pair rests after a call: what the former phone
	// still sends then meets a closed port, not the next call.
	portRest = 2 * time.Second
	// portProbes bounds the binds that one Open tries when other programs sit
	// in the range.
	portProbes = 64
)

// UDP is the real Network: a range of UDP ports on one local address.
//
// Pairs wait in a queue. Its first order is random, so that ports cannot be
// guessed; a closed pair goes to the end, so that every port rests as long as
// the range allows.
type UDP struct {
	ip  netip.Addr
	now func() time.Time

	mu   sync.Mutex
	free []freePair // the one that has rested longest first
}

// freePair is an even port whose pair nobody uses.
type freePair struct {
	port   uint16
	closed time.Time // zero: never used
}

// NewUDP returns a Network on the ports first to last, both included, of a
// local address. It fails when the range holds no pair.
func NewUDP(ip netip.Addr, first, last uint16) (*UDP, error) {
	if !ip.IsValid() {
		return nil, errors.New("media: no address for RTP")
	}
	u := &UDP{ip: ip, now: time.Now}
	for p := uint32(first) + uint32(first&1); p != 0 && p+1 <= uint32(last); p += 2 {
		u.free = append(u.free, freePair{port: uint16(p)})
	}
	if first == 0 || len(u.free) == 0 {
		return nil, fmt.Errorf("media: no pair of UDP ports in %d-%d", first, last)
	}
	rand.Shuffle(len(u.free), func(i, j int) { u.free[i], u.free[j] = u.free[j], u.free[i] })
	return u, nil
}

// Open binds the pair that has rested longest. Pairs held by other programs
// are passed over. It returns ErrNoPorts when all are in use or have only just
// been closed.
func (u *UDP) Open() (rtp, rtcp Socket, err error) {
	for range portProbes {
		port, ok := u.take()
		if !ok {
			return nil, nil, ErrNoPorts
		}
		rtp, rtcp, err = u.bind(port)
		if err == nil {
			return rtp, rtcp, nil
		}
		u.put(freePair{port: port})
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, err
		}
	}
	return nil, nil, ErrNoPorts
}

// take removes the first pair of the queue if it is rested.
func (u *UDP) take() (port uint16, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.free) == 0 || u.now().Sub(u.free[0].closed) < portRest {
		return 0, false
	}
	port = u.free[0].port
	u.free = u.free[1:]
	return port, true
}

func (u *UDP) put(p freePair) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.free = append(u.free, p)
}

func (u *UDP) bind(port uint16) (rtp, rtcp Socket, err error) {
	pair := &openPair{net: u, port: port, open: 2}
	rtp, err = listen(netip.AddrPortFrom(u.ip, port), pair.closeOne)
	if err != nil {
		return nil, nil, err
	}
	rtcp, err = listen(netip.AddrPortFrom(u.ip, port+1), pair.closeOne)
	if err != nil {
		rtp.Close() // leaves the pair half open: Open puts it back
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

// openPair gives its ports back when both sockets are closed.
type openPair struct {
	net  *UDP
	port uint16

	mu   sync.Mutex
	open int
}

func (p *openPair) closeOne() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open--; p.open == 0 {
		p.net.put(freePair{port: p.port, closed: p.net.now()})
	}
}
