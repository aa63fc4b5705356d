package tone

import "math"

// Silence is the level reported for digital silence, in dBov.
const Silence = -127.0

// fullScale is the amplitude of 0 dBov's square wave.
const fullScale = 32768

// Sine is an endless tone. Its phase continues from one Fill to the next and
// never drifts. The zero value but for its fields is ready to use; it belongs
// to one goroutine.
type Sine struct {
	Rate  int     // samples per second, 0 for 8000
	Hz    int     // below half of Rate
	Level float64 // in dBov, at most −3.01; louder is clipped

	n int // samples since the last whole second
}

// Fill writes the next len(dst) samples.
func (s *Sine) Fill(dst []int16) {
	rate := s.Rate
	if rate == 0 {
		rate = 8000
	}
	amplitude := Amplitude(s.Level)
	for i := range dst {
		turn := float64(s.Hz*s.n%rate) / float64(rate)
		dst[i] = clip(amplitude * math.Sin(2*math.Pi*turn))
		s.n = (s.n + 1) % rate
	}
}

// Amplitude is the peak of a sine of the given level in dBov, on the scale of
// 16-bit samples.
func Amplitude(level float64) float64 {
	return fullScale * math.Sqrt2 * math.Pow(10, level/20)
}

// clip rounds v to a sample.
func clip(v float64) int16 {
	return int16(math.Round(max(-fullScale, min(v, fullScale-1))))
}
