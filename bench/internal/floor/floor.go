// Package floor is the least that any program can do for a leg: every 20 ms it
// receives one packet and sends one, on raw sockets, and nothing else.
package floor

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"partyline/media"
)

const tick = 20 * time.Millisecond

// Reflector sends back, once a tick, what came to each of its sockets.
type Reflector struct {
	sockets []media.Socket
}

// Open binds so many sockets.
func Open(ip netip.Addr, first, last uint16, legs int) (*Reflector, error) {
	network, err := media.NewUDP(ip, first, last)
	if err != nil {
		return nil, err
	}
	r := &Reflector{}
	for i := range legs {
		rtp, rtcp, err := network.Open()
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("floor: leg %d: %w", i, err)
		}
		rtcp.Close() // the floor has no RTCP
		r.sockets = append(r.sockets, rtp)
	}
	return r, nil
}

// Addrs are where the sockets are bound.
func (r *Reflector) Addrs() []netip.AddrPort {
	out := make([]netip.AddrPort, len(r.sockets))
	for i, s := range r.sockets {
		out[i] = s.LocalAddr()
	}
	return out
}

// Run ticks until ctx is done.
func (r *Reflector) Run(ctx context.Context) {
	runtime.LockOSThread()
	var buf [2048]byte
	for deadline := time.Now(); ctx.Err() == nil; {
		for _, s := range r.sockets {
			if n, from, _, err := s.Recv(buf[:]); err == nil {
				_ = s.Send(buf[:n], from)
			}
		}
		deadline = deadline.Add(tick)
		time.Sleep(time.Until(deadline))
	}
}

// Close releases the sockets.
func (r *Reflector) Close() {
	for _, s := range r.sockets {
		s.Close()
	}
}
