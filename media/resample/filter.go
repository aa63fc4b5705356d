package resample

import (
	"math"
	"sync"
)

// The design of every filter, in samples at the lower of the two rates.
const (
	// lowTaps is the length of the impulse response. The Kaiser formula
	// A = 7.95 + 2.285·lowTaps·Δω gives 77 dB for a transition of 0.15·r/2.
	lowTaps = 64
	// passEdge is the middle of the transition as a part of r/2: it reaches
	// from 0.85 to 1.
	passEdge = 0.925
	// beta shapes the window: 0.1102·(A-8.7).
	beta = 7.5
)

// maxTerm bounds both terms of a ratio, so that no pair of rates makes a table
// of more than lowTaps·maxTerm coefficients (a quarter of a megabyte).
const maxTerm = 1024

// A filter is the impulse response for one ratio, cut into its phases. It is
// immutable and shared.
type filter struct {
	up, down int // the ratio to:from in lowest terms
	half     int // input samples on either side of an output
	taps     int // 2·half, a multiple of 4
	// coef[p·taps:][:taps] weighs x[i-half+1 .. i+half] for an output that lies
	// p/up behind x[i]. Each phase sums to 1.
	coef []float32
}

// design computes the filter that resamples by up/down.
func design(up, down int) *filter {
	// scale is input samples per sample of the lower rate.
	scale := math.Max(1, float64(down)/float64(up))
	half := 2 * int(math.Ceil(lowTaps*scale/4))
	f := &filter{up: up, down: down, half: half, taps: 2 * half}
	f.coef = make([]float32, up*f.taps)
	for p := range up {
		f.designPhase(f.coef[p*f.taps:][:f.taps], float64(p)/float64(up), scale)
	}
	return f
}

// designPhase fills one phase, for outputs that lie frac behind an input sample.
func (f *filter) designPhase(phase []float32, frac, scale float64) {
	h := make([]float64, len(phase))
	sum := 0.0
	for j := range h {
		at := float64(j-f.half+1) - frac // in input samples
		h[j] = sinc(passEdge*at/scale) * kaiser(at/float64(f.half))
		sum += h[j]
	}
	for j := range h {
		phase[j] = float32(h[j] / sum)
	}
}

// sinc is sin(πx)/πx.
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the Kaiser window, at x from -1 to 1, but for a constant factor.
func kaiser(x float64) float64 {
	return besselI0(beta * math.Sqrt(math.Max(0, 1-x*x)))
}

// besselI0 is the modified Bessel function of the first kind and order 0.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// ratio is a pair of terms in lowest terms.
type ratio struct{ up, down int }

// maxFilters bounds the cache: the usual rates make some thirty ratios, the
// rates a hostile file can claim make any number.
const maxFilters = 64

var cache = struct {
	sync.Mutex
	filters map[ratio]*filter
}{filters: make(map[ratio]*filter)}

// filterFor returns the filter between two rates, designed at most once while
// it stays in the cache. Safe for concurrent use.
func filterFor(from, to int) *filter {
	key := reduce(to, from)
	cache.Lock()
	defer cache.Unlock()
	if f, ok := cache.filters[key]; ok {
		return f
	}
	if len(cache.filters) >= maxFilters {
		for old := range cache.filters {
			delete(cache.filters, old)
			break
		}
	}
	f := design(key.up, key.down)
	cache.filters[key] = f
	return f
}

// reduce brings up/down to lowest terms or, where these exceed maxTerm, to the
// last convergent of its continued fraction that does not.
func reduce(up, down int) ratio {
	n, d := up, down
	prev, cur := ratio{0, 1}, ratio{1, 0}
	for d != 0 {
		q := n / d
		next := ratio{q*cur.up + prev.up, q*cur.down + prev.down}
		if next.up > maxTerm || next.down > maxTerm {
			break
		}
		prev, cur = cur, next
		n, d = d, n%d
	}
	return cur
}
