package media

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

const (
	comfortNoise = 13 // static payload type of RFC 3389
	maxDropout   = 3000
	maxMisorder  = 100
	// silentBefore is how long the known SSRC must have said nothing before
	// another takes its place.
	silentBefore = 30 * time.Millisecond
)

// receiver judges the datagrams of a leg's RTP socket and hands what is good
// to the jitter buffer and the digit queue. The order of the checks is the
// defence against injected audio: source, then header, then payload type, then
// SSRC and sequence; only what passed them all may move the remote address.
type receiver struct {
	stats  *RxStats
	params Params
	header rtp.Header
	source source
	guard  *guard
	play   playout
	digits dtmf
	last   time.Time // arrival of the last valid packet

	known   bool
	ssrc    uint32
	newest  Seq
	heardAt time.Time // arrival of the newest
	next    candidate
	count   reception
}

// candidate is an SSRC or a sequence on probation (RFC 3550 appendix A.1).
type candidate struct {
	known bool
	ssrc  uint32
	seq   Seq // the one that must come next
}

// datagram takes in one datagram that is not RTCP.
func (r *receiver) datagram(b []byte, from netip.AddrPort, at time.Time) {
	payload, ok := r.parse(b)
	if !ok {
		r.stats.Malformed++
		return
	}
	h := &r.header
	switch r.source.judge(from, h.SSRC, Seq(h.SequenceNumber), at) {
	case refused:
		r.stats.BadSource++
		return
	case unproven:
		r.stats.Probation++
		return
	}
	payload, ok = r.open(b, payload)
	if !ok {
		return
	}
	codec, event, ok := r.payloadType(h.PayloadType)
	switch {
	case !ok:
		r.stats.BadPayloadType++
		return
	case len(payload) > maxPayload:
		r.stats.Oversize++
		return
	case !r.params.Direction.Receives():
		r.stats.NotReceiving++
		r.accept(from, at)
		return
	case event:
		r.event(payload, from, at)
		return
	case !r.sequence(at):
		r.stats.Probation++
		return
	}
	r.accept(from, at)
	r.stats.Packets++
	r.stats.Bytes += uint64(len(payload))
	if codec == NoCodec {
		r.stats.ComfortNoise++
		r.play.pushQuiet(Seq(h.SequenceNumber))
		return
	}
	r.count.interarrival(Timestamp(h.Timestamp), at)
	r.play.push(Seq(h.SequenceNumber), Timestamp(h.Timestamp), codec, payload, at)
}

// parse reads the header and cuts off padding (RFC 3550 section 5.1).
func (r *receiver) parse(b []byte) (payload []byte, ok bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return nil, false
	}
	n, err := r.header.Unmarshal(b)
	if err != nil {
		return nil, false
	}
	payload = b[n:]
	if r.header.Padding {
		if len(payload) == 0 {
			return nil, false
		}
		pad := int(payload[len(payload)-1])
		if pad == 0 || pad > len(payload) {
			return nil, false
		}
		payload = payload[:len(payload)-pad]
	}
	return payload, true
}

// open takes the SRTP protection off a packet, whose payload is given as it
// came, and counts one that is refused.
func (r *receiver) open(b, payload []byte) ([]byte, bool) {
	if r.guard == nil {
		return payload, true
	}
	b, err := r.guard.openRTP(b)
	switch err {
	case nil:
		return r.parse(b)
	case errReplayed:
		r.stats.Replayed++
	default:
		r.stats.Unauthentic++
	}
	return nil, false
}

// payloadType says what a payload type means: a codec, NoCodec for comfort
// noise, or a telephone-event.
func (r *receiver) payloadType(pt uint8) (c Codec, event, ok bool) {
	for _, p := range r.params.Rx {
		if p.Type == pt {
			return p.Codec, false, p.Codec != NoCodec
		}
	}
	if pt == r.params.DTMFRx && pt != 0 {
		return NoCodec, true, true
	}
	return NoCodec, false, pt == comfortNoise
}

// accept books a packet that passed every check.
func (r *receiver) accept(from netip.AddrPort, at time.Time) {
	r.source.lock(from)
	r.last = at
}

// event takes in a telephone-event. Its SSRC may be one of its own.
func (r *receiver) event(payload []byte, from netip.AddrPort, at time.Time) {
	h := &r.header
	r.accept(from, at)
	r.stats.Packets++
	r.stats.Bytes += uint64(len(payload))
	r.digits.packet(payload, Timestamp(h.Timestamp), at)
	if r.known && h.SSRC == r.ssrc && plausibleStep(Seq(h.SequenceNumber).Sub(r.newest)) {
		r.follow(Seq(h.SequenceNumber), at)
		r.play.pushQuiet(Seq(h.SequenceNumber))
	}
}

// sequence checks SSRC and sequence number (RFC 3550 appendix A.1). A new
// SSRC, or a jump, is believed from the second consecutive packet on.
func (r *receiver) sequence(at time.Time) bool {
	h := &r.header
	seq := Seq(h.SequenceNumber)
	if !r.known {
		r.begin(h.SSRC, seq, at)
		return true
	}
	if h.SSRC == r.ssrc && plausibleStep(seq.Sub(r.newest)) {
		r.follow(seq, at)
		r.next.known = false
		return true
	}
	proven := r.next.known && r.next.ssrc == h.SSRC && r.next.seq == seq
	r.next = candidate{known: true, ssrc: h.SSRC, seq: seq.Add(1)}
	if !proven || h.SSRC != r.ssrc && at.Sub(r.heardAt) < silentBefore {
		return false
	}
	if h.SSRC == r.ssrc {
		r.stats.SequenceJumps++
	} else {
		r.stats.SSRCChanges++
	}
	r.play.restart()
	r.begin(h.SSRC, seq, at)
	return true
}

// plausibleStep reports whether a packet so far from the newest continues its
// sequence.
func plausibleStep(d int) bool { return d > -maxMisorder && d < maxDropout }

// begin starts a sequence.
func (r *receiver) begin(ssrc uint32, seq Seq, at time.Time) {
	r.known, r.ssrc, r.newest, r.heardAt = true, ssrc, seq, at
	r.next.known = false
	r.count.begin(seq)
}

// follow continues a sequence.
func (r *receiver) follow(seq Seq, at time.Time) {
	r.heardAt = at
	d := seq.Sub(r.newest)
	r.count.packet(d)
	if d > 0 {
		r.newest = seq
	}
}

// restart forgets the sequence and the time line: the phone was not listened
// to, and what it sends next is neither late nor lost before.
func (r *receiver) restart() {
	r.known, r.next.known = false, false
	r.play.reset()
}
