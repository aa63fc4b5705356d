package wav

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// readAll reads r to its end.
func readAll(t testing.TB, r *Reader) []int16 {
	t.Helper()
	var all []int16
	buf := make([]int16, 160)
	for {
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// decodeAll reads a whole file.
func decodeAll(t testing.TB, file []byte) []int16 {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r)
}

var samples = []int16{0, 1, -1, 32767, -32768, 1234, -4321}

func TestEncodeRoundTrip(t *testing.T) {
	var file bytes.Buffer
	if err := Encode(&file, 8000, samples); err != nil {
		t.Fatal(err)
	}
	if got := decodeAll(t, file.Bytes()); !slices.Equal(got, samples) {
		t.Errorf("got %v, want %v", got, samples)
	}
}

func TestWriterPatchesHeaderOnClose(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.wav")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, 16000)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]int16{samples[:3], samples[3:]} {
		if err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	unclosed, _ := os.ReadFile(name)
	if got := decodeAll(t, unclosed); !slices.Equal(got, samples) {
		t.Errorf("before Close: got %v, want %v", got, samples)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	closed, _ := os.ReadFile(name)
	var want bytes.Buffer
	if err := Encode(&want, 16000, samples); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(closed, want.Bytes()) {
		t.Errorf("after Close the file differs from Encode's")
	}
}
