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
	var need [blocks + 1]int32
	size := len(acc) / blocks
	lowest := int32(fullGain)
	for b := range blocks {
		need[b] = gainFor(peak(acc[b*size : (b+1)*size]))
		lowest = min(lowest, need[b])
	}
	need[blocks] = fullGain
	if lowest < l.gain {
		l.release = releaseFrom(lowest)
	}
	l.follow(out, acc, &need)
	if l.gain == fullGain {
		l.release = 0
	}
}

// follow applies gains that stay below need in every block.
func (l *limiter) follow(out []int16, acc []int32, need *[blocks + 1]int32) {
	size := len(acc) / blocks
	b := 0
	if need[0] < l.gain {
		target := min(need[0], need[1])
		strike(out[:size], acc[:size], l.gain, target)
		l.gain, b = target, 1
	}
	for ; b < blocks; b++ {
		grown := int32(min(int64(l.gain)*int64(l.release)/fullRelease, fullGain))
		next := min(grown, need[b], need[b+1])
		glide(out[b*size:(b+1)*size], acc[b*size:(b+1)*size], l.gain, next)
		l.gain = next
	}
}

// peak returns the largest magnitude in acc, negative values counting one
// less, so that what fits into 16 bits is at most peakMax.
func peak(acc []int32) int32 {
	var high, low int32
	for len(acc) >= 8 {
		a := (*[8]int32)(acc)
		high = max(high, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])
		low = min(low, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])
		acc = acc[8:]
	}
	for _, v := range acc {
		high, low = max(high, v), min(low, v)
	}
	return max(high, ^low)
}

// gainFor is the highest gain that keeps peak within 16 bits. The quotient of
// integers this small is exact enough to be rounded down.
func gainFor(peak int32) int32 {
	if peak <= peakMax {
		return fullGain
	}
	return int32(peakMax * fullGain / float64(peak))
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

// glide applies a gain that moves straight from g to next.
func glide(out []int16, acc []int32, g, next int32) {
	step := (next - g) / int32(len(acc))
	for i, v := range acc[:len(out)] {
		out[i] = amplify(v, g)
		g += step
	}
}

// strike brings the gain down from g to target by the first sample that
// needs it.
func strike(out []int16, acc []int32, g, target int32) {
	at := 0
	for gainFor(acc[at]^acc[at]>>31) >= g {
		at++
	}
	for i, v := range acc {
		left := max(at-i, 0)
		out[i] = amplify(v, target+int32(int64(g-target)*int64(left)/int64(at+1)))
	}
}

func amplify(v int32, g int32) int16 {
	return int16((int64(v)*int64(g) + fullGain/2) >> 24)
}
