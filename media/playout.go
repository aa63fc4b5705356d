package media

import (
	"time"

	"partyline/media/resample"
)

// Where the playout control keeps the slack: the time between the latest a
// packet is expected and the moment it plays, in milliseconds. One tick's phase
// against the packets is anywhere in 20 ms, so the band is wider than that.
const (
	slackStart  = 8  // before the first packet plays
	slackLow    = 3  // below it audio is lengthened where nobody hears it,
	slackUrgent = 1  // below this, soon
	slackHigh   = 31 // above it audio is shortened where nobody hears it,
	slackExcess = 36 // above this, soon
	slackFar    = 80 // above this, more often
)

// Frames between two corrections, and frames in a row that must call for one:
// a few late ticks are no reason.
const (
	quietEvery  = 5
	speechEvery = 10
	farEvery    = 3
	urgency     = 3  // to lengthen
	patience    = 10 // to shorten
)

// quietPeak is the sample value that a frame stays below when a correction in
// it is not heard: -50 dBov.
const quietPeak = 100

// playout turns what the jitter buffer holds into frames, one a tick. It
// conceals what is missing and keeps the delay as short as the jitter allows,
// stretching and shrinking the audio where the slack leaves its band; audio in
// between is untouched.
//
//	packet ─► jitterBuffer ─► decoder ─► store ─► stretch ─► frame ─► conference's rate
//	               └──── while all is calm: direct ────────────────────────►┘
type playout struct {
	calm   bool  // see direct
	quiet  bool  // the last frame was faint
	coded  Codec // of what was decoded last
	lately lately

	lag    int32 // playout delay at the last frame, in media time
	since  int32 // frames since the last correction
	tight  int32 // frames in a row with less slack than slackLow
	roomy  int32 // frames in a row with more than slackHigh
	dryRun int32 // frames since audio came
	change changeover

	jitterBuffer // from here on a calm tick needs its beginning

	store    store
	outHz    int          // of the frames given
	way      resample.Way // from the store's rate to outHz
	rings    bool         // the last frame was converted and held sound
	missing  bool         // the frame being made holds concealment
	starved  bool         // because nothing had come
	own      Codec        // that conceals what follows by itself, NoCodec for none
	faded    int          // samples that own has made up
	plc      concealer
	comfort  noise
	decoders [NumCodecs]decoder

	// lastHeard is the end of the frame before a change that is due. Its memory
	// is given to a leg whose codecs differ in rate; heardMost is enough.
	lastHeard []int16
}

// init makes p ready to wait for adopt.
func (p *playout) init() {
	p.store.rate, p.outHz, p.quiet = sampleRate, sampleRate, true
	p.plc.setRate(sampleRate)
}

// adopt takes over the decoders and buffers that s brings and p has not. What
// is there goes on, and so do the decoders of codecs no longer agreed on:
// their packets may still be on their way.
func (p *playout) adopt(s *Setup) {
	p.settle()
	for c, d := range s.decoders {
		if p.decoders[c] == nil {
			p.decoders[c] = d
		}
	}
	p.jitterBuffer.adopt(s.arena, s.stride)
	p.store.adopt(s.pcm)
	if len(s.loop) > cap(p.plc.loop) {
		p.plc.loop = s.loop[:0]
		p.plc.pause()
	}
	if len(s.heard) > cap(p.lastHeard) {
		p.lastHeard = s.heard[:0]
	}
}

// take puts an audio packet that passed every check into the jitter buffer.
func (p *playout) take(seq Seq, ts Timestamp, c Codec, payload []byte, at time.Time) {
	if len(payload) == 0 {
		p.pushQuiet(seq, nil)
		return
	}
	n := len(payload)
	if !p.calm || c != p.coded || n > frameSamples {
		if n = p.samples(c, payload); n == 0 {
			p.stats.Undecodable++
			return
		}
	}
	if !p.arena.fits(len(payload)) {
		p.settle()
	}
	p.push(seq, ts, c, n*c.facts().unit, payload, at)
}

// samples is how many samples a payload of codec c holds, 0 for one that cannot
// be played.
func (p *playout) samples(c Codec, payload []byte) int {
	d := p.decoders[c]
	if d == nil {
		return 0
	}
	return d.samples(payload)
}

// pushQuiet takes in a packet without audio, as the jitter buffer does.
func (p *playout) pushQuiet(seq Seq, payload []byte) {
	p.settle()
	p.jitterBuffer.pushQuiet(seq, payload)
}

// frame fills dst with the next frame at the rate of setRate, at the tick's
// time. Voice is false when dst is digital silence.
func (p *playout) frame(dst []int16, now time.Time) (voice bool) {
	if p.origin.IsZero() {
		clear(dst)
		return false
	}
	slack, playing := p.pace(now)
	if playing && p.calm {
		if s := p.due(); s != nil && !p.wantsInsert(slack) && !p.wantsDrop(slack) {
			return p.direct(dst, s)
		}
	}
	p.settle()
	var pcm []int16
	if playing {
		pcm = p.native(slack)
	}
	voice = p.give(dst, pcm)
	p.calm = p.calms()
	return voice
}

// give fills dst with the frame just taken, pcm, at the rate of the conference.
// Nil is silence.
func (p *playout) give(dst, pcm []int16) (voice bool) {
	if pcm == nil && !p.rings {
		clear(dst)
		p.change.none()
		return false
	}
	voice = true
	if p.store.rate == p.outHz {
		copy(dst, pcm)
	} else {
		voice = p.convert(dst, pcm != nil)
	}
	if p.bend(dst) {
		voice = !silent(dst)
	}
	return voice
}

// convert fills dst with the frame just taken at the rate of the conference.
// Sound says that it is no silence: the filters ring for a frame more.
func (p *playout) convert(dst []int16, sound bool) (voice bool) {
	p.rings = sound
	from := p.store.play - p.store.frame()
	if len(dst)*framesPerSecond != p.outHz || from < p.way.Past() {
		clear(dst)
		return false
	}
	p.way.Convert(dst, p.store.buf[:from], p.store.buf[from:p.store.play])
	return !silent(dst)
}

// setRate says at which rate frames are given from now on. They continue those
// before; the first goes on from the old delay of resampling to the new one.
func (p *playout) setRate(hz int) {
	if hz == p.outHz {
		return
	}
	p.settle()
	before := p.way.Delay()
	p.outHz = hz
	p.aim()
	p.change.due, p.change.late = false, samplesIn(p.way.Delay()-before, hz)
}

// aim leads from the store's rate to the conference's.
func (p *playout) aim() {
	way, err := resample.NewWay(p.store.rate, p.outHz)
	if err == nil {
		p.way = way
	}
	p.rings = p.change.after && p.store.rate != p.outHz
}

// pace lets a tick come, and returns the slack there is. Playing is false until
// the slack is enough to begin with.
func (p *playout) pace(now time.Time) (slack int, playing bool) {
	p.since++
	p.bound()
	waited := int(p.mediaTime(now) - p.position())
	slack = waited - p.high() - int(p.extra)
	p.weigh(slack)
	if !p.playing {
		if slack < units(slackStart) {
			return slack, false
		}
		p.playing = true
	}
	p.lag = int32(waited - p.transit.low)
	return slack, true
}

// native returns the next frame at the store's rate, nil for digital silence.
func (p *playout) native(slack int) []int16 {
	if p.dry && p.dryRun >= 3 && slack > units(slackHigh) && p.empty() {
		p.cursor += frameUnits // nobody hears it
	}
	insert := p.wantsInsert(slack)
	var voice bool
	if insert && p.store.pending() == 0 && !p.waits() {
		voice = p.await()
	} else {
		voice = p.fill()
		p.stretch(insert, slack)
	}
	pcm := p.store.take()
	p.quiet = faint(pcm)
	if !voice || silent(pcm) {
		return nil
	}
	return pcm
}

// position is the media position that is played next. The cursor is ahead of it
// by what is decoded.
func (p *playout) position() int64 {
	if p.calm {
		return p.cursor
	}
	return p.cursor - int64(p.store.pending()*p.unit())
}

// unit is one sample of the store in media time.
func (p *playout) unit() int { return mediaRate / p.store.rate }

// weigh counts how long the slack has been out of its band. The slack is how
// long the audio that is played next could still have been on its way.
func (p *playout) weigh(slack int) {
	p.tight++
	if slack >= units(slackLow) {
		p.tight = 0
	}
	p.roomy++
	if slack <= units(slackHigh) {
		p.roomy = 0
	}
}

func (p *playout) wantsInsert(slack int) bool {
	switch {
	case p.tight < urgency:
		return false
	case slack < units(slackUrgent):
		return p.since >= speechEvery
	}
	return p.quiet && p.since >= quietEvery
}

func (p *playout) wantsDrop(slack int) bool {
	switch {
	case p.roomy < patience:
		return false
	case slack > units(slackFar):
		return p.since >= farEvery
	case slack > units(slackExcess):
		return p.since >= speechEvery
	}
	return p.quiet && p.since >= quietEvery
}

// correct counts a correction by one frame.
func (p *playout) correct(counter *uint64, sum *time.Duration) {
	*counter++
	*sum += time.Second / framesPerSecond
	p.since = 0
}

// await makes up a frame without moving the cursor: what is due may still come.
func (p *playout) await() (voice bool) {
	p.correct(&p.stats.Inserted, &p.stats.Stretched)
	if p.quiet || p.dry {
		p.hush(segment{n: frameUnits})
		return false
	}
	p.dryRun++
	return p.conceal(segment{kind: segDry, n: frameUnits})
}

// stretch makes what is pending longer or shorter by a frame, when it is time.
func (p *playout) stretch(insert bool, slack int) {
	switch {
	case insert && p.store.lengthen():
		p.correct(&p.stats.Inserted, &p.stats.Stretched)
	case !insert && p.wantsDrop(slack):
		p.shrink(slack <= units(slackExcess))
	}
}

// shrink leaves out a frame of what is pending and what waits. Unheard says
// that it has time until both are faint: neither an onset nor the end of a word
// is left out.
func (p *playout) shrink(unheard bool) {
	for p.store.pending() < 2*p.store.frame() && p.waits() {
		p.decode(p.next(frameUnits))
	}
	if unheard && !faint(p.store.buf[p.store.play:p.store.end]) {
		return
	}
	if p.store.shorten() {
		p.correct(&p.stats.Dropped, &p.stats.Shrunk)
	}
}

// bound drops the oldest when too much waits: the sender runs too fast or sent
// a burst after a stall. The transit times up to then say nothing any more.
func (p *playout) bound() {
	if p.level() <= p.spread()+units(moreLevel) {
		return
	}
	p.cursor = p.refPos - frameUnits
	p.store.drop(p.store.pending())
	for i := range p.ring {
		s := &p.ring[i]
		if s.audio() && s.end() <= p.cursor {
			p.stats.Overflow++
			p.drop(s)
		}
	}
	p.transit.forget()
}

// skip lets frames pass that were never asked for.
func (p *playout) skip(frames int) {
	p.settle()
	if !p.playing {
		return
	}
	for range frames {
		n := p.store.frame()
		done := min(n, p.store.pending())
		p.store.drop(done)
		p.cursor += int64((n - done) * p.unit())
	}
}

// delay is how long a packet that travels as fast as the fastest of late waits
// from arrival to playout, as of the last frame.
func (p *playout) delay() time.Duration {
	return time.Duration(p.lag)*time.Second/mediaRate + p.way.Delay()
}

// faint reports whether every sample is below quietPeak; it looks no further
// than the first sound.
func faint(pcm []int16) bool {
	for _, s := range pcm {
		if uint16(s+quietPeak-1) > 2*(quietPeak-1) {
			return false
		}
	}
	return true
}

// silent reports whether every sample is 0.
func silent(pcm []int16) bool {
	for len(pcm) >= 8 {
		x := (*[8]int16)(pcm)
		if x[0]|x[1]|x[2]|x[3]|x[4]|x[5]|x[6]|x[7] != 0 {
			return false
		}
		pcm = pcm[8:]
	}
	for _, s := range pcm {
		if s != 0 {
			return false
		}
	}
	return true
}

// reset forgets everything: the phone was not listened to for a while.
func (p *playout) reset() {
	p.settle()
	p.restart()
	p.origin = time.Time{}
	p.playing, p.dry, p.cursor, p.unclear = false, false, 0, 0
	p.transit.clear()
	p.store.reset(p.store.rate)
	p.plc.pause()
	p.comfort.stop()
	p.rings, p.quiet = false, true
	p.change.none()
	p.dryRun, p.since, p.lag, p.tight, p.roomy = 0, 0, 0, 0, 0
}

// restart forgets the sequence and the state of the decoders: a new SSRC or a
// jump. Position, delay and jitter stay.
func (p *playout) restart() {
	p.settle()
	p.jitterBuffer.restart()
	p.forgetSender()
}

// forgetSender starts the decoders anew: another one follows.
func (p *playout) forgetSender() {
	for _, d := range p.decoders {
		if d != nil {
			d.reset()
		}
	}
	p.own = NoCodec
}
