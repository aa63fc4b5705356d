package mixer

import "math"

// DBov is a level in dB relative to the overload point, RFC 6464 section 3
// and RFC 6465: a full-scale square wave is 0 dBov, a full-scale sine −3.01.
type DBov float32

// LevelFloor is the level of digital silence, and the lowest there is.
const LevelFloor DBov = -127

// Level returns the level of frame.
func Level(frame []int16) DBov {
	var energy int64
	for _, v := range frame {
		energy += int64(v) * int64(v)
	}
	return levelOf(energy, len(frame))
}

// levelOf is the level of n samples whose squares add up to energy.
func levelOf(energy int64, n int) DBov {
	if energy == 0 {
		return LevelFloor
	}
	mean := float64(energy) / float64(n)
	return max(LevelFloor, DBov(10*math.Log10(mean/(1<<30))))
}

// addMeasured adds frame to sum and returns the sum of its squares.
func addMeasured(sum []int32, frame []int16) (energy int64) {
	for i, v := range frame[:len(sum)] {
		s := int32(v)
		sum[i] += s
		energy += int64(s * s)
	}
	return energy
}
