// Package floor is the least that any program can do for a leg: every 20 ms it
// receives one packet and sends one, on raw sockets, and nothing else.
//
// It makes its system calls itself and shares no code with the bridge, so that
// no defect of the bridge's can be a part of what it is measured against. A
// receive here takes neither time stamps nor control messages, and all that is
// kept of a leg is the number of its socket.
package floor

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"time"
)

const tick = 20 * time.Millisecond

// Kind says what the sockets are.
type Kind uint8

// The kinds.
const (
	Plain     Kind = iota // take packets from anywhere; each is answered where it came from
	Connected             // belong to the first address that is heard (connect(2)), which costs the kernel less
)

// String is the kind in the words of a table.
func (k Kind) String() string {
	if k == Connected {
		return "floor, connected"
	}
	return "floor"
}

// Reflector sends back, once a tick, what came to each of its sockets. It
// belongs to one goroutine.
type Reflector struct {
	kind    Kind
	sockets []socket
	addrs   []netip.AddrPort
	buf     *buffer
}

// Open binds so many sockets to ports from first to last.
func Open(kind Kind, ip netip.Addr, first, last uint16, legs int) (*Reflector, error) {
	r := &Reflector{kind: kind, buf: new(buffer)}
	for port := int(first); len(r.sockets) < legs; port++ {
		if port > int(last) {
			r.Close()
			return nil, fmt.Errorf("floor: %d of %d sockets fit into ports %d to %d", len(r.sockets), legs, first, last)
		}
		at := netip.AddrPortFrom(ip, uint16(port))
		s, err := open(at)
		switch {
		case err == nil:
			r.sockets, r.addrs = append(r.sockets, s), append(r.addrs, at)
		case !isTaken(err):
			r.Close()
			return nil, fmt.Errorf("floor: %v: %w", at, err)
		}
	}
	return r, nil
}

// Addrs are where the sockets are bound.
func (r *Reflector) Addrs() []netip.AddrPort { return r.addrs }

// Run ticks until ctx is done.
func (r *Reflector) Run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for deadline := time.Now(); ctx.Err() == nil; {
		r.Tick()
		deadline = deadline.Add(tick)
		time.Sleep(time.Until(deadline))
	}
}

// Tick receives one packet from each socket where one waits and sends it back.
// It returns how many.
func (r *Reflector) Tick() (packets int) {
	for i := range r.sockets {
		if r.sockets[i].reflect(r.kind, r.buf) {
			packets++
		}
	}
	return packets
}

// Close releases the sockets.
func (r *Reflector) Close() {
	for _, s := range r.sockets {
		s.close()
	}
}
