package media

import (
	"math"
	"testing"

	"github.com/gotranspile/g722"
)

// The decoder gives the library's bits wherever those have not wrapped, for
// voice, tones and noise at every level, and for any bytes.
func TestG722_DecodesAsTheLibrary(t *testing.T) {
	for seed, sound := range [][]int16{voiceLike(48000, 0), toneFrame(48000, 0, 16000, 1000, 12000), toneFrame(48000, 0, 16000, 1000, 32767), noisy(48000, 3)} {
		coded := newG722Coder().encode(nil, sound)
		if seed == 3 { // no encoder made these
			for i := range coded {
				coded[i] = byte(sound[i])
			}
		}
		theirs := make([]int16, 2*len(coded))
		g722.NewDecoder(g722.Rate64000, 0).Decode(theirs, coded)
		ours := make([]int16, len(theirs))
		newG722Decoder().decode(ours, coded)
		for i, v := range ours {
			if v != theirs[i] && v != math.MaxInt16 && v != math.MinInt16 {
				t.Fatalf("sound %d, sample %d: %d, the library has %d", seed, i, v, theirs[i])
			}
		}
	}
}

// The loudest tone that there is stays one.
func TestG722_LoudDoesNotWrap(t *testing.T) {
	for _, hz := range []float64{300, 1000, 3000} {
		pcm := toneFrame(16000, 0, 16000, hz, 32767)
		d := newG722Decoder()
		got := make([]int16, len(pcm))
		d.decode(got, newG722Coder().encode(nil, pcm))
		steepest := 2 * math.Pi * hz / 16000 * 32767
		for i := 1001; i < len(got); i++ {
			if step := math.Abs(float64(got[i]) - float64(got[i-1])); step > 1.3*steepest+2000 {
				t.Fatalf("%v Hz, sample %d: a step of %.0f", hz, i, step)
			}
		}
	}
}
