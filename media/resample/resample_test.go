package resample

import (
	"math"
	"testing"
)

// tone is n samples of a sine of hz at rate, with the given peak.
func tone(n, rate int, hz, peak float64) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(math.Round(peak * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return s
}

// convert resamples a whole signal in pieces of 20 ms.
func convert(t testing.TB, from, to int, src []int16) []int16 {
	t.Helper()
	r, err := New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var dst []int16
	for len(src) > 0 {
		n := min(len(src), from/50)
		dst = r.Append(dst, src[:n])
		src = src[n:]
	}
	return r.Flush(dst)
}

func TestLength(t *testing.T) {
	for _, c := range []struct{ from, to int }{{8000, 8000}, {44100, 8000}, {11025, 48000}, {96000, 8000}, {8000, 16000}} {
		for _, n := range []int{0, 1, 2, 5, 100, 4000, 44100} {
			got := len(convert(t, c.from, c.to, tone(n, c.from, 440, 8000)))
			if want := (n*c.to + c.from - 1) / c.from; got != want {
				t.Errorf("%d→%d: %d samples became %d, want %d", c.from, c.to, n, got, want)
			}
		}
	}
}
