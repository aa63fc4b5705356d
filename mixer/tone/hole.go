package tone

import "math"

// tolerance is how far a sample may lie from the tone, as a part of its
// amplitude, before it counts as a break. G.711 stays below 0.04.
const tolerance = 0.15

// Holes is what FindHoles found.
type Holes struct {
	Count   int // breaks of the tone, in phase or in amplitude
	Longest int // in samples, from the break to where the tone is whole again
}

// FindHoles looks for places where the continuous tone at hz breaks: missing,
// repeated or foreign samples. The tone must be alone, and it may change its
// level slowly. The first 20 ms set the phase; a signal without a tone there
// is one hole up to where the tone starts.
func FindHoles(samples []int16, rate, hz int) (h Holes) {
	block := rate / 50
	f := fitter{samples: samples, step: 2 * math.Pi * float64(hz) / float64(rate)}
	at := f.broken(0, block)
	if at > 0 {
		h = Holes{Count: 1, Longest: at}
	}
	for at+block <= len(samples) {
		at = f.follow(at, block, f.fit(at, block))
		if at == len(samples) {
			break
		}
		length := max(1, f.broken(at, block))
		h.Count++
		h.Longest = max(h.Longest, length)
		at += length
	}
	return h
}

// phasor is a sine of known frequency: a·cos + b·sin.
type phasor struct{ a, b float64 }

func (p phasor) amplitude() float64 { return math.Hypot(p.a, p.b) }

// fitter fits tones of one frequency to parts of samples.
type fitter struct {
	samples []int16
	step    float64 // radians per sample
}

// fit is the tone that lies closest to n samples from at on.
func (f *fitter) fit(at, n int) phasor {
	var cc, cs, ss, xc, xs float64
	for i := at; i < at+n; i++ {
		s, c := math.Sincos(f.step * float64(i))
		x := float64(f.samples[i])
		cc, cs, ss = cc+c*c, cs+c*s, ss+s*s
		xc, xs = xc+x*c, xs+x*s
	}
	det := cc*ss - cs*cs
	return phasor{(xc*ss - xs*cs) / det, (xs*cc - xc*cs) / det}
}

// fits reports whether sample i belongs to model.
func (f *fitter) fits(i int, model phasor) bool {
	s, c := math.Sincos(f.step * float64(i))
	off := float64(f.samples[i]) - model.a*c - model.b*s
	return math.Abs(off) <= max(tolerance*model.amplitude(), 2)
}

// whole reports whether n samples from at on are nothing but an audible model.
func (f *fitter) whole(at, n int, model phasor) bool {
	if model.amplitude() < 32 {
		return false
	}
	for i := at; i < at+n; i++ {
		if !f.fits(i, model) {
			return false
		}
	}
	return true
}

// follow returns the first sample from at on that breaks the tone, adjusting
// model as it goes.
func (f *fitter) follow(at, block int, model phasor) int {
	for start := at; at < len(f.samples); at++ {
		if !f.fits(at, model) {
			return at
		}
		if at-start == block {
			model, start = f.fit(start, block), at
		}
	}
	return at
}

// broken returns how many samples from at on pass until a whole block of tone.
func (f *fitter) broken(at, block int) int {
	for i := at; i+block <= len(f.samples); i++ {
		if f.whole(i, block, f.fit(i, block)) {
			return i - at
		}
	}
	return len(f.samples) - at
}
