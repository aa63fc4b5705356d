package resample

import (
	"math"
	"slices"
	"testing"
)

// rounds resamples a signal in pieces and returns two rounds of the loop it
// makes, and where the second one begins.
func rounds(t *testing.T, from, to int, src []int16) (loop []int16, seam int) {
	t.Helper()
	r, err := New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	r.Remember(to / 25)
	var first []int16
	for piece := range slices.Chunk(src, from/50) {
		first = r.Append(first, piece)
	}
	first, again := r.FlushLoop(first)
	if want := (len(src)*to + from - 1) / from; len(first) != want {
		t.Errorf("%d Hz: %d samples became %d, want %d", from, len(src), len(first), want)
	}
	return slices.Concat(first, again, first[len(again):]), len(first)
}

// unlike is the largest part of s that is no tone of hz: what a predictor of
// that tone does not foresee.
func unlike(s []int16, rate int, hz float64) (most float64) {
	k := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	for i := 2; i < len(s); i++ {
		most = max(most, math.Abs(float64(s[i])-k*float64(s[i-1])+float64(s[i-2])))
	}
	return most
}

// A loop of whole periods at its own rate goes on over the seam at every other
// one, wherever between two outputs it ends. What is left is the bent pitch.
func TestLoopIsExact(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		for extra := range 2 {
			period := from / 900
			hz := float64(from) / float64(period)
			src := tone(from/8/period*period+extra*period+period/3, from, hz, 16000)[period/3:]
			loop, seam := rounds(t, from, to, src)
			around := loop[seam-to/20 : seam+to/16]
			if got := unlike(around, to, hz); got > 16000*0.009 {
				t.Errorf("%d periods more: %.0f of 16000 is no tone around the seam", extra, got)
			}
		}
	})
}

func TestLoopWithoutASeam(t *testing.T) {
	r, err := New(44100, 8000)
	if err != nil {
		t.Fatal(err)
	}
	src := tone(44100, 44100, 440, 16000)
	want := convert(t, 44100, 8000, src)
	if got, again := r.FlushLoop(r.Append(nil, src)); again != nil || !slices.Equal(got, want) {
		t.Error("without Remember, FlushLoop is not Flush")
	}
	r.Remember(320)
	short := src[:1000]
	if got, again := r.FlushLoop(r.Append(nil, short)); again != nil || !slices.Equal(got, convert(t, 44100, 8000, short)) {
		t.Error("a signal shorter than what is made anew is not flushed")
	}
	first, again := r.FlushLoop(r.Append(nil, src))
	second, anew := r.FlushLoop(r.Append(nil, src))
	if len(again) != 320 || !slices.Equal(first, second) || !slices.Equal(again, anew) {
		t.Error("after FlushLoop the Resampler is not as new")
	}
	same, _ := New(8000, 8000)
	same.Remember(320)
	if got, again := same.FlushLoop(same.Append(nil, short)); again != nil || !slices.Equal(got, short) {
		t.Error("equal rates need no seam")
	}
}
