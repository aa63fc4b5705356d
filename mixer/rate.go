package mixer

import "math"

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
	before := len(m.ramp)
	m.frame, m.ramp = n, rampOf(rate)
	m.settleIn()
	for _, p := range m.parties {
		p.rerate(before, m.scratch.rising[:len(m.ramp)])
		if p.Out != nil {
			p.Out = m.silence()
		}
	}
}

// rerate gives p's past as many samples as scratch has for the same time, on
// straight lines between those before. Both end one sample before the newest,
// around which a fade mirrors them.
func (p *Party) rerate(before int, scratch []int16) {
	past, n := p.past(before), len(scratch)
	for j := range scratch {
		back := float64(n-j) * float64(before) / float64(n) // from the newest
		x := min(max(float64(before)-back, 0), float64(before-1))
		i := min(int(x), before-2)
		part := x - float64(i)
		scratch[j] = past[i] + int16(math.Round(part*(float64(past[i+1])-float64(past[i]))))
	}
	p.keep(n)
	copy(p.past(n), scratch)
}
