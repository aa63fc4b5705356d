package media

import "time"

const (
	// ringSize is how many packets a jitter buffer holds at most: 320 ms of
	// the shortest ones. A power of two that divides the sequence space.
	ringSize = 32
	// mostNoise is how much of a comfort noise description is of use, in bytes:
	// a level and the coefficients.
	mostNoise = 1 + noiseOrder
	// mediaRate is the unit of media time, in Hz: every sample rate and every
	// RTP clock divides it, so that a change of codec moves nothing.
	mediaRate = 48000
	// frameUnits is a frame in media time.
	frameUnits = mediaRate / framesPerSecond
)

// units is n milliseconds in media time.
func units(n int) int { return n * (mediaRate / 1000) }

// content says what a place in the ring holds: nothing, a packet without audio
// (comfort noise or a telephone-event), or audio of the codec that is added to
// holdsAudio.
type content uint8

const (
	holdsNothing content = iota
	holdsQuiet
	holdsAudio
)

// slot is one packet in the ring. Its payload is in the arena.
type slot struct {
	pos  int64 // media position of the first sample
	seq  Seq
	n    uint16 // media time it lasts
	size uint16 // bytes of payload
	at   uint8  // where in the arena
	content
}

// audio reports whether s is to be heard.
func (s *slot) audio() bool { return s.content >= holdsAudio }

// codec is that of the audio in s.
func (s *slot) codec() Codec { return Codec(s.content - holdsAudio) }

// end is the media position behind s.
func (s *slot) end() int64 { return s.pos + int64(s.n) }

// segmentKind says what a stretch of the playout is made of.
type segmentKind uint8

const (
	segAudio segmentKind = iota
	segLost              // packets are missing and newer ones wait
	segDry               // nothing newer has come
	segPause             // the sender said nothing on purpose
)

// segment is a stretch of the playout. Slot is the packet of codec to be decoded
// for segAudio, all but the first skip of it; for segLost it is the packet behind
// the hole. For segPause payload describes the comfort noise in it, if the
// phone said so. What it points to is valid until the next push.
type segment struct {
	kind    segmentKind
	codec   Codec
	n       int // media time
	skip    int // media time
	slot    *slot
	payload []byte
}

// jitterBuffer puts packets in order and on a time line.
//
// Every packet gets a media position, the time since the first packet in
// 48,000ths of a second, from its RTP timestamp where that agrees with sequence
// and arrival, from its sequence number where it does not. The cursor is the
// position that is decoded next: what is decoded and not yet played lies before
// it. Playout delay is the distance, in time, between a position's arrival and
// the cursor reaching it:
//
//	           played │ waiting                 to come
//	─────────▒▒▒▒▒▒▒▒▒│██████████──██████├──────────────►  media position
//	             cursor            end of the newest packet
//
// The buffer itself never moves the cursor but forward by what next returns,
// and back when it ran dry and the missing packet comes late. The playout
// control moves it to follow jitter and clock drift.
type jitterBuffer struct {
	stats  *RxStats
	origin time.Time // when media position 0 arrived
	cursor int64

	// The newest audio packet, to which timestamps are compared.
	refPos  int64
	refN    int32
	refTick int32 // of its RTP clock, in media time
	refTS   Timestamp
	refSeq  Seq

	hi      Seq    // newest sequence number
	first   Seq    // oldest sequence number that may still be played
	seen    uint32 // bit i: hi-i has come
	started bool   // a packet has come since the last restart
	playing bool   // the cursor moves
	dry     bool   // the last segment was segDry or segPause with nothing behind
	size    JitterBufferSize
	step    int32  // places from the newest packet before to the newest
	extra   int32  // slack that packets need which do not end where frames do
	unclear uint64 // frames made up since the buffer ran dry
	stride  int    // the longest payload taken, in bytes

	arena   arena
	transit transits
	ring    [ringSize]slot
}

// slot is the place of a sequence number.
func (j *jitterBuffer) slot(s Seq) *slot { return &j.ring[s%ringSize] }

// payload is what the packet in s holds.
func (j *jitterBuffer) payload(s *slot) []byte { return j.arena.bytes(s.at, int(s.size)) }

// keep puts a packet and its payload into its place. When the arena is full the
// oldest packets make room.
func (j *jitterBuffer) keep(s slot, payload []byte) {
	place := j.slot(s.seq)
	j.drop(place)
	at, ok := j.arena.take(len(payload))
	for ; !ok && j.hi.Sub(j.first) > 0; at, ok = j.arena.take(len(payload)) {
		if j.slot(j.first).audio() {
			j.stats.Overflow++
		}
		j.consume(j.first)
	}
	if !ok || s.seq.Sub(j.first) < 0 {
		j.arena.free(at, len(payload))
		j.stats.Overflow++
		return
	}
	s.at, s.size = at, uint16(len(payload))
	*place = s
	copy(j.payload(place), payload)
}

// drop empties a place. What was in it can be read until the next push.
func (j *jitterBuffer) drop(s *slot) {
	if s.content != holdsNothing {
		s.content = holdsNothing
		j.arena.free(s.at, int(s.size))
	}
}

// adopt moves the payloads into an arena with more room, if a has more.
func (j *jitterBuffer) adopt(a arena, stride int) {
	j.stride = max(j.stride, stride)
	if a.chunk <= j.arena.chunk {
		return
	}
	for i := range j.ring {
		if s := &j.ring[i]; s.content != holdsNothing {
			b := j.payload(s)
			s.at, _ = a.take(len(b)) // its chunks are larger: there is room
			copy(a.bytes(s.at, len(b)), b)
		}
	}
	j.arena = a
}

// mediaTime is t on the media time line.
func (j *jitterBuffer) mediaTime(t time.Time) int64 {
	return int64(t.Sub(j.origin)) * 3 / 62500 // 48,000 through 10⁹, for some years
}

// empty reports whether nothing that came waits to be played.
func (j *jitterBuffer) empty() bool { return !j.started || j.refPos+int64(j.refN) <= j.cursor }

// level is how much waits, holes included.
func (j *jitterBuffer) level() int { return max(0, int(j.refPos+int64(j.refN)-j.cursor)) }

// restart forgets the sequence: a new SSRC or a jump. Position, delay and
// jitter stay.
func (j *jitterBuffer) restart() {
	for i := range j.ring {
		j.drop(&j.ring[i])
	}
	j.started = false
}

// push takes in an audio packet that lasts n units of media time. The payload,
// at most stride bytes, is copied.
func (j *jitterBuffer) push(seq Seq, ts Timestamp, c Codec, n int, payload []byte, at time.Time) {
	if j.origin.IsZero() {
		j.origin = at
	}
	order := j.order(seq)
	if order == repeated || order == stale {
		return
	}
	pos := j.observe(seq, ts, c.facts().tick, n, at, order == newest)
	switch {
	case !j.playing:
		j.cursor = min(j.cursor, pos)
	case order == passed || pos+int64(n) <= j.cursor:
		j.stats.Late++
		return
	}
	j.keep(slot{content: holdsAudio + content(c), seq: seq, pos: pos, n: uint16(n)}, payload)
	j.dry = false
}

// observe places a packet on the time line and learns from its arrival. Tick is
// one of its timestamps in media time.
func (j *jitterBuffer) observe(seq Seq, ts Timestamp, tick, n int, at time.Time, newest bool) (pos int64) {
	arrived := j.mediaTime(at)
	pos = j.place(seq, ts, tick, n, arrived)
	j.transit.add(int(arrived-pos), arrived*100/mediaRate)
	if newest {
		if n != int(j.refN) {
			j.extra = int32(frameUnits - gcd(n, frameUnits))
		}
		j.explain(pos > j.refPos+int64(j.refN))
		j.refSeq, j.refTS, j.refTick, j.refPos, j.refN = seq, ts, int32(tick), pos, int32(n)
		j.pullBack(pos, arrived)
	}
	return pos
}

// gcd is the greatest common divisor.
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// pushQuiet takes in a packet that has a sequence number but no audio, so that
// it is not taken for lost. A payload describes comfort noise.
func (j *jitterBuffer) pushQuiet(seq Seq, payload []byte) {
	if !j.started {
		return // nothing to be missed from yet
	}
	if o := j.order(seq); o == newest || o == overtaken {
		if o == newest {
			j.explain(true)
		}
		j.keep(slot{content: holdsQuiet, seq: seq}, payload[:min(len(payload), mostNoise)])
	}
}

// explain books the frames made up while nothing newer had come, now that the
// next packet tells why: it is late itself, others before it were lost, or the
// phone had stopped talking on purpose and nothing was missing.
func (j *jitterBuffer) explain(paused bool) {
	switch {
	case j.step != 1:
		j.stats.Concealed += j.unclear
	case !paused:
		j.stats.Concealed += j.unclear
		j.stats.Underrun += j.unclear
	}
	j.unclear = 0
}

// order is how a sequence number stands to those before.
type order uint8

const (
	newest    order = iota
	overtaken       // by newer ones, but its turn is to come
	passed          // its turn has been
	repeated        // a duplicate
	stale           // too old to tell a duplicate
)

// order books a sequence number. It makes room for a newest one.
func (j *jitterBuffer) order(seq Seq) order {
	if !j.started {
		j.started, j.hi, j.first, j.seen, j.refN, j.step = true, seq, seq, 1, 0, 0
		return newest
	}
	age := j.hi.Sub(seq)
	switch {
	case age < 0:
		j.makeRoom(seq)
		j.hi, j.step = seq, int32(-age)
		j.seen = j.seen<<-age | 1 // 32 places or more leave nothing
		return newest
	case age >= ringSize:
		j.stats.Late++
		return stale
	case j.seen>>age&1 == 1:
		j.stats.Duplicate++
		return repeated
	}
	j.seen |= 1 << age
	if seq.Sub(j.first) >= 0 {
		return overtaken
	}
	if j.playing {
		return passed
	}
	j.first = seq // reordered before the cursor first moved
	return overtaken
}

// makeRoom frees the places that seq and the sequence numbers before it need.
func (j *jitterBuffer) makeRoom(seq Seq) {
	if seq.Sub(j.first) < ringSize {
		return
	}
	first := seq.Add(1 - ringSize)
	for i := range j.ring {
		s := &j.ring[i]
		if s.content != holdsNothing && s.seq.Sub(first) < 0 {
			if s.audio() {
				j.stats.Overflow++
			}
			j.drop(s)
		}
	}
	j.first = first
}

// next returns what plays at the cursor and moves the cursor behind it: the
// rest of a packet, or a hole of at most limit.
func (j *jitterBuffer) next(limit int) segment {
	missing := false
	var quiet *slot
	for k := j.first; j.started && j.hi.Sub(k) >= 0; k = k.Add(1) {
		s := j.slot(k)
		switch {
		case s.content == holdsNothing || s.seq != k:
			missing = true
			continue
		case s.content == holdsQuiet:
			quiet = s
			continue
		case s.end() <= j.cursor: // behind the cursor
			j.consume(k)
			missing, quiet = false, nil
			continue
		case s.pos > j.cursor:
			return j.gap(s, quiet, missing && quiet == nil, limit)
		}
		return j.play(s)
	}
	j.cursor += int64(limit)
	j.dry = true
	if quiet != nil {
		return segment{kind: segPause, n: limit, payload: j.payload(quiet)}
	}
	return segment{kind: segDry, n: limit}
}

// gap is the hole before s. A pause ends with the frame, so that a talkspurt
// begins with a frame.
func (j *jitterBuffer) gap(s, quiet *slot, lost bool, limit int) segment {
	n := int(min(int64(limit), s.pos-j.cursor))
	j.cursor += int64(n)
	if lost {
		return segment{kind: segLost, n: n, slot: s}
	}
	g := segment{kind: segPause, n: limit}
	if quiet != nil {
		g.payload = j.payload(quiet)
	}
	return g
}

// due is the packet that plays at the cursor from its first sample on and lasts
// a frame, nil when none is the next to be played.
func (j *jitterBuffer) due() *slot {
	if s := j.slot(j.first); s.audio() && s.seq == j.first && s.pos == j.cursor && s.n == frameUnits {
		return s
	}
	return nil
}

// play is s from the cursor on.
func (j *jitterBuffer) play(s *slot) segment {
	skip, codec := int(j.cursor-s.pos), s.codec()
	n := int(s.n) - skip
	j.cursor += int64(n)
	j.consume(s.seq)
	return segment{kind: segAudio, codec: codec, n: n, skip: skip, slot: s}
}

// waits reports whether audio is there for the cursor, without a hole.
func (j *jitterBuffer) waits() bool {
	for k := j.first; j.started && j.hi.Sub(k) >= 0; k = k.Add(1) {
		s := j.slot(k)
		if !s.audio() || s.seq != k || s.pos > j.cursor {
			return false
		}
		if s.end() > j.cursor {
			return true
		}
	}
	return false
}

// consume gives the places up to and including k free.
func (j *jitterBuffer) consume(k Seq) {
	for s := j.first; k.Sub(s) >= 0; s = s.Add(1) {
		j.drop(j.slot(s))
	}
	j.first = k.Add(1)
}
