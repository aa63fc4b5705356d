package mixer

// framesPerSecond is the pace of the ticks: a frame is 20 ms.
const framesPerSecond = 50

// Mixer mixes one conference. It belongs to the conference's goroutine.
type Mixer struct {
	parties []*Party // in the order they came, the removed until they have faded
	scratch *Scratch
	shares  bool   // scratch is also of others
	dealt   int    // the moves of scratch that parties know of, or undealt
	frame   int    // samples
	buses   int    // numbers given out
	ramp    []gain // of frames of this length

	limiter       limiter // of bus 0, after this tick's frame
	limiterBefore limiter // and before it

	room      DBov // at most this loud, a voice cannot make the mix without it too loud
	late      bool // mixes of a single listener may be left to Hear
	narrowed  bool // common is of this tick
	special   bool // somebody plays a special part in this tick
	turning   bool // a route changes in this tick
	knowsPast bool // past of scratch is of this tick
}

// New returns a mixer without parties that has a Scratch to itself. Rate is in
// Hz, a multiple of 1000.
func New(rate int) *Mixer {
	return &Mixer{
		frame:   rate / framesPerSecond,
		ramp:    rampOf(rate),
		limiter: idle,
		scratch: &Scratch{},
	}
}

// FrameLen is the number of samples in a frame.
func (m *Mixer) FrameLen() int { return m.frame }

// Add brings in a party, heard and hearing from the next Mix on. The owner
// sets its State first.
func (m *Mixer) Add() *Party {
	m.buses++
	p := &Party{
		Bus:     m.buses,
		Level:   LevelFloor,
		mixer:   m,
		bus:     m.buses,
		limiter: idle,
	}
	m.parties = append(m.parties, p)
	m.scratch.fit(len(m.parties), m.frame, len(m.ramp))
	m.Begin()
	m.place(p, len(m.parties)-1)
	p.keep(len(m.ramp))
	p.Out = m.silence()
	clear(p.In)
	return p
}

// Remove takes p out: it hears nothing more, and its voice fades in the next
// Mix. Whoever coached it becomes a silent monitor. Removing p again does
// nothing.
func (m *Mixer) Remove(p *Party) {
	if p.mixer != m {
		return
	}
	p.mixer, p.Out, p.part = nil, nil, special
	for _, q := range m.parties {
		if q.State.Coachee == p {
			q.State.Coachee = nil
		}
	}
}

// Mix computes one tick: every party's Out, Bus and Level from every party's
// State, In and Prompt, and from r.
func (m *Mixer) Mix(r ConferenceAudio) {
	if len(m.parties) == 0 {
		m.limiter = idle
		return
	}
	m.route()
	m.sumVoices()
	m.mixCommon(&r)
	for _, p := range m.parties {
		m.listen(p, &r)
	}
	m.settle()
}

// route decides who hears whom this tick.
func (m *Mixer) route() {
	m.special, m.turning = false, false
	for _, p := range m.parties {
		if p.part != special && p.State == p.was {
			continue
		}
		p.part, p.was = special, p.State
		p.now = routeOf(p)
		m.special = true
		m.turning = m.turning || p.now != p.then
		p.whispers()
	}
}

// sumVoices adds up what is said to the conference.
func (m *Mixer) sumVoices() {
	m.knowsPast = false
	clear(m.sum())
	for _, p := range m.parties {
		m.speak(p)
	}
}

// mixCommon adds what the conference has to say to what is said in it, and
// leaves the Out of bus 0 to common where no limiter has work to do.
func (m *Mixer) mixCommon(r *ConferenceAudio) {
	s := m.scratch
	s.full = m.sum()
	if r.Announce != nil || r.Beep != nil {
		s.full = s.shared[:m.frame]
		copy(s.full, m.sum())
		addFading(s.full, r.Announce, true, true, nil)
		addFading(s.full, r.Beep, true, true, nil)
	}
	top := peak(s.full)
	m.limiterBefore, m.room = m.limiter, roomAbove(top, m.frame)
	m.narrowed = m.limiter != idle || top > peakMax
	if m.narrowed {
		m.limiter.limit(s.common[:m.frame], s.full)
	}
}

// roomAbove is how loud a frame of n samples may be for none of them to be
// larger than what is left above top, even if all the others are silence.
func roomAbove(top int32, n int) DBov {
	left := int64(max(peakMax-top, 0))
	return levelOf(left*left, n) - levelError
}

// common is the Out of bus 0.
func (m *Mixer) common() []int16 {
	common := m.scratch.common[:m.frame]
	if !m.narrowed {
		m.narrowed = narrow(common, m.scratch.full)
	}
	return common
}

// settle makes this tick the past.
func (m *Mixer) settle() {
	if !m.special {
		return
	}
	kept := m.parties[:0]
	for _, p := range m.parties {
		if p.mixer == nil {
			p.In = nil
			continue
		}
		kept = append(kept, p)
		if m.turning {
			p.remember(len(m.ramp))
		}
		if p.part == special {
			p.then, p.asides, p.part = p.now, nil, partOf(p)
		}
	}
	if len(kept) == len(m.parties) {
		return
	}
	clear(m.parties[len(kept):])
	m.parties = kept
	if m.shares {
		m.dealt = undealt // by the next Begin: Hear still needs In where it is
		return
	}
	m.deal()
}

// sum is what the conference says.
func (m *Mixer) sum() []int32 { return m.scratch.sum[:m.frame] }

// acc is what one listener hears, before it is limited.
func (m *Mixer) acc() []int32 { return m.scratch.acc[:m.frame] }

// pastSum is what sum held just before this tick: the voices of all who spoke then.
func (m *Mixer) pastSum() []int32 {
	past := m.scratch.past[:len(m.ramp)]
	if m.knowsPast {
		return past
	}
	m.knowsPast = true
	clear(past)
	for _, p := range m.parties {
		if p.hasPast && p.then.speaks {
			add(past, p.past(len(past)))
		}
	}
	return past
}
