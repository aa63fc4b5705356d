package mixer

// SetRate makes m mix at rate, in Hz a multiple of 1000, from the next Mix on.
// Parties, routes and the gains of limiters stay. In of every party is then one
// frame of the new rate, to be filled anew; Out is silence until the next Mix.
// It allocates only where frames have never been so long.
//
// What the next Mix fades out with is what was heard at the old rate, without
// filters: it lasts for 8 ms and sinks.
func (m *Mixer) SetRate(rate int) {
	n := rate / framesPerSecond
	if n == m.FrameLen() {
		return
	}
	m.ramp = m.rampOf(rate * rampTime / 1000)
	for _, frame := range []*[]int32{&m.sum, &m.shared, &m.acc} {
		*frame = resized(*frame, n)
	}
	m.past = rerate(m.past, m.acc[:len(m.ramp)])
	m.common, m.silence = resized(m.common, n), resized(m.silence, n)
	for _, p := range m.parties {
		p.setRate(n, len(m.ramp))
		if p.Out != nil {
			p.Out = m.silence
		}
	}
}

// setRate gives p frames of n samples, of which a fade takes ramp.
func (p *Party) setRate(n, ramp int) {
	for _, frame := range []*[]int16{&p.In, &p.rising, &p.falling, &p.out} {
		*frame = resized(*frame, n)
	}
	clear(p.falling) // behind a fade there is nothing
	p.past = rerate(p.past, p.rising[:ramp])
}

// rampOf is the ramp of n samples, made once.
func (m *Mixer) rampOf(n int) []gain {
	for _, r := range m.ramps {
		if len(r) == n {
			return r
		}
	}
	r := newRamp(n)
	m.ramps = append(m.ramps, r)
	return r
}

// resized is frame with n samples of no meaning, silence where it is silence
// already.
func resized[S int16 | int32](frame []S, n int) []S {
	if n <= cap(frame) {
		return frame[:n]
	}
	return make([]S, n)
}

// rerate is past with as many samples as scratch has for the same time, on
// straight lines between the old ones. Both end one sample before the newest,
// around which a fade mirrors them.
func rerate[S int16 | int32](past, scratch []S) []S {
	n, last := len(scratch), len(past)-1
	for j := range scratch {
		back := float64(n-j) * float64(len(past)) / float64(n) // from the newest
		x := min(max(float64(len(past))-back, 0), float64(last))
		i := min(int(x), last-1)
		part := x - float64(i)
		scratch[j] = past[i] + S(part*(float64(past[i+1])-float64(past[i])))
	}
	past = resized(past, n)
	copy(past, scratch)
	return past
}
