package mixer

// framesPerSecond is the pace of the ticks: a frame is 20 ms.
const framesPerSecond = 50

// Mixer mixes one conference. It belongs to the conference's goroutine.
type Mixer struct {
	parties []*Party // in the order they came, the removed until they have faded
	buses   int      // numbers given out

	ramp  []gain
	ramps [][]gain // of every rate so far

	sum    []int32 // the speakers' voices
	past   []int32 // the end of the previous tick's sum
	full   []int32 // sum, announcement and beep; may be sum itself
	shared []int32 // backs full
	acc    []int32 // one listener's mix

	common        []int16 // the Out of bus 0
	limiter       limiter // of bus 0, after this tick's frame
	limiterBefore limiter // and before it
	silence       []int16 // never written to
}

// New returns a mixer without parties. Rate is in Hz, a multiple of 1000.
func New(rate int) *Mixer {
	n := rate / framesPerSecond
	ramp := newRamp(rate * rampTime / 1000)
	return &Mixer{
		ramp:    ramp,
		ramps:   [][]gain{ramp},
		sum:     make([]int32, n),
		past:    make([]int32, len(ramp)),
		shared:  make([]int32, n),
		acc:     make([]int32, n),
		common:  make([]int16, n),
		silence: make([]int16, n),
		limiter: idle,
	}
}

// FrameLen is the number of samples in a frame.
func (m *Mixer) FrameLen() int { return len(m.sum) }

// Add brings in a party, heard and hearing from the next Mix on. The owner
// sets its State first.
func (m *Mixer) Add() *Party {
	n := m.FrameLen()
	m.buses++
	p := &Party{
		In:      make([]int16, n),
		Out:     m.silence,
		Bus:     m.buses,
		Level:   LevelFloor,
		mixer:   m,
		bus:     m.buses,
		rising:  make([]int16, n),
		falling: make([]int16, n),
		past:    make([]int16, len(m.ramp)),
		limiter: idle,
		out:     make([]int16, n),
	}
	m.parties = append(m.parties, p)
	return p
}

// Remove takes p out: it hears nothing more, and its voice fades in the next
// Mix. Whoever coached it becomes a silent monitor. Removing p again does
// nothing.
func (m *Mixer) Remove(p *Party) {
	if p.mixer != m {
		return
	}
	p.mixer, p.Out = nil, nil
	for _, q := range m.parties {
		if q.State.Coachee == p {
			q.State.Coachee = nil
		}
	}
}

// Mix computes one tick: every party's Out, Bus and Level from every party's
// State, In and Prompt, and from r.
func (m *Mixer) Mix(r ConferenceAudio) {
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
	for _, p := range m.parties {
		p.now, p.asides = routeOf(p), nil
	}
	for _, p := range m.parties {
		p.whispers()
	}
}

// sumVoices adds up what is said to the conference.
func (m *Mixer) sumVoices() {
	clear(m.sum)
	for _, p := range m.parties {
		m.speak(p)
	}
}

// mixCommon computes the Out of bus 0.
func (m *Mixer) mixCommon(r *ConferenceAudio) {
	m.full = m.sum
	if r.Announce != nil || r.Beep != nil {
		m.full = m.shared
		copy(m.full, m.sum)
		addFading(m.full, r.Announce, true, true, nil)
		addFading(m.full, r.Beep, true, true, nil)
	}
	m.limiterBefore = m.limiter
	m.limiter.limit(m.common, m.full)
}

// settle makes this tick the past.
func (m *Mixer) settle() {
	end := len(m.sum) - 1
	copy(m.past, m.sum[end-len(m.past):end])
	kept := m.parties[:0]
	for _, p := range m.parties {
		if p.mixer == nil {
			continue
		}
		p.remember()
		p.then = p.now
		kept = append(kept, p)
	}
	clear(m.parties[len(kept):])
	m.parties = kept
}
