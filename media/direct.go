package media

// pastFrames is how many frames cover storePast.
const pastFrames = (storePast*framesPerSecond + 999) / 1000

// lately is the packets that direct played last. Their payloads stay in the arena
// until their PCM is needed, or room.
type lately struct {
	n  uint8
	at [pastFrames]uint8 // where in the arena, oldest first
}

// direct fills dst with the packet that is due, and is all that a calm tick
// does: the jitter buffer holds the next packet of G.711 at the conference's own
// rate, a frame long, and nothing waits in the store or leads over from what was
// heard. The store does not see its PCM; settle makes up for that. It reports
// what frame does.
func (p *playout) direct(dst []int16, s *slot) (voice bool) {
	DecodeFrame(p.coded, dst, p.payload(s))
	p.cursor += frameUnits
	p.pass(s)
	p.dryRun = 1
	p.quiet = faint(dst)
	voice = !p.quiet || !silent(dst)
	p.change.after = voice
	return voice
}

// due is the packet that direct can play, nil when there is none.
func (p *playout) due() *slot {
	if s := p.jitterBuffer.due(); s != nil && s.codec() == p.coded && s.size == frameSamples {
		return s
	}
	return nil
}

// calms reports whether the next packet in turn can be played by direct.
func (p *playout) calms() bool {
	return p.coded.g711() && p.store.rate == sampleRate && p.outHz == sampleRate &&
		p.store.pending() == 0 && p.plc.made == 0 && !p.plc.silent && !p.comfort.on
}

// pass empties the place of the packet that is played, and keeps its payload.
func (p *playout) pass(s *slot) {
	if d := &p.lately; d.n < pastFrames {
		d.at[d.n] = s.at
		d.n++
	} else {
		p.arena.free(d.at[0], frameSamples)
		copy(d.at[:], d.at[1:])
		d.at[pastFrames-1] = s.at
	}
	s.content = holdsNothing
	p.first = s.seq.Add(1)
}

// settle ends the calm: the store takes in what was heard, as if all had gone
// through it.
func (p *playout) settle() {
	if !p.calm {
		return
	}
	p.calm = false
	for _, at := range p.lately.at[:p.lately.n] {
		n := DecodeFrame(p.coded, p.store.room(frameSamples), p.arena.bytes(at, frameSamples))
		p.store.add(n)
		p.store.drop(n)
		p.arena.free(at, frameSamples)
	}
	p.lately.n = 0
}
