package mixer

// listen computes what p hears.
func (m *Mixer) listen(p *Party, r *ConferenceAudio) {
	switch p.part {
	case talker, listener:
		if r.Beep == nil || r.BeepExcept != p {
			m.hearConference(p)
			return
		}
	case apart:
		if out := m.onlyPrompt(p, r); out != nil {
			p.hearAlone(out)
			return
		}
	}
	m.listenToParts(p, r)
}

// hearAlone gives p an Out that it need not share.
func (p *Party) hearAlone(out []int16) {
	p.Out = out
	if p.Bus == 0 {
		p.Bus = p.bus
	}
}

// listenToParts computes what p hears where something is private or fades.
func (m *Mixer) listenToParts(p *Party, r *ConferenceAudio) {
	switch {
	case p.State.Deaf || p.mixer == nil:
		p.hearAlone(nil)
		p.prompted, p.limiter = false, idle
	case p.now.ear == ear{} && p.then.ear == ear{}:
		p.hearAlone(m.silence())
		p.prompted, p.limiter = false, idle
	case p.hearsConference(r):
		m.hearConference(p)
	default:
		m.compose(p, r)
		p.hearAlone(m.frameAt(m.scratch.out, p.place))
		p.limiter.limit(p.Out, m.acc())
	}
}

// hearsConference reports whether p hears what everybody hears, but for its own
// voice: nothing private, nothing fading at its ear.
func (p *Party) hearsConference(r *ConferenceAudio) bool {
	return p.now.ear == openEar && p.then.ear == openEar &&
		p.asides == nil &&
		(r.Beep == nil || r.BeepExcept != p)
}

// hearConference gives p the common mix without its own voice, or leaves that to
// Hear.
func (m *Mixer) hearConference(p *Party) {
	if p.voice == silent && p.limiter == m.limiterBefore {
		p.Out, p.Bus, p.limiter = m.common(), 0, m.limiter
		return
	}
	if m.leaves() {
		p.hearAlone(owed)
		return
	}
	p.hearAlone(m.frameAt(m.scratch.out, p.place))
	m.mixMinus(p, p.Out, m.acc())
}

// mixMinus is the common mix without p's own voice, worked out in acc.
func (m *Mixer) mixMinus(p *Party, out []int16, acc []int32) {
	full, voice := m.scratch.full, m.shaped(p, p.voice)
	switch {
	case p.limiter != idle:
	case p.voice == steady && p.Level <= m.room:
		minus(out, full, voice)
		return
	case voice == nil && narrow(out, full):
		return
	case voice != nil && tryMinus(out, full, voice):
		return
	}
	difference(acc, full, voice)
	p.limiter.limit(out, acc)
}

// onlyPrompt is what p, who is apart, hears when that is nothing but the prompt it
// heard before, or nothing at all. Otherwise nil.
func (m *Mixer) onlyPrompt(p *Party, r *ConferenceAudio) []int16 {
	switch {
	case p.limiter != idle || r.Announce != nil && p.now.ear.announce:
	case p.Prompt == nil && !p.prompted:
		return m.silence()
	case p.Prompt != nil && p.prompted && !p.PromptFresh && p.PromptEnding == nil:
		return p.Prompt[:m.frame]
	}
	return nil
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
		own := p.past(len(sum))
		for i := range sum {
			acc[i] -= int32(own[mirror(i)])
		}
	}
	for a := p.asides; a != nil; a = a.next {
		// Nobody whispers to a closed ear: these are the coaches it had.
		if a.voice.hasPast {
			whispered := a.voice.past(len(sum))
			for i := range sum {
				acc[i] += int32(whispered[mirror(i)])
			}
		}
	}
}
