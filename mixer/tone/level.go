package tone

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Threshold is the level in dBov above which Hears takes a tone for heard.
const Threshold = -60.0

// Power is the level of all of samples together, in dBov.
func Power(samples []int16) float64 {
	var sum float64
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return Silence
	}
	return dBov(sum / float64(len(samples)))
}

// Level is the level in dBov of the sine at hz within samples. The window is
// a Blackman-Harris one: tones further than 4·rate/len(samples) Hz away
// leak less than −90 dB of their own level; 1,100 samples at 8 kHz keep tones
// 30 Hz apart from each other.
func Level(samples []int16, rate, hz int) float64 {
	var re, im, weight float64
	for i, v := range samples {
		w := blackmanHarris(i, len(samples))
		sin, cos := math.Sincos(2 * math.Pi * float64(hz*i%rate) / float64(rate))
		re += w * cos * float64(v)
		im += w * sin * float64(v)
		weight += w
	}
	if re == 0 && im == 0 {
		return Silence
	}
	amplitude := 2 * math.Hypot(re, im) / weight
	return dBov(amplitude * amplitude / 2)
}

// Hears names, sorted and separated by spaces, the tones that are louder than
// Threshold in samples. Tones maps names to frequencies in Hz.
func Hears(samples []int16, rate int, tones map[string]int) string {
	var heard []string
	for _, name := range slices.Sorted(maps.Keys(tones)) {
		if Level(samples, rate, tones[name]) > Threshold {
			heard = append(heard, name)
		}
	}
	return strings.Join(heard, " ")
}

// dBov turns a mean square into a level.
func dBov(meanSquare float64) float64 {
	return max(Silence, 10*math.Log10(meanSquare/(fullScale*fullScale)))
}

// blackmanHarris is the four-term window of n samples at sample i.
func blackmanHarris(i, n int) float64 {
	c := math.Cos(2 * math.Pi * float64(i) / float64(n))
	cos2, cos3 := 2*c*c-1, 4*c*c*c-3*c
	return 0.35875 - 0.48829*c + 0.14128*cos2 - 0.01168*cos3
}
