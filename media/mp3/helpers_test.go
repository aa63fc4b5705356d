package mp3

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drain reads at most limit samples and returns the error that ended it, nil
// when limit did.
func drain(r *Reader, limit int) ([]int16, error) {
	var all []int16
	buf := make([]int16, 500)
	for len(all) < limit {
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// decode reads a source that must last until io.EOF.
func decode(t testing.TB, src io.Reader) ([]int16, *Reader) {
	t.Helper()
	r, err := NewReader(src)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := drain(r, math.MaxInt)
	if !errors.Is(err, io.EOF) {
		t.Fatalf("reading ended with %v, want EOF", err)
	}
	return pcm, r
}

func decodeBytes(t testing.TB, b []byte) []int16 {
	t.Helper()
	pcm, _ := decode(t, bytes.NewReader(b))
	return pcm
}

// split cuts a file into its frames, tags left out.
func split(t testing.TB, file []byte) [][]byte {
	t.Helper()
	s := newScanner(bytes.NewReader(file))
	var frames [][]byte
	for {
		_, frame, _, err := s.next()
		if err != nil {
			return frames
		}
		frames = append(frames, slices.Clone(frame))
	}
}

// toneAndRest returns the level of hz in pcm and of all else, in dB of full
// scale sine.
func toneAndRest(pcm []int16, rate int, hz float64) (tone, rest float64) {
	var re, im, sum float64
	for i, s := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(s) * math.Cos(w)
		im += float64(s) * math.Sin(w)
		sum += float64(s) * float64(s)
	}
	n := float64(len(pcm))
	power := 2 * (re*re + im*im) / (n * n)
	db := func(p float64) float64 { return 10 * math.Log10(max(p, 1e-9)/(32768*32768/2)) }
	return db(power), db(sum/n - power)
}

func peak(pcm []int16) (p int) {
	for _, s := range pcm {
		p = max(p, int(s), -int(s))
	}
	return p
}

// wantTail fails unless the last n samples of got and want are the same but for
// rounding.
func wantTail(t testing.TB, what string, got, want []int16, n int) {
	t.Helper()
	if len(got) < n || len(want) < n {
		t.Errorf("%s: %d samples, want at least %d", what, len(got), n)
		return
	}
	got, want = got[len(got)-n:], want[len(want)-n:]
	for i := range got {
		if d := int(got[i]) - int(want[i]); d < -1 || d > 1 {
			t.Errorf("%s: %d samples before the end: %d, want %d", what, n-i, got[i], want[i])
			return
		}
	}
}
