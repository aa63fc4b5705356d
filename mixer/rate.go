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
	m.frame, m.ramp = n, rampOf(rate)
	m.settleIn()
	for _, p := range m.parties {
		p.past = rerate(p.past, m.scratch.rising[:len(m.ramp)])
		if p.Out != nil {
			p.Out = m.silence()
		}
	}
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
