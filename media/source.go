package media

import (
	"net/netip"
	"time"
)

const (
	// probation is how many consecutive packets an address that SDP did not
	// name must send before it is believed.
	probation = 4
	// reopened is how long a new remote address may be learnt after an
	// offer/answer exchange changed it.
	reopened = 5 * time.Second
	// straggling is how long after such a change the address it replaces stays
	// refused: what comes from it was sent before, and would lock it again.
	straggling = time.Second
	// suitors is how many addresses may be on probation at a time.
	suitors = 4
)

// verdict is what the source rule says about a packet's address.
type verdict uint8

const (
	refused    verdict = iota // not the phone's
	unproven                  // on probation: not played, nothing learnt before prove says so
	acceptable                // the phone's, or the one it will be locked to
)

// source decides which address a leg's packets may come from, and where its
// own go: symmetric RTP, locked once learnt.
//
//	          packet from the IP address in SDP
//	open ─────────────────────────────────────────► locked ─┐ anything else
//	 │ ▲                                              ▲     └► refused
//	 │ └── SDP names a new address: open again,       │
//	 │     for other addresses than that 5 s only     │
//	 └─ from elsewhere, where the mode allows it: ────┘
//	    four consecutive packets. For 5 s the address
//	    in SDP may still take the lock from it.
//
// Elsewhere is any address in SourceProbation, none in SourceOff, where even
// another port is refused. In SourceSDP it is allowed when SDP names a private
// address, and from this machine itself. A public address in SDP is strict
// then: nothing else is ever heard, so that nobody can inject audio or draw it
// away by sending first (RTP bleed).
//
// What elsewhere costs: somebody who sends a good sequence to the right port
// before the phone does is taken for it, unless SRTP is on.
type source struct {
	suitors   [suitors]suitor
	former    netip.AddrPort // locked before SDP named another address
	moved     time.Time      // when it did
	until     time.Time      // end of the re-opened window, zero for none
	contested time.Time      // until when the address in SDP may take the lock
	mode      SourceMode
	signalled netip.AddrPort // the RTP address in SDP, zero when unknown
	locked    netip.AddrPort // zero while open; what every packet is compared to
}

// suitor is an address on probation.
type suitor struct {
	from  netip.AddrPort
	ssrc  uint32
	seq   Seq
	count int
	at    time.Time
}

// signal takes in the address of an offer/answer exchange. An unknown one
// (hold with 0.0.0.0, port 0) changes nothing but where to send.
func (s *source) signal(remote netip.AddrPort, now time.Time) {
	remote = unmap(remote)
	if !reachable(remote) || remote == s.signalled {
		return
	}
	if s.signalled.IsValid() {
		s.until = now.Add(reopened)
	}
	s.signalled = remote
	s.suitors = [suitors]suitor{}
	if s.locked != remote {
		if s.locked.IsValid() {
			s.former, s.moved = s.locked, now
		}
		s.locked = netip.AddrPort{}
	}
}

// dest is where packets go: back to where they come from.
func (s *source) dest() netip.AddrPort {
	if s.locked.IsValid() {
		return s.locked
	}
	return s.signalled
}

// judge says what to do with a packet from an address. It learns nothing: a
// packet that passes all other checks is given to prove, if it is unproven, and
// to lock.
func (s *source) judge(from netip.AddrPort, now time.Time) verdict {
	switch {
	case from == s.locked:
		return acceptable
	case !s.signalled.IsValid():
		return refused
	case from == s.signalled && (!s.locked.IsValid() || now.Before(s.contested)):
		return acceptable
	case s.locked.IsValid() || s.mode == SourceOff:
		return refused
	case !s.until.IsZero() && now.After(s.until):
		return refused
	case from == s.former && now.Sub(s.moved) < straggling:
		return refused
	case from.Addr() == s.signalled.Addr():
		return acceptable
	case s.mayDiffer(from.Addr()):
		return unproven
	}
	return refused
}

// reclaims reports whether a packet that was judged acceptable takes the lock
// from another address.
func (s *source) reclaims(from netip.AddrPort) bool {
	return s.locked.IsValid() && from != s.locked
}

// mayDiffer reports whether an address that SDP did not name may be learnt.
func (s *source) mayDiffer(from netip.Addr) bool {
	named := s.signalled.Addr()
	return s.mode == SourceProbation || private(named) || from.IsLoopback() && !named.IsLoopback()
}

// prove counts the consecutive packets of an address SDP did not name, and
// reports whether they are enough.
func (s *source) prove(from netip.AddrPort, ssrc uint32, seq Seq, now time.Time) bool {
	c := s.suitor(from)
	if c.from == from && c.ssrc == ssrc && seq == c.seq.Add(1) {
		c.count++
	} else {
		*c = suitor{from: from, ssrc: ssrc, count: 1}
	}
	c.seq, c.at = seq, now
	return c.count >= probation
}

// suitor is the place of an address, or the one that was heard longest ago.
func (s *source) suitor(from netip.AddrPort) *suitor {
	oldest := &s.suitors[0]
	for i := range s.suitors {
		c := &s.suitors[i]
		if c.from == from {
			return c
		}
		if c.at.Before(oldest.at) {
			oldest = c
		}
	}
	return oldest
}

// lock closes the source to all other addresses. It reports whether that is
// news.
func (s *source) lock(from netip.AddrPort, now time.Time) (changed bool) {
	if from == s.locked {
		return false
	}
	s.locked, s.contested = from, time.Time{}
	if from.Addr() != s.signalled.Addr() {
		s.contested = now.Add(reopened)
	}
	return true
}

// unmap makes an IPv4-mapped IPv6 address an IPv4 one.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// reachable reports whether packets can be sent to an address.
func reachable(a netip.AddrPort) bool {
	return a.IsValid() && a.Port() != 0 && !a.Addr().IsUnspecified()
}

// carrierNAT is the shared address space of RFC 6598.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// private reports whether an address in SDP is likely to be one behind a NAT,
// so that packets will come from another.
func private(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || carrierNAT.Contains(ip)
}

// reopen starts the window anew, when it is open at all: the phone begins to
// send only now that it may.
func (s *source) reopen(now time.Time) {
	if !s.until.IsZero() && !s.locked.IsValid() {
		s.until = now.Add(reopened)
	}
}
