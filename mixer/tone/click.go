package tone

import "math"

// MaxStep is the largest difference between neighbouring samples, as a part
// of full scale (32768).
func MaxStep(samples []int16) float64 {
	var top int
	for i := 1; i < len(samples); i++ {
		top = max(top, abs(int(samples[i])-int(samples[i-1])))
	}
	return float64(top) / fullScale
}

// Click is the largest step in samples that steady tones at hz do not
// explain, as a part of full scale. Each tone is removed by a filter that
// passes a step at its full height and lets a slow fade vanish; rounding
// noise grows up to fourfold with every tone.
func Click(samples []int16, rate int, hz ...int) float64 {
	rest := make([]float64, len(samples))
	for i, v := range samples {
		rest[i] = float64(v)
	}
	for _, f := range hz {
		k := 2 * math.Cos(2*math.Pi*float64(f)/float64(rate))
		for i := len(rest) - 1; i >= 2; i-- {
			rest[i] -= k*rest[i-1] - rest[i-2]
		}
		rest = rest[min(2, len(rest)):]
	}
	var top float64
	for _, v := range rest {
		top = max(top, math.Abs(v))
	}
	return top / fullScale
}

func abs(v int) int { return max(v, -v) }
