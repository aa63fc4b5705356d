package mixer

import "math"

// limiter keeps one mix within 16 bits. It adds no delay: it sees a whole
// frame at once and lowers the gain during the millisecond before a peak. A
// peak in the first millisecond of a frame leaves it less time. After the
// last peak the gain returns to exactly one in releaseTime.
//
// Two limiters in equal states treat equal frames alike, to the bit.
type limiter struct {
	gain    int32 // in 1/fullGain
	release int32 // growth of the gain per block, in 1/fullRelease; 0 when idle
}

const (
	fullGain    = 1 << 24
	fullRelease = 1 << 30
	peakMax     = math.MaxInt16

	// blocks of one millisecond make a frame; the gain is straight inside one.
	blocks = 20
	// releaseTime is how long the gain takes back to one, in milliseconds:
	// two to the power of releaseRoots.
	releaseTime  = 1 << releaseRoots
	releaseRoots = 7
)

// idle is a limiter that lets everything pass.
var idle = limiter{gain: fullGain}

// limit writes acc to out. When nothing exceeds 16 bits and the limiter is
// idle, out equals acc.
func (l *limiter) limit(out []int16, acc []int32) {
	if *l == idle && narrow(out, acc) {
		return
	}
	var gains [blocks + 1]int32
	size := len(acc) / blocks
	lowest := needs(&gains, acc, size)
	if lowest < l.gain {
		l.release = releaseFrom(lowest)
	}
	from := 0
	if gains[0] < l.gain {
		target := min(gains[0], gains[1])
		strike(out[:size], acc[:size], l.gain, target)
		l.gain, from = target, 1
	}
	l.gain = plan(gains[from:], l.gain, l.release)
	glide(out[from*size:], acc[from*size:], gains[from:], size)
	if l.gain == fullGain {
		l.release = 0
	}
}

// needs sets gains to the highest that each block of acc, of size samples, may have,
// and returns the lowest.
func needs(gains *[blocks + 1]int32, acc []int32, size int) int32 {
	lowest := int32(fullGain)
	for b := range blocks {
		g := gainFor(peak(acc[:size]))
		gains[b], lowest = g, min(lowest, g)
		acc = acc[size:]
	}
	gains[blocks] = fullGain
	return lowest
}

// plan turns the gains that blocks may have into those at their borders, from g
// on: as high as the blocks at both sides allow, and no higher than the release
// allows. It returns the last.
func plan(gains []int32, g, release int32) int32 {
	before := gains[0]
	gains[0] = g
	at, growth := int64(g), int64(release)
	for b, need := range gains[1:] {
		at = min(at*growth>>30, int64(before), int64(need))
		before, gains[b+1] = need, int32(at)
	}
	return int32(at)
}

// peak returns the largest magnitude in acc, negative values counting one
// less, so that what fits into 16 bits is at most peakMax.
func peak(acc []int32) int32 {
	var high, high2, low, low2 int32 // two of each, so that none waits for the other
	for len(acc) >= 4 {
		a := (*[4]int32)(acc)
		high, low = max(high, a[0]), min(low, a[0])
		high2, low2 = max(high2, a[1]), min(low2, a[1])
		high, low = max(high, a[2]), min(low, a[2])
		high2, low2 = max(high2, a[3]), min(low2, a[3])
		acc = acc[4:]
	}
	for _, v := range acc {
		high, low = max(high, v), min(low, v)
	}
	return max(high, high2, ^low, ^low2)
}

// gainFor is the highest gain that keeps peak within 16 bits. The quotient of
// integers this small is exact enough to be rounded down.
func gainFor(peak int32) int32 {
	return int32(peakMax * fullGain / float64(max(peak, peakMax)))
}

// releaseFrom is the growth per block that leads from g to one, evenly in dB:
// the releaseTime-th root of the way up.
func releaseFrom(g int32) int32 {
	growth := fullGain / float64(g)
	for range releaseRoots {
		growth = math.Sqrt(growth)
	}
	return int32(fullRelease * growth)
}

// glide applies gains, given for every border of a block of size samples, that
// move straight from one to the next.
func glide(out []int16, acc []int32, gains []int32, size int) {
	part := 1 / float64(size)
	for b, next := range gains[1:] {
		g := int64(gains[b])
		step := int64(float64(next-gains[b]) * part)
		o, a := out[:size], acc[:size]
		for i, v := range a {
			o[i] = amplify(v, g)
			g += step
		}
		out, acc = out[size:], acc[size:]
	}
}

// strike brings the gain down from g to target by the first sample that
// needs it.
func strike(out []int16, acc []int32, g, target int32) {
	at := 0
	for gainFor(acc[at]^acc[at]>>31) >= g {
		at++
	}
	for i, v := range acc[:at] {
		left := int64(g-target) * int64(at-i) / int64(at+1)
		out[i] = amplify(v, int64(target)+left)
	}
	for i, v := range acc[at:] {
		out[at+i] = amplify(v, int64(target))
	}
}

func amplify(v int32, g int64) int16 {
	return int16((int64(v)*g + fullGain/2) >> 24)
}
