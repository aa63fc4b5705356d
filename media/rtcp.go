package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"
)

const (
	rtcpInterval = 5 * time.Second // RFC 3550 section 6.2, the recommended minimum
	rtcpSR       = 200
	rtcpRR       = 201
	rtcpSDES     = 202
	rtcpBYE      = 203
	rtcpAPP      = 204
)

// isRTCP reports whether a datagram that shares the RTP port is RTCP
// (RFC 5761 section 4): payload types 64 to 95 are never used for RTP.
func isRTCP(b []byte) bool { return len(b) >= 2 && b[1] >= 192 && b[1] <= 223 }

// reporter speaks and understands RTCP for a leg. It is driven by the tick and
// builds its packets in a buffer of its own, for nothing in a tick may allocate.
type reporter struct {
	rx    *reception
	tx    *sender
	stats *Stats
	cname string
	rng   rand.PCG
	sent  uint64 // RTP packets sent by the previous report
	spoke bool   // any report has gone out

	locked netip.AddrPort // the phone's RTCP address once heard
	peer   uint32         // SSRC of the sender of lastSR
	lastSR uint32         // middle of its NTP time stamp
	srAt   time.Time      // when it came

	buf []byte // room for a datagram
}

// mostReport is room for a sender report with one block, SDES, BYE and the
// SRTCP tag and index, but for the CNAME.
const mostReport = 128

// init names what the reports are about.
func (r *reporter) init(l *Leg) {
	r.rx, r.tx, r.stats = &l.rx.count, &l.tx, &l.stats
	r.cname = l.cfg.CNAME[:min(255, len(l.cfg.CNAME))]
	r.rng = *rand.NewPCG(uint64(l.cfg.SSRC), uint64(l.cfg.Timestamp))
	r.buf = make([]byte, 0, mostReport+len(r.cname))
}

// due sets the time of the next report, now that one is due, to 5 s, varied from
// half to one and a half (section 6.3.1). It reports whether there is one to be
// made: the first comes after half the interval, with no time set before.
func (r *reporter) due(next *time.Time, now time.Time) bool {
	first := next.IsZero()
	if first {
		*next = now.Add(r.vary(rtcpInterval / 2))
	} else {
		*next = now.Add(r.vary(rtcpInterval))
	}
	return !first
}

func (r *reporter) vary(d time.Duration) time.Duration {
	return d/2 + time.Duration(r.rng.Uint64()%uint64(d))
}

// report builds a compound packet: sender or receiver report, and SDES with
// the CNAME (section 6.1). ssrc is the phone's, if heard.
func (r *reporter) report(now time.Time, ssrc uint32, heard bool) []byte {
	b := r.buf[:0]
	blocks := 0
	if heard {
		blocks = 1
	}
	if r.stats.Tx.Packets > r.sent {
		r.sent = r.stats.Tx.Packets
		b = rtcpHeader(b, blocks, rtcpSR, 6+6*blocks)
		b = r.senderInfo(b, now)
	} else {
		b = rtcpHeader(b, blocks, rtcpRR, 1+6*blocks)
		b = binary.BigEndian.AppendUint32(b, r.tx.ssrc)
	}
	if heard {
		b = r.block(b, now, ssrc)
	}
	return r.describe(b)
}

// bye is a report that says the leg is leaving (section 6.6).
func (r *reporter) bye(now time.Time, ssrc uint32, heard bool) []byte {
	b := r.report(now, ssrc, heard)
	b = rtcpHeader(b, 1, rtcpBYE, 1)
	return binary.BigEndian.AppendUint32(b, r.tx.ssrc)
}

// rtcpHeader appends the common header of a packet with words 32-bit words
// after it.
func rtcpHeader(b []byte, count int, kind byte, words int) []byte {
	return append(b, 2<<6|byte(count), kind, byte(words>>8), byte(words))
}

// senderInfo appends SSRC, NTP and RTP time, and the packet and octet counts.
func (r *reporter) senderInfo(b []byte, now time.Time) []byte {
	b = binary.BigEndian.AppendUint32(b, r.tx.ssrc)
	b = binary.BigEndian.AppendUint64(b, ntpTime(now))
	b = binary.BigEndian.AppendUint32(b, r.tx.timestamp())
	b = binary.BigEndian.AppendUint32(b, uint32(r.stats.Tx.Packets))
	return binary.BigEndian.AppendUint32(b, uint32(r.stats.Tx.Bytes))
}

// block appends a report block about the phone's packets.
func (r *reporter) block(b []byte, now time.Time, ssrc uint32) []byte {
	lost := max(-1<<23, min(1<<23-1, r.rx.lost()))
	b = binary.BigEndian.AppendUint32(b, ssrc)
	b = append(b, r.rx.fraction(), byte(lost>>16), byte(lost>>8), byte(lost))
	b = binary.BigEndian.AppendUint32(b, r.rx.extended)
	b = binary.BigEndian.AppendUint32(b, r.rx.jitter())
	var lsr, dlsr uint32
	if !r.srAt.IsZero() && r.peer == ssrc {
		lsr, dlsr = r.lastSR, uint32(now.Sub(r.srAt)*65536/time.Second)
	}
	b = binary.BigEndian.AppendUint32(b, lsr)
	return binary.BigEndian.AppendUint32(b, dlsr)
}

// describe appends SDES with the CNAME.
func (r *reporter) describe(b []byte) []byte {
	text := r.cname
	words := 1 + (2+len(text))/4 + 1 // SSRC, item, and one to four zero octets
	b = rtcpHeader(b, 1, rtcpSDES, words)
	b = binary.BigEndian.AppendUint32(b, r.tx.ssrc)
	b = append(b, 1, byte(len(text)))
	b = append(b, text...)
	for pad := 4 - (2+len(text))%4; pad > 0; pad-- {
		b = append(b, 0)
	}
	return b
}

// ntpTime is the 64-bit NTP time stamp of t (RFC 3550 section 4).
func ntpTime(t time.Time) uint64 {
	const sinceEpoch = 2208988800 // 1900 to 1970
	ns := uint64(t.Nanosecond())
	return uint64(t.Unix()+sinceEpoch)<<32 | ns<<32/uint64(time.Second)
}

// allows reports whether RTCP may come from an address, given where RTP goes
// and where SDP wants RTCP. RTCP follows the RTP lock and never moves it: with
// rtcp-mux it comes from the very address of RTP, without from the same IP
// address, from one UDP port alone once it has been heard. The one that SDP
// names is the only one in SourceOff, and is always believed.
func (r *reporter) allows(from, rtp, named netip.AddrPort, mode SourceMode, mux bool) bool {
	switch {
	case mux:
		return from == rtp
	case from == named && from.Addr() == rtp.Addr():
		return true
	case mode == SourceOff:
		return false
	case r.locked.IsValid() && r.locked.Addr() == rtp.Addr():
		return from == r.locked
	}
	return from.Addr() == rtp.Addr()
}

// receive takes in an RTCP datagram from an address that may send it, and
// reports whether it was good.
func (r *reporter) receive(g *guard, b []byte, from netip.AddrPort, at time.Time) bool {
	b, err := g.openRTCP(b, at)
	switch err {
	case nil:
	case errReplayed:
		r.stats.Peer.Replayed++
		return false
	default:
		r.stats.Peer.Unauthentic++
		return false
	}
	if !r.datagram(b, at) {
		return false
	}
	r.locked = from
	return true
}

// datagram reads a compound packet (section 6.4, checks of appendix A.2). It
// is all or nothing: lengths that do not add up make it malformed.
func (r *reporter) datagram(b []byte, at time.Time) (ok bool) {
	if !wellFormed(b) {
		r.stats.Peer.Malformed++
		return false
	}
	for len(b) > 0 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		r.packet(b[:size], at)
		b = b[size:]
	}
	return true
}

// wellFormed reports whether b is a sequence of whole RTCP packets.
func wellFormed(b []byte) bool {
	if len(b) < 8 || len(b)%4 != 0 {
		return false
	}
	for len(b) > 0 {
		if len(b) < 4 || b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 {
			return false
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return false
		}
		b = b[size:]
	}
	return true
}

// packet reads one packet of a compound.
func (r *reporter) packet(b []byte, at time.Time) {
	count := int(b[0] & 31)
	switch b[1] {
	case rtcpSR:
		if len(b) < 28 {
			return
		}
		r.peer, r.srAt = binary.BigEndian.Uint32(b[4:]), at
		r.lastSR = uint32(binary.BigEndian.Uint64(b[8:]) >> 16)
		r.blocks(b[28:], count, at)
	case rtcpRR:
		if len(b) >= 8 {
			r.blocks(b[8:], count, at)
		}
	case rtcpBYE: // signalling ends calls, not RTCP
		r.stats.Peer.Byes++
	}
}

// blocks reads report blocks and keeps the one about this leg.
func (r *reporter) blocks(b []byte, count int, at time.Time) {
	for ; count > 0 && len(b) >= 24; count-- {
		if binary.BigEndian.Uint32(b) == r.tx.ssrc {
			r.heed(b[:24], at)
		}
		b = b[24:]
	}
}

// heed keeps what a report block says.
func (r *reporter) heed(b []byte, at time.Time) {
	p := &r.stats.Peer
	p.Reports++
	p.FractionLost = float64(b[4]) / 256
	p.Lost = int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8
	p.Jitter = time.Duration(binary.BigEndian.Uint32(b[12:])) * time.Second / time.Duration(r.tx.clock)
	lsr, dlsr := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if lsr == 0 {
		return
	}
	rtt := int32(uint32(ntpTime(at)>>16) - lsr - dlsr)
	if rtt >= 0 && rtt < 60<<16 { // a confused clock says nothing
		p.RTT = time.Duration(rtt) * time.Second / 65536
	}
}
