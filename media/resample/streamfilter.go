package resample

import (
	"sync"
)

// The lengths of the filters of Streams to either side of an output, in samples
// of the lower rate. A multiple of 4, so that whole filters are one of 8, as dot8
// needs.
const (
	longHalf  = 20 // 2.5 ms at 8 kHz
	shortHalf = 24 // 1.5 ms at 16 kHz
)

// A streamFilter converts between a rate and ratio times it, either way. It is
// immutable and shared.
type streamFilter struct {
	ratio int
	half  int // taps on either side, in samples of the lower rate
	// whole is the impulse response at the higher rate, latest tap first,
	// symmetric around whole[half·ratio-1], with a zero behind it. It sums to 1.
	whole []float32
	// phases are the taps of the ratio outputs from an input on, latest first.
	phases [][]float32
}

// pair indexes the filters: each serves both ways.
type pair int

const (
	pair8and16 pair = iota
	pair8and48
	pair16and48
)

var streamFilters = [...]func() *streamFilter{
	pair8and16:  sync.OnceValue(func() *streamFilter { return newStreamFilter(2, longHalf, 3400./8000) }),
	pair8and48:  sync.OnceValue(func() *streamFilter { return newStreamFilter(6, longHalf, 3400./8000) }),
	pair16and48: sync.OnceValue(func() *streamFilter { return newStreamFilter(3, shortHalf, 7000./16000) }),
}

// Prepare designs the filters of all Streams, once in a process. After it no
// SetRates takes any time.
func Prepare() {
	for _, design := range streamFilters {
		design()
	}
}

// pairOf is that of two different rates.
func pairOf(a, b int) pair {
	switch a + b {
	case 8000 + 16000:
		return pair8and16
	case 8000 + 48000:
		return pair8and48
	}
	return pair16and48
}

// newStreamFilter designs the filter that passes up to pass, in parts of the
// lower rate, and stops from a half.
func newStreamFilter(ratio, half int, pass float64) *streamFilter {
	right := leastSquares(half*ratio, streamBands(ratio, pass), ratio)
	n := len(right)
	taps := make([]float64, 2*n)
	for k, c := range right {
		taps[n+k] += c / 2
		taps[n-k] += c / 2
	}
	f := &streamFilter{ratio: ratio, half: half, whole: make([]float32, 2*n)}
	for p := range ratio {
		f.phases = append(f.phases, f.phase(taps, p))
	}
	return f
}

// phase cuts the taps of the output p behind an input out of taps and gives
// each phase the gain 1, so that a constant has no image at all. It fills in
// whole on the way.
func (f *streamFilter) phase(taps []float64, p int) []float32 {
	sum := 0.0
	for k := p; k < len(taps); k += f.ratio {
		sum += taps[k]
	}
	phase := make([]float32, 2*f.half)
	for k := p; k < len(taps); k += f.ratio {
		f.whole[len(taps)-1-k] = float32(taps[k] / sum / float64(f.ratio))
		phase[2*f.half-1-k/f.ratio] = float32(taps[k] / sum)
	}
	return phase
}

// past is how much input before the newest is needed for the first output.
func (f *streamFilter) past(lower bool) int {
	if lower {
		return 2*f.half*f.ratio - 1
	}
	return 2*f.half - 1
}

// raise makes ratio outputs of every input, whose past stands before it in x.
func (f *streamFilter) raise(dst []int16, x []float32) {
	n := 2 * f.half
	for i := 0; len(dst) >= f.ratio && i+n <= len(x); i++ {
		for p, phase := range f.phases {
			dst[p] = clip(dot8(phase, x[i:i+n]))
		}
		dst = dst[f.ratio:]
	}
}

// lower makes one output of ratio inputs.
func (f *streamFilter) lower(dst []int16, x []float32) {
	for i := range dst {
		at := f.ratio * i
		dst[i] = clip(dot8(f.whole, x[at:at+len(f.whole)]))
	}
}

// dotPlain is dot8 on any processor.
func dotPlain(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float32)(a), (*[8]float32)(b)
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s0 += x[4] * y[4]
		s1 += x[5] * y[5]
		s2 += x[6] * y[6]
		s3 += x[7] * y[7]
		a, b = a[8:], b[8:]
	}
	return (s0 + s1) + (s2 + s3)
}

// A designBand is a range of frequencies, in parts of the lower rate, the gain
// wanted there, and how much an error counts.
type designBand struct{ from, to, gain, weight float64 }

// streamBands are those of a Stream's filter. The weights come near to an error
// of equal height all over each band, 0.1 dB and -60 dB: they are what some
// rounds of Lawson's iteration (weight times error) led to, rounded.
func streamBands(ratio int, pass float64) []designBand {
	return []designBand{
		{0, 0.7 * pass, 1, 0.05},
		{0.7 * pass, 0.9 * pass, 1, 0.16},
		{0.9 * pass, 0.98 * pass, 1, 0.5},
		{0.98 * pass, pass, 1, 9},
		{0.5, 0.505, 0, 1000},
		{0.51, 0.53, 0, 60},
		{0.53, 0.55, 0, 40},
		{0.55, 0.6, 0, 22},
		{0.6, 0.7, 0, 12},
		{0.7, float64(ratio) / 2, 0, 6},
	}
}
