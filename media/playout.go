package media

import (
	"math"
	"time"
)

// Where the playout control keeps the slack: the time between the latest a
// packet is expected and the moment it plays, in milliseconds. One tick's phase
// against the packets is anywhere in 20 ms, so the band is wider than that.
const (
	slackStart  = 8  // before the first packet plays
	slackLow    = 3  // below it a frame is inserted where nobody hears it,
	slackUrgent = 1  // below this, at once
	slackHigh   = 31 // above it a frame is dropped where nobody hears it,
	slackExcess = 36 // above this, at once
	slackFar    = 80 // above this, more often
)

// Frames between two corrections, and frames in a row that must call for one:
// a few late ticks are no reason.
const (
	quietEvery  = 5
	speechEvery = 10
	farEvery    = 3
	urgency     = 3  // to insert
	patience    = 10 // to drop
)

// spliceLength is the cross-fade where a frame is left out: 5 ms.
const spliceLength = 40

// quietPeak is the sample value that a frame stays below when a frame more or
// less of it is not heard: -50 dBov.
const quietPeak = 100

// playout turns what the jitter buffer holds into frames, one a tick. It
// conceals what is missing and keeps the delay as short as the jitter allows,
// adding or leaving out whole frames, so that audio in between is untouched.
type playout struct {
	jitterBuffer
	plc concealer

	lag     int  // playout delay at the last frame, in samples
	since   int  // frames since the last correction
	tight   int  // frames in a row with less slack than slackLow
	roomy   int  // frames in a row with more than slackHigh
	quiet   bool // the last frame was faint
	dryRun  int  // frames since audio came
	missing bool // the frame being made holds concealment
	starved bool // because nothing had come
}

// frame fills dst with the next frame, at the tick's time. Voice is false when
// dst is digital silence.
func (p *playout) frame(dst []int16, now time.Time) (voice bool) {
	if p.origin.IsZero() {
		clear(dst)
		return false
	}
	p.since++
	p.bound()
	slack := p.slack(now)
	p.weigh(slack)
	if !p.playing {
		if slack < p.ms(slackStart) {
			clear(dst)
			return false
		}
		p.playing = true
	}
	p.lag = int(p.samples(now)-p.cursor) - p.transit.low
	switch {
	case p.wantsInsert(slack):
		p.correct(&p.stats.Inserted)
		return p.insert(dst)
	case p.dry && p.dryRun >= 3 && slack > p.ms(slackHigh) && p.empty():
		p.cursor += int64(len(dst)) // nobody hears it
	}
	voice = p.fill(dst)
	p.quiet = p.quiet && faint(dst) // an onset is not left out
	if p.wantsDrop(slack) && !p.empty() {
		p.correct(&p.stats.Dropped)
		voice = p.skim(dst) || voice
	}
	p.quiet = faint(dst)
	return voice
}

// slack is how long the audio under the cursor could still have been on its
// way, in samples.
func (p *playout) slack(now time.Time) int {
	return int(p.samples(now)-p.cursor) - p.high() - p.extra
}

// weigh counts how long the slack has been out of its band.
func (p *playout) weigh(slack int) {
	p.tight++
	if slack >= p.ms(slackLow) {
		p.tight = 0
	}
	p.roomy++
	if slack <= p.ms(slackHigh) {
		p.roomy = 0
	}
}

func (p *playout) wantsInsert(slack int) bool {
	switch {
	case p.tight < urgency:
		return false
	case slack < p.ms(slackUrgent):
		return p.since >= speechEvery
	}
	return p.quiet && p.since >= quietEvery
}

func (p *playout) wantsDrop(slack int) bool {
	switch {
	case p.roomy < patience:
		return false
	case slack > p.ms(slackFar):
		return p.since >= farEvery
	case slack > p.ms(slackExcess):
		return p.since >= speechEvery
	}
	return p.quiet && p.since >= quietEvery
}

// correct counts one frame more or less.
func (p *playout) correct(counter *uint64) {
	*counter++
	p.since = 0
}

// insert fills dst without moving the cursor.
func (p *playout) insert(dst []int16) (voice bool) {
	if p.quiet || p.dry {
		p.plc.pause(dst)
		return false
	}
	return p.plc.conceal(dst)
}

// skim makes dst, the frame that was due, and the one after it into one.
func (p *playout) skim(dst []int16) (voice bool) {
	var due [frameSamples]int16
	n := copy(due[:], dst)
	voice = p.fill(dst)
	splice(dst, due[:n])
	return voice
}

// bound drops the oldest when too much waits: the sender runs too fast or sent
// a burst after a stall. The transit times up to then say nothing any more.
func (p *playout) bound() {
	if p.level() <= p.ms(maxLevel) {
		return
	}
	p.cursor = p.refPos - int64(p.ms(20))
	for i := range p.ring {
		s := &p.ring[i]
		if s.kind == slotAudio && s.pos+int64(s.n) <= p.cursor {
			p.stats.Overflow++
			s.kind = slotEmpty
		}
	}
	p.transit.forget()
}

// fill makes one frame from the cursor on.
func (p *playout) fill(dst []int16) (voice bool) {
	p.missing, p.starved = false, false
	for done := 0; done < len(dst); {
		s := p.next(len(dst) - done)
		part := dst[done : done+s.n]
		switch s.kind {
		case segAudio:
			DecodeFrame(s.codec, part, s.payload)
			p.plc.audio(part)
			p.dryRun = 0
			voice = true
		case segPause:
			p.plc.pause(part)
		default:
			voice = p.conceal(part, s.kind) || voice
		}
		done += s.n
	}
	p.count()
	if voice && silent(dst) {
		return false
	}
	return voice
}

// conceal makes up a stretch of a frame.
func (p *playout) conceal(part []int16, kind segmentKind) (voice bool) {
	voice = p.plc.conceal(part)
	if voice || kind == segLost {
		p.missing = true
		p.starved = p.starved || kind == segDry
	}
	return voice
}

// count books the frame just made. Why the buffer ran dry, the next packet
// tells.
func (p *playout) count() {
	p.dryRun++
	switch {
	case p.starved:
		p.unclear++
	case p.missing:
		p.stats.Concealed++
	}
}

// skip moves the cursor over frames that were never asked for.
func (p *playout) skip(frames int) {
	if p.playing {
		p.cursor += int64(frames * p.ms(20))
	}
}

// delay is how long a packet that travels as fast as the fastest of late waits
// from arrival to playout, as of the last frame.
func (p *playout) delay() time.Duration {
	return time.Duration(p.lag) * time.Second / time.Duration(p.rate)
}

// splice makes one frame of two: dst follows first, and becomes a frame that
// begins as first and ends as dst. The change is made where they differ least.
func splice(dst, first []int16) {
	at, n := 0, min(spliceLength, len(dst))
	least := int64(math.MaxInt64)
	for s := 0; s+n <= len(dst); s += 4 {
		if d := distance(dst[s:s+n], first[s:s+n]); d < least {
			at, least = s, d
		}
	}
	copy(dst[:at], first)
	for i := range n {
		a, b := int(first[at+i]), int(dst[at+i])
		dst[at+i] = int16((a*(n-i) + b*i) / n)
	}
}

// distance is the energy of the difference.
func distance(a, b []int16) (sum int64) {
	for i, s := range a {
		d := int64(s) - int64(b[i])
		sum += d * d
	}
	return sum
}

// faint reports whether every sample is below quietPeak; it looks no further
// than the first sound.
func faint(pcm []int16) bool {
	for _, s := range pcm {
		if s >= quietPeak || s <= -quietPeak {
			return false
		}
	}
	return true
}

// silent reports whether every sample is 0.
func silent(pcm []int16) bool {
	for _, s := range pcm {
		if s != 0 {
			return false
		}
	}
	return true
}

// reset forgets everything: the phone was not listened to for a while.
func (p *playout) reset() {
	p.restart()
	p.origin = time.Time{}
	p.playing, p.dry, p.cursor, p.unclear = false, false, 0, 0
	p.transit.n, p.transit.write, p.transit.due = 0, 0, 0
	p.plc.made = fadeEnd
	p.dryRun, p.since, p.lag, p.tight, p.roomy = 0, 0, 0, 0, 0
}
