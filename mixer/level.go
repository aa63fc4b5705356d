package mixer

import "math"

// DBov is a level in dB relative to the overload point, RFC 6464 section 3
// and RFC 6465: a full-scale square wave is 0 dBov, a full-scale sine −3.01.
type DBov float32

// LevelFloor is the level of digital silence, and the lowest there is.
const LevelFloor DBov = -127

// Level returns the level of frame.
func Level(frame []int16) DBov {
	return levelOf(energyOf(frame), len(frame))
}

// levelOf is the level of n samples whose squares add up to energy.
func levelOf(energy int64, n int) DBov {
	if energy == 0 {
		return LevelFloor
	}
	mean := math.Float32bits(float32(energy) / float32(n) / (1 << 30))
	octaves := int32(mean>>23) - 127
	step := mean >> (23 - stepBits) & (steps - 1)
	part := DBov(mean&(1<<(23-stepBits)-1)) / (1 << (23 - stepBits))
	level := DBov(octaves)*octave + stepLevel[step] + part*(stepLevel[step+1]-stepLevel[step])
	return max(LevelFloor, level)
}

// octave is twice the power, in dB.
const octave DBov = 10 * math.Ln2 / math.Ln10

const (
	stepBits = 5
	steps    = 1 << stepBits
)

// levelError is more than levelOf is off by.
const levelError DBov = 0.01

// stepLevel is the level of 1 + i/steps, so that a logarithm costs one
// straight line between two entries; it is off by less than 0.001 dB.
var stepLevel = func() (t [steps + 1]DBov) {
	for i := range t {
		t[i] = DBov(10 * math.Log10(1+float64(i)/steps))
	}
	return t
}()
