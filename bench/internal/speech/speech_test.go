package speech

import (
	"math"
	"slices"
	"testing"
)

func TestMake_SameSeedSameSpeech(t *testing.T) {
	a, b, c := Make(1, 110, 5), Make(1, 110, 5), Make(2, 110, 5)
	if !slices.Equal(a, b) {
		t.Error("the same seed gives something else")
	}
	if slices.Equal(a, c) {
		t.Error("another seed gives the same")
	}
	if len(a) != 5*rate {
		t.Errorf("%d samples", len(a))
	}
}

// Speech talks more than half of the time, pauses often, never clips, and its
// pauses are quieter than what may be cut unheard.
func TestMake_TalksAndPauses(t *testing.T) {
	pcm := Make(3, 110, 60)
	loud, quiet, top := 0, 0, 0
	for at := 0; at+160 <= len(pcm); at += 160 {
		peak := 0
		for _, v := range pcm[at : at+160] {
			peak = max(peak, int(v), -int(v))
		}
		top = max(top, peak)
		switch {
		case peak < 120:
			quiet++
		case peak > 1000:
			loud++
		}
	}
	if loud < 1500 || quiet < 400 {
		t.Errorf("%d frames of 3000 are loud, %d quiet", loud, quiet)
	}
	if top > 32000 || top < 8000 {
		t.Errorf("peak %d", top)
	}
}

// The voice has the pitch it was asked for.
func TestMake_Pitch(t *testing.T) {
	for _, hz := range []float64{100, 200} {
		pcm := Make(4, hz, 30)
		var sum, n float64
		for at := 0; at+800 <= len(pcm); at += 400 {
			if lag, like := period(pcm[at : at+800]); like > 0.8 {
				sum += rate / float64(lag)
				n++
			}
		}
		if got := sum / n; math.Abs(got-hz) > 0.2*hz || n < 50 {
			t.Errorf("%v Hz asked, %.0f Hz heard in %v places", hz, got, n)
		}
	}
}

// period is the lag, from 60 to 280 Hz, at which x is most like itself.
func period(x []int16) (lag int, like float64) {
	for l := rate / 280; l <= rate/60; l++ {
		var ab, aa, bb float64
		for i := range x[l:] {
			a, b := float64(x[i]), float64(x[i+l])
			ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
		}
		if aa < 1e8 {
			return 0, 0
		}
		// A longer lag that is as good is an octave below.
		if c := ab / math.Sqrt(aa*bb); c > like+0.05 {
			lag, like = l, c
		}
	}
	return lag, like
}
