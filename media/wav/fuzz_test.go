package wav

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func FuzzWAV(f *testing.F) {
	for _, c := range codings {
		f.Add(riff(fmtChunk(c.tag, 2, 8000, c.width, c.bits), chunk("data", make([]byte, 64))))
		f.Add(riff(extensibleChunk(c.tag, 1, 8000, c.width, c.bits), dataSized(0, make([]byte, 64))))
	}
	f.Add(riff(fmtChunk(tagIMA, 1, 8000, 16, 4), chunk("fact", make([]byte, 4)), chunk("data", make([]byte, 64))))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrMalformed) {
				t.Fatalf("unnamed error: %v", err)
			}
			return
		}
		if r.Rate() < minRate || r.Rate() > maxRate {
			t.Fatalf("rate %d", r.Rate())
		}
		total, buf := 0, make([]int16, 100)
		for {
			n, err := r.Read(buf)
			if total += n; total > 2*len(file) {
				t.Fatalf("%d samples out of %d bytes", total, len(file))
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
