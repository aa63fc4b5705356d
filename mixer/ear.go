package mixer

// listen computes what p hears.
func (m *Mixer) listen(p *Party, r *ConferenceAudio) {
	p.Bus = p.bus
	switch {
	case p.State.Deaf || p.mixer == nil:
		p.Out, p.prompted, p.limiter = nil, false, idle
	case p.now.ear == ear{} && p.then.ear == ear{}:
		p.Out, p.prompted, p.limiter = m.silence(), false, idle
	case !p.hearsTheConference(r):
		m.compose(p, r)
		p.Out = m.frameAt(m.scratch.out, p.place)
		p.limiter.limit(p.Out, m.acc())
	case p.voice == silent && p.limiter == m.limiterBefore:
		p.Out, p.Bus, p.limiter = m.scratch.common[:m.frame], 0, m.limiter
	default:
		m.mixMinus(p)
	}
}

// hearsTheConference reports whether p hears what everybody hears, but for its own
// voice: nothing private, nothing fading at its ear.
func (p *Party) hearsTheConference(r *ConferenceAudio) bool {
	return p.now.ear == openEar && p.then.ear == openEar &&
		p.asides == nil &&
		(r.Beep == nil || r.BeepExcept != p)
}

// mixMinus gives p the common mix without its own voice.
func (m *Mixer) mixMinus(p *Party) {
	p.Out = m.frameAt(m.scratch.out, p.place)
	voice := m.shaped(p, p.voice)
	if p.limiter == idle && minus(p.Out, m.scratch.full, voice) {
		return
	}
	difference(m.acc(), m.scratch.full, voice)
	p.limiter.limit(p.Out, m.acc())
}

// minus sets out to sum without voice and reports whether that fits.
func minus(out []int16, sum []int32, voice []int16) bool {
	if voice == nil {
		return narrow(out, sum)
	}
	sum, voice = sum[:len(out)], voice[:len(out)]
	var high uint32
	for i := range out {
		v := sum[i] - int32(voice[i])
		high |= uint32(v + 1<<15)
		out[i] = int16(v)
	}
	return high < 1<<16
}

// compose puts into m.acc what p hears when it is not simply the conference: each
// part with its own fade.
func (m *Mixer) compose(p *Party, r *ConferenceAudio) {
	was, is, acc := &p.then.ear, &p.now.ear, m.acc()
	m.voicesFor(p)
	addFading(acc, r.Announce, was.announce, is.announce, m.ramp)
	if p != r.BeepExcept {
		addFading(acc, r.Beep, was.beep, is.beep, m.ramp)
	}
	prompts := p.Prompt != nil && is.prompt && !(is.yields && r.Announce != nil)
	addFading(acc, p.Prompt, p.prompted && !p.PromptFresh, prompts, m.ramp)
	addFading(acc, p.PromptEnding, p.prompted, false, m.ramp)
	p.prompted = prompts
}

// voicesFor puts into m.acc the voices that p hears, at the gain of its ear.
// An ear that closes hears the past fade.
func (m *Mixer) voicesFor(p *Party) {
	was, is := p.then.ear.voices, p.now.ear.voices
	switch {
	case was == 0 && is == 0:
		clear(m.acc())
		return
	case is == 0:
		m.pastVoicesFor(p)
	default:
		m.presentVoicesFor(p)
	}
	scale(m.acc(), was, is, m.ramp)
}

// presentVoicesFor sums the conference without p's own voice and with its coaches.
func (m *Mixer) presentVoicesFor(p *Party) {
	acc := m.acc()
	difference(acc, m.sum(), m.shaped(p, p.voice))
	for a := p.asides; a != nil; a = a.next {
		if a.want == a.common {
			continue
		}
		if v := m.shaped(a.voice, a.common); v != nil {
			subtract(acc, v)
		}
		if v := m.shaped(a.voice, a.want); v != nil {
			add(acc, v)
		}
	}
}

// pastVoicesFor sums what p heard of voices before this tick, mirrored in
// time, for the length of a ramp.
func (m *Mixer) pastVoicesFor(p *Party) {
	acc, sum := m.acc(), m.pastSum()
	clear(acc)
	mirror := func(i int) int { return len(sum) - 1 - i }
	for i := range sum {
		acc[i] = sum[mirror(i)]
	}
	if p.hasPast && p.then.speaks {
		for i := range p.past {
			acc[i] -= int32(p.past[mirror(i)])
		}
	}
	for a := p.asides; a != nil; a = a.next {
		// Nobody whispers to a closed ear: these are the coaches it had.
		if a.voice.hasPast {
			for i := range sum {
				acc[i] += int32(a.voice.past[mirror(i)])
			}
		}
	}
}
