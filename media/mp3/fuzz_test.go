package mp3

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func FuzzMP3(f *testing.F) {
	for _, name := range []string{"cbr64_48k_noinfo.mp3", "cbr24_16k_mono.mp3", "mpeg25_8k.mp3", "layer2.mp2"} {
		f.Add(fixture(f, name))
	}
	f.Add(fixture(f, "cbr32_22k_mono.mp3")[:3000])
	f.Add(append(id3v2(40), ape(40)...))
	f.Add(frameRow(0xFFFB0064, 700, 4))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := NewReader(bytes.NewReader(src))
		if err != nil {
			if !errors.Is(err, ErrNotMP3) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("unnamed error: %v", err)
			}
			return
		}
		// The smallest frame has 24 bytes and gives at most 1152 samples.
		most := (len(src)/24 + 1) * 1152
		pcm, err := drain(r, most+1)
		if len(pcm) > most {
			t.Fatalf("%d samples out of %d bytes", len(pcm), len(src))
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, ErrNoFrames) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("unnamed error: %v", err)
		}
		if r.Rate() < 16000 || r.Rate() > 48000 {
			t.Fatalf("rate %d", r.Rate())
		}
	})
}
