package phone

import "math"

// reach is how many samples at the lower rate the filter of a converter spans.
const reach = 64

// converter changes the rate of PCM by a whole factor, with a delay of half its
// reach: 4 ms at 8 kHz. Its pass band ends at 7/8 of the lower rate's half.
type converter struct {
	up, down int       // one of them is 1
	taps     []float64 // low-pass at the higher rate
	past     []float64 // what came in, newest last
	skip     int       // samples until the next one goes out
}

// newConverter makes a converter between two of 8,000, 16,000 and 48,000 Hz,
// nil where there is nothing to change.
func newConverter(from, to int) *converter {
	if from == to {
		return nil
	}
	factor := max(from, to) / min(from, to)
	n := reach * factor
	c := &converter{up: 1, down: 1, taps: make([]float64, n)}
	if to > from {
		c.up, c.past = factor, make([]float64, reach)
	} else {
		c.down, c.past = factor, make([]float64, n)
	}
	sum := 0.0
	for i := range c.taps {
		x := float64(i) - float64(n-1)/2
		window := 0.42 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)) + 0.08*math.Cos(4*math.Pi*(float64(i)+0.5)/float64(n))
		c.taps[i] = sinc(0.95*x/float64(factor)) * window
		sum += c.taps[i]
	}
	for i := range c.taps {
		c.taps[i] *= float64(c.up) / sum
	}
	return c
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// convert returns in at the other rate. A nil converter returns it as it is.
func (c *converter) convert(in []int16) []int16 {
	if c == nil {
		return in
	}
	out := make([]int16, 0, (len(in)*c.up+c.down-1)/c.down)
	for _, s := range in {
		copy(c.past, c.past[1:])
		c.past[len(c.past)-1] = float64(s)
		if c.skip > 0 {
			c.skip--
			continue
		}
		c.skip = c.down - 1
		for phase := range c.up {
			out = append(out, c.filter(phase))
		}
	}
	return out
}

// filter is one sample of the output.
func (c *converter) filter(phase int) int16 {
	sum := 0.0
	for i, s := range c.past {
		sum += s * c.taps[(len(c.past)-1-i)*c.up+phase]
	}
	return int16(math.Round(min(max(sum, math.MinInt16), math.MaxInt16)))
}
