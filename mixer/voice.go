package mixer

// shape is how a voice arrives at an ear in one tick.
type shape uint8

const (
	silent  shape = iota
	steady        // as it is
	rising        // faded in
	falling       // its past faded out
)

// shapeOf is the shape of a voice that was heard before this tick, or not,
// and is to be heard from now on, or not.
func shapeOf(before, after bool) shape {
	switch {
	case before && after:
		return steady
	case after:
		return rising
	case before:
		return falling
	}
	return silent
}

// aside is a voice that one listener hears otherwise than the conference does.
type aside struct {
	voice  *Party
	want   shape // for this listener
	common shape // already in the conference's sum
	next   *aside
}

// shaped returns the samples of p's voice in shape s, nil for silence.
func (m *Mixer) shaped(p *Party, s shape) []int16 {
	switch {
	case s == steady && p.Live:
		return p.In
	case s == rising && p.Live:
		return m.frameAt(m.scratch.rising, p.place)
	case s == falling && p.hasPast:
		return m.frameAt(m.scratch.falling, p.place)
	}
	return nil
}

// turnVoice prepares the shapes of a voice whose route changes.
func (m *Mixer) turnVoice(p *Party) {
	if p.Live {
		in := m.frameAt(m.scratch.rising, p.place)
		copy(in, p.In)
		for i, x := range m.ramp {
			in[i] = int16(x.times(int32(p.In[i])))
		}
	}
	if p.hasPast {
		out, past := m.frameAt(m.scratch.falling, p.place), p.past(len(m.ramp))
		for i, x := range m.ramp {
			out[i] = int16((unity - x).times(int32(past[len(past)-1-i])))
		}
		clear(out[len(m.ramp):])
	}
}

// speak adds p's voice to the conference's sum and measures it.
func (m *Mixer) speak(p *Party) {
	s := p.shapeForAll()
	p.voice, p.Level = silent, LevelFloor
	switch {
	case !p.Live:
	case s == steady:
		if energy := addMeasured(m.sum(), p.In); energy != 0 {
			p.voice, p.Level = steady, levelOf(energy, len(p.In))
		}
	default:
		p.Level = Level(p.In)
	}
	if !m.turning {
		p.remember(len(m.ramp))
		return
	}
	if p.voiceTurns() {
		m.turnVoice(p)
	}
	if s == rising || s == falling {
		if v := m.shaped(p, s); v != nil {
			p.voice = s
			add(m.sum(), v)
		}
	}
}

// shapeForAll is the shape in which the conference hears p's voice.
func (p *Party) shapeForAll() shape {
	switch p.part {
	case talker:
		return steady
	case special:
		return shapeOf(p.then.speaks, p.now.speaks)
	}
	return silent
}

// voiceTurns reports whether p's voice goes elsewhere than in the last tick.
func (p *Party) voiceTurns() bool {
	return p.part == special && (p.then.speaks != p.now.speaks || p.then.whisper != p.now.whisper)
}

// whispers hands p's voice to those who hear it apart from the conference: the
// coachee it has and the one it had.
func (p *Party) whispers() {
	p.whisperTo(&p.whisper[0], p.now.whisper)
	if p.then.whisper != p.now.whisper {
		p.whisperTo(&p.whisper[1], p.then.whisper)
	}
}

func (p *Party) whisperTo(a *aside, q *Party) {
	if q == nil || !p.Live && !p.hasPast {
		return
	}
	*a = aside{
		voice:  p,
		want:   shapeOf(p.then.reaches(q), p.now.reaches(q)),
		common: shapeOf(p.then.speaks, p.now.speaks),
		next:   q.asides,
	}
	q.asides, q.part = a, special
}

// remember keeps the end of In, n samples, for the fade-out of a change to come.
func (p *Party) remember(n int) {
	p.hasPast = p.Level > LevelFloor && p.isHeard()
	if p.hasPast {
		end := len(p.In) - 1
		copy(p.past(n), p.In[end-n:end])
	}
}

// isHeard reports whether p's voice goes anywhere.
func (p *Party) isHeard() bool {
	return p.part == talker || p.part == special && (p.now.speaks || p.now.whisper != nil)
}
