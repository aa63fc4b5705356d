package mixer

import "math"

// gain is a factor in 1/32768.
type gain int32

const (
	unity gain = 1 << 15
	// duck is the conference's gain under a private announcement, −12 dB.
	duck gain = 8231
)

// rampTime is how long a change of gain takes, in milliseconds. It fits twice
// into a frame, so that the end of every frame is steady.
const rampTime = 8

// rampOf is the ramp at rate. Those of the rates of telephony are made once.
func rampOf(rate int) []gain {
	n := rate * rampTime / 1000
	for _, r := range ramps {
		if len(r) == n {
			return r
		}
	}
	return newRamp(n)
}

var ramps = [][]gain{newRamp(8 * rampTime), newRamp(16 * rampTime), newRamp(48 * rampTime)}

// newRamp returns a raised cosine from just above 0 to just below unity.
func newRamp(n int) []gain {
	ramp := make([]gain, n)
	for i := range ramp {
		x := math.Pi * float64(i+1) / float64(n+1)
		ramp[i] = gain(math.Round(float64(unity) * (1 - math.Cos(x)) / 2))
	}
	return ramp
}

// times returns v·g, rounded.
func (g gain) times(v int32) int32 {
	return int32((int64(v)*int64(g) + int64(unity)/2) >> 15)
}

// between returns the gain x of the way from a to b.
func between(a, b, x gain) gain { return a + (b-a)*x/unity }

// scale moves the gain of acc from a to b along ramp; b holds after it.
func scale(acc []int32, a, b gain, ramp []gain) {
	if a == unity && b == unity {
		return
	}
	head := acc[:len(ramp)]
	for i, x := range ramp {
		head[i] = between(a, b, x).times(head[i])
	}
	for i, v := range acc[len(ramp):] {
		acc[len(ramp)+i] = b.times(v)
	}
}

// addFading adds frame to acc with the gain it has when it was heard before
// this tick, or not, and is heard after it, or not.
func addFading(acc []int32, frame []int16, before, after bool, ramp []gain) {
	switch {
	case frame == nil || !before && !after:
	case before && after:
		add(acc, frame)
	case after:
		for i, x := range ramp {
			acc[i] += x.times(int32(frame[i]))
		}
		add(acc[len(ramp):], frame[len(ramp):])
	default:
		for i, x := range ramp {
			acc[i] += (unity - x).times(int32(frame[i]))
		}
	}
}
