package resample

import "math"

// Remember prepares for FlushLoop, which will make the first n outputs anew. It
// must be called before the first Append.
func (r *Resampler) Remember(n int) {
	if r.f == nil || n <= 0 {
		return
	}
	r.seam = n
	r.head = make([]float32, 0, n*r.f.down/r.f.up+r.f.half+2)
}

// FlushLoop is Flush for a signal that is played over and over. Instead of a
// guess at what follows its end, it takes the start:
//
//	 first round          second round
//	│ Append ... │ rest │ again │ from output n on as in the first round ...
//
// rest completes dst as Flush does. again are the n outputs to be played in
// place of the first n from the second round on. They know what came before,
// and they begin where the last output of a round really left off, as a rule in
// the middle of two inputs, and catch up within those n. For n of 40 ms that
// bends the pitch by five cents at most.
//
// again is nil when there is nothing to be made anew: the rates are equal,
// Remember was not called, or the signal is shorter than what it asked for.
func (r *Resampler) FlushLoop(dst []int16) (rest, again []int16) {
	if r.seam == 0 || len(r.head) < cap(r.head) || !r.started {
		return r.Flush(dst), nil
	}
	step := float64(r.f.down) / float64(r.f.up) // inputs per output
	total := r.total()
	r.x = append(r.x, r.head...)
	dst = r.give(dst, total-r.out)

	here := float64(total) * step
	ahead := here - float64(r.in) // of the start, where the second round begins
	origin := math.Floor(here)    // the input that r.x[half-1] is
	again = make([]int16, r.seam)
	for k := range again {
		at := float64(r.in) + float64(k)*step + ahead*(1-float64(k)/float64(r.seam))
		again[k] = clip(r.between(at - origin))
	}
	r.reset()
	return dst, again
}

// between is the output that lies at inputs behind r.x[half-1], on the straight
// line between the two phases around it.
func (r *Resampler) between(at float64) float32 {
	whole, frac := math.Modf(max(at, 0))
	phase, part := math.Modf(frac * float64(r.f.up))
	pos, p := int(whole), int(phase)
	y := r.at(pos, p)
	if p++; p == r.f.up {
		pos, p = pos+1, 0
	}
	return y + float32(part)*(r.at(pos, p)-y)
}

// at is the output of a phase whose taps begin at r.x[pos].
func (r *Resampler) at(pos, phase int) float32 {
	n := r.f.taps
	return dot(r.f.coef[phase*n:][:n], r.x[pos:][:n])
}
