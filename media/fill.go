package media

// longestRecovered is the most that redundancy can make good, in ms.
const longestRecovered = 60

// ownFade is how long a codec conceals by itself before silence, in ms.
const ownFade = 120

// fill sees to it that a frame is pending, and counts what it is made of. Voice
// is false when all of it is silence.
func (p *playout) fill() (voice bool) {
	p.missing, p.starved = false, false
	voice = p.store.pending() > 0
	for p.store.pending() < p.store.frame() {
		lacks := (p.store.frame() - p.store.pending()) * p.unit()
		switch s := p.next(lacks); s.kind {
		case segAudio:
			p.decode(s)
			voice = true
		case segPause:
			voice = p.hush(s) || voice
		default:
			voice = p.conceal(s) || voice
		}
	}
	p.count()
	return voice
}

// decode appends what is left of a packet to the store.
func (p *playout) decode(s segment) {
	k, c := s.slot, s.codec
	d, rate := p.decoders[c], c.SampleRate()
	if rate != p.store.rate {
		p.turn()
		p.store.convert(rate)
		p.plc.setRate(rate)
		p.aim()
	}
	if c != p.coded {
		d.reset() // the sender has begun anew with this codec; an old state would burst
	}
	unit := p.unit()
	pcm := p.store.room(int(k.n) / unit)
	n := d.decode(pcm, p.payload(k))
	if n < len(pcm) { // the payload is broken in the middle
		p.stats.Undecodable++
		p.plc.conceal(pcm[n:], p.store.heard())
		p.missing = true
	}
	if skip := min(s.skip/unit, len(pcm)); skip > 0 {
		pcm = pcm[:copy(pcm, pcm[skip:])]
	}
	if c != p.coded && !exact(c, p.coded) {
		leadOn(pcm, p.store.heard(), rate)
	}
	p.coded = c
	if p.own == NoCodec {
		p.plc.audio(pcm)
	}
	p.store.add(len(pcm))
	p.heard(c)
}

// heard notes that audio came.
func (p *playout) heard(c Codec) {
	p.plc.made, p.plc.silent = 0, false
	p.comfort.stop()
	p.own, p.faded = NoCodec, 0
	if c == Opus { // the others have no concealment of their own
		p.own = c
	}
	p.dryRun = 0
}

// hush appends the silence that the sender intends, with the comfort noise it
// asks for.
func (p *playout) hush(s segment) (sound bool) {
	p.comfort.describe(s.payload)
	pcm := p.store.room(max(1, s.n/p.unit()))
	sound = p.comfort.fill(pcm, p.store.rate)
	p.store.add(len(pcm))
	p.plc.pause()
	p.own = NoCodec
	return sound
}

// conceal appends what may have stood in a hole: what the packet behind it
// repeats, what the codec makes up, or the repetition of what was heard.
func (p *playout) conceal(s segment) (voice bool) {
	if s.kind == segLost && p.recover(s) {
		return true
	}
	pcm := p.store.room(max(1, s.n/p.unit()))
	if p.own != NoCodec {
		voice = p.concealOwn(pcm)
	} else {
		voice = p.plc.conceal(pcm, p.store.heard())
	}
	p.store.add(len(pcm))
	if voice || s.kind == segLost {
		p.missing = true
		p.starved = p.starved || s.kind == segDry
	}
	return voice
}

// recover appends the whole hole before a packet that repeats what was in it.
func (p *playout) recover(s segment) bool {
	k := s.slot
	hole := s.n + int(k.pos-p.cursor) // the cursor stands behind s
	d := p.decoders[k.codec()]
	if k.codec().SampleRate() != p.store.rate || hole > units(longestRecovered) {
		return false
	}
	pcm := p.store.room(hole / p.unit())
	if !d.recover(pcm, p.payload(k)) {
		return false
	}
	p.store.add(len(pcm))
	p.cursor = k.pos
	p.stats.Recovered += uint64((hole + frameUnits - 1) / frameUnits)
	return true
}

// concealOwn has the codec make up pcm, and lets it fall silent in time.
func (p *playout) concealOwn(pcm []int16) (voice bool) {
	end := ownFade * p.store.rate / 1000
	if p.faded >= end || !p.decoders[p.own].conceal(pcm) {
		clear(pcm)
		return false
	}
	fade := p.store.rate * fadeEnd / 1000 // the last of it
	for i := range pcm {
		left := max(0, end-p.faded-i)
		if left < fade {
			pcm[i] = int16(int(pcm[i]) * left / fade)
		}
	}
	p.faded += len(pcm)
	return true
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
