// Package resample converts mono PCM from one sample rate to another with a
// polyphase FIR filter.
//
// With r the lower of the two rates, the filter is flat to 0.85·r/2 (3.4 kHz
// at 8 kHz, 6.8 kHz at 16 kHz) and 75 dB down from r/2 on, so neither aliases
// nor images are heard. Its delay is compensated: the first output sample is
// the first input sample's moment, and n samples become ⌈n·to/from⌉. What
// precedes the first sample and follows the last is a guess, and so is the last
// part of a sample when n·to/from is no whole number. A file that is to be
// looped needs neither: FlushLoop joins its end to its start.
//
// Limits: the filter looks 32 samples of the lower rate ahead (4 ms at 8 kHz)
// before it gives the first output. Ratios whose lowest terms exceed 1024 use a
// fraction below that, at most 1.7 cents off pitch and as much off length.
package resample

import (
	"fmt"
	"math"
)

// minRate and maxRate bound what New takes, in Hz.
const (
	minRate = 1000
	maxRate = 384000
)

// block is how many input samples are widened to float32 at a time. It bounds
// the memory of a Resampler that is given a whole file in one Append.
const block = 1024

// A Resampler converts one mono signal. It belongs to one goroutine at a time.
// New makes it; its zero value is not usable.
type Resampler struct {
	f *filter // nil when the rates are equal

	// x holds the input that outputs still need, as a window that slides:
	// x[pos:pos+f.taps] are the taps of the next output.
	x       []float32
	pos     int
	phase   int  // of the next output, in 1/f.up of an input sample
	started bool // x begins with the reflected start

	in, out int // samples taken and given since the start of the signal

	head []float32 // the first input, filled up to its capacity, for FlushLoop
	seam int       // outputs of the second round that FlushLoop makes anew
}

// New returns a Resampler from one rate to the other, both in Hz. It returns an
// error when a rate lies outside 1000..384000. The first use of a ratio designs
// its filter, which takes up to some milliseconds; later ones share it.
func New(from, to int) (*Resampler, error) {
	for _, rate := range []int{from, to} {
		if rate < minRate || rate > maxRate {
			return nil, fmt.Errorf("resample: rate %d Hz is outside %d..%d", rate, minRate, maxRate)
		}
	}
	if from == to {
		return &Resampler{}, nil
	}
	return &Resampler{f: filterFor(from, to)}, nil
}

// Append appends to dst the output that src makes possible and returns the
// longer slice. The output lags the input by the filter's look-ahead; Flush
// gives the rest. It keeps nothing of src, and does not allocate once it has
// seen a src of this length and dst has the capacity.
func (r *Resampler) Append(dst, src []int16) []int16 {
	if r.f == nil {
		return append(dst, src...)
	}
	for len(src) > 0 {
		n := min(len(src), block)
		r.take(src[:n])
		src = src[n:]
		if r.started || r.start(r.f.half) {
			dst = r.give(dst, math.MaxInt)
		}
	}
	return dst
}

// Flush appends the output that was waiting for input which will not come and
// returns the longer slice: all Appends and the Flush together give
// ⌈n·to/from⌉ samples for n. Afterwards the Resampler is ready for another
// signal.
func (r *Resampler) Flush(dst []int16) []int16 {
	if r.f == nil || r.in == 0 {
		return dst
	}
	if !r.started {
		r.start(1)
	}
	r.reflectEnd()
	dst = r.give(dst, r.total()-r.out)
	r.reset()
	return dst
}

// reset makes ready for another signal.
func (r *Resampler) reset() { *r = Resampler{f: r.f, x: r.x[:0], head: r.head[:0], seam: r.seam} }

// total is how many outputs the input so far makes.
func (r *Resampler) total() int { return (r.in*r.f.up + r.f.down - 1) / r.f.down }

// take widens src onto the end of the window.
func (r *Resampler) take(src []int16) {
	for _, s := range src {
		r.x = append(r.x, float32(s))
	}
	r.in += len(src)
	if room := cap(r.head) - len(r.head); room > 0 {
		added := r.x[len(r.x)-len(src):]
		r.head = append(r.head, added[:min(room, len(added))]...)
	}
}

// give appends at most limit outputs, as many as the window allows, and slides
// the window past what no later output needs.
func (r *Resampler) give(dst []int16, limit int) []int16 {
	f := r.f
	for ; limit > 0 && r.pos+f.taps <= len(r.x); limit-- {
		y := dot(f.coef[r.phase*f.taps:][:f.taps], r.x[r.pos:][:f.taps])
		dst = append(dst, clip(y))
		r.out++
		r.phase += f.down
		r.pos += r.phase / f.up
		r.phase %= f.up
	}
	n := copy(r.x, r.x[min(r.pos, len(r.x)):])
	r.x = r.x[:n]
	r.pos = 0
	return dst
}

// start puts the half window before the first sample, once need samples are
// there, and reports whether they are. The samples that never were are the
// first ones reflected through the very first, 2·x[0]-x[j]: level and slope go
// on, so that the start neither dips nor clicks, as it would after zeros.
func (r *Resampler) start(need int) bool {
	if len(r.x) < need {
		return false
	}
	lead, n := r.f.half-1, len(r.x)
	for range lead {
		r.x = append(r.x, 0)
	}
	copy(r.x[lead:], r.x[:n])
	first := r.x[lead:]
	for j := 1; j <= lead; j++ {
		r.x[lead-j] = 2*first[0] - first[min(j, n-1)]
	}
	r.started = true
	return true
}

// reflectEnd appends the half window behind the last sample, reflected as the
// start is.
func (r *Resampler) reflectEnd() {
	last := len(r.x) - 1
	for j := 1; j <= r.f.half; j++ {
		r.x = append(r.x, 2*r.x[last]-r.x[max(last-j, 0)])
	}
}

// dot is the inner product of two slices of the same length, a multiple of 4.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		x, y := (*[4]float32)(a), (*[4]float32)(b)
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		a, b = a[4:], b[4:]
	}
	return (s0 + s1) + (s2 + s3)
}

// clip rounds y to the nearest int16.
func clip(y float32) int16 {
	switch {
	case y >= 32767:
		return 32767
	case y <= -32768:
		return -32768
	case y < 0:
		return int16(y - 0.5)
	}
	return int16(y + 0.5)
}
