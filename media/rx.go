package media

import "time"

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
// defence against injected audio: source, then SRTP tag, then payload type,
// then SSRC and sequence; only what passed them all may move the remote address.
type receiver struct {
	source  source
	last    time.Time // arrival of the last valid packet
	heardAt time.Time // arrival of the newest
	newest  Seq
	known   bool
	pressed bool         // a digit has come since NewLeg
	usual   PayloadCodec // of the newest audio; NoCodec before the first
	next    candidate
	ssrc    uint32
	guard   *guard
	stats   *RxStats
	count   reception
	play    playout
	digits  dtmf
	params  Params
}

// configure puts the outcome of an offer/answer exchange into force.
func (r *receiver) configure(p Params) {
	r.params, r.usual = p, PayloadCodec{}
	r.digits.clock = p.DTMFClock
}

// candidate is an SSRC or a sequence on probation (RFC 3550 appendix A.1).
type candidate struct {
	known bool
	ssrc  uint32
	seq   Seq // the one that must come next
}

// datagram takes in one datagram that is not RTCP. It reports whether it was
// the phone's newest audio.
func (r *receiver) datagram(d *Datagram) (newest bool) {
	head, ok := d.parse()
	if !ok {
		r.stats.Malformed++
		return false
	}
	source := r.source.judge(d.From, d.At)
	if source == refused {
		r.stats.BadSource++
		return false
	}
	b, ok := r.open(d.Data, head, d.At)
	if !ok {
		return false
	}
	payload, ok := unpad(b[head:], d.header.Padding)
	if !ok {
		r.stats.Malformed++
		return false
	}
	if source == unproven && !r.source.prove(d.From, d.header.SSRC, Seq(d.header.SequenceNumber), d.At) {
		r.stats.Probation++
		return false
	}
	return r.packet(payload, d)
}

// packet takes in a packet that the phone sent, its header and origin in d.
func (r *receiver) packet(payload []byte, d *Datagram) (newest bool) {
	h := &d.header
	codec, event, ok := r.payloadType(h.PayloadType)
	switch {
	case !ok:
		r.stats.BadPayloadType++
		return false
	case len(payload) > r.play.stride:
		r.stats.Oversize++
		return false
	case !r.params.Direction.Receives():
		r.stats.NotReceiving++
		r.accept(d)
		return false
	}
	if r.source.reclaims(d.From) { // who was heard meanwhile was not the phone
		r.known, r.next.known = false, false
		r.play.restart()
	}
	switch {
	case event:
		r.event(payload, d)
		return false
	case !r.sequence(d):
		r.stats.Probation++
		return false
	}
	r.accept(d)
	r.stats.Packets++
	r.stats.Bytes += uint64(len(payload))
	seq := Seq(h.SequenceNumber)
	if codec == NoCodec {
		r.stats.ComfortNoise++
		r.play.pushQuiet(seq, payload)
		return false
	}
	if codec != r.usual.Codec {
		r.usual = PayloadCodec{h.PayloadType, codec}
		r.stats.Codec = codec
	}
	r.count.interarrival(Timestamp(h.Timestamp), codec.ClockRate(), d.At)
	r.play.take(seq, Timestamp(h.Timestamp), codec, payload, d.At)
	return seq == r.newest
}

// parse reads the header and returns its length, in bytes.
func (d *Datagram) parse() (head int, ok bool) {
	if len(d.Data) < headerSize || d.Data[0]>>6 != 2 {
		return 0, false
	}
	head, err := d.header.Unmarshal(d.Data)
	return head, err == nil
}

// unpad cuts the padding off that the header announces (RFC 3550 section 5.1).
// Under SRTP it is encrypted with the payload.
func unpad(payload []byte, padded bool) ([]byte, bool) {
	if !padded {
		return payload, true
	}
	if len(payload) == 0 {
		return nil, false
	}
	pad := int(payload[len(payload)-1])
	if pad == 0 || pad > len(payload) {
		return nil, false
	}
	return payload[:len(payload)-pad], true
}

// open takes the SRTP protection off a packet with a header of head bytes, and
// counts one that is refused.
func (r *receiver) open(b []byte, head int, at time.Time) ([]byte, bool) {
	b, err := r.guard.openRTP(b, head, at)
	switch err {
	case nil:
		return b, true
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
	if pt == r.usual.Type && r.usual.Codec != NoCodec {
		return r.usual.Codec, false, true
	}
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
func (r *receiver) accept(d *Datagram) {
	r.last = d.At
	if r.source.lock(d.From, d.At) {
		r.stats.SourceChange++
		r.stats.SourceSince = d.At
	}
}

// event takes in a telephone-event. Its SSRC may be one of its own.
func (r *receiver) event(payload []byte, d *Datagram) {
	r.accept(d)
	r.pressed = true
	r.stats.Packets++
	r.stats.Bytes += uint64(len(payload))
	r.digits.packet(payload, Timestamp(d.header.Timestamp), d.At)
	r.passOver(d)
}

// passOver books the sequence number of a packet of the phone's that holds no
// audio, so that it is not taken for lost.
func (r *receiver) passOver(d *Datagram) {
	seq := Seq(d.header.SequenceNumber)
	if r.known && d.header.SSRC == r.ssrc && plausibleStep(seq.Sub(r.newest)) {
		r.follow(seq, d.At)
		r.play.pushQuiet(seq, nil)
	}
}

// sequence checks SSRC and sequence number (RFC 3550 appendix A.1). A new
// SSRC, or a jump, is believed from the second consecutive packet on.
func (r *receiver) sequence(d *Datagram) bool {
	h, at := &d.header, d.At
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
