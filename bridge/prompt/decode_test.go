package prompt

import (
	"io"
	"testing"

	"partyline/mixer/tone"
)

// twoRates is a file of one second at each of two rates, with the same tone.
type twoRates struct {
	parts []tone.Sine
	left  int
	rate  int
}

func (f *twoRates) Rate() int { return f.rate }

func (f *twoRates) Read(dst []int16) (int, error) {
	if f.left == 0 {
		if len(f.parts) == 0 {
			return 0, io.EOF
		}
		f.rate, f.left = f.parts[0].Rate, f.parts[0].Rate
	}
	n := min(len(dst), f.left, 1152)
	f.parts[0].Fill(dst[:n])
	if f.left -= n; f.left == 0 {
		f.parts = f.parts[1:]
	}
	return n, nil
}

// TestF02_RateChange: an MP3 whose rate changes in its middle keeps its pitch
// and its length.
func TestF02_RateChange(t *testing.T) {
	const hz = 983
	rates := []int{44100, 22050, 8000, 16000}
	file := &twoRates{rate: rates[0]}
	for _, r := range rates {
		file.parts = append(file.parts, tone.Sine{Rate: r, Hz: hz, Level: -20})
	}
	d := &decoder{pcm: file, track: newTrack(8000, func() {})}
	if err := d.prepare(file.Rate(), 8000); err != nil {
		t.Fatal(err)
	}
	var pcm []int16
	for {
		piece, err := d.next()
		pcm = append(pcm, piece...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := 8000 * len(rates); len(pcm) != want {
		t.Errorf("%d samples, want %d", len(pcm), want)
	}
	for i, r := range rates {
		if l := tone.Level(pcm[i*8000+400:i*8000+7600], 8000, hz); l < -20.5 || l > -19.5 {
			t.Errorf("the second at %d Hz has the tone at %.1f dBov, want -20", r, l)
		}
	}
}
