package wav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// wave is sample i of what the tests record.
func wave(i int) float64 { return 0.9 * math.Sin(float64(i)/7) }

func TestF03_EveryCodingRateAndChannelCount(t *testing.T) {
	const n = 120
	for _, c := range codings {
		for _, rate := range []int{8000, 11025, 16000, 22050, 44100, 48000, 96000} {
			for channels := 1; channels <= 8; channels++ {
				var body []byte
				for i := range n {
					for range channels {
						body = c.put(body, wave(i))
					}
				}
				for _, head := range [][]byte{
					fmtChunk(c.tag, channels, rate, c.width, c.bits),
					extensibleChunk(c.tag, channels, rate, c.width, c.bits),
				} {
					wantWave(t, fmt.Sprintf("%s, %d Hz, %d channels", c.name, rate, channels),
						riff(head, chunk("data", body)), rate, n, c.tolerance)
				}
			}
		}
	}
}

// wantWave fails unless file holds n samples of wave.
func wantWave(t *testing.T, what string, file []byte, rate, n, tolerance int) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	got := readAll(t, r)
	if r.Rate() != rate || len(got) != n {
		t.Errorf("%s: %d samples at %d Hz, want %d at %d", what, len(got), r.Rate(), n, rate)
		return
	}
	for i, v := range got {
		if want := wave(i) * 32768; math.Abs(float64(v)-want) > float64(tolerance) {
			t.Errorf("%s: sample %d is %d, want %.0f", what, i, v, want)
			return
		}
	}
}

func TestF03_MonoIsExact(t *testing.T) {
	all := make([]int16, 1<<16)
	for i := range all {
		all[i] = int16(i)
	}
	var file bytes.Buffer
	if err := Encode(&file, 8000, all); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(decodeAll(t, file.Bytes()), all) {
		t.Error("16-bit mono samples changed")
	}
}

func TestF03_DownmixIsTheMean(t *testing.T) {
	for _, c := range []struct {
		frame []int64
		want  int16
	}{
		{[]int64{32767, 32767}, 32767},
		{[]int64{-32768, -32768, -32768, -32768, -32768, -32768}, -32768},
		{[]int64{1000, 3000}, 2000},
		{[]int64{600, 0, 0, 0, 0, 0}, 100},
		{[]int64{30000, -30000}, 0},
	} {
		var body []byte
		for _, v := range c.frame {
			body = putInt(body, v, 2)
		}
		got := decodeAll(t, riff(fmtChunk(tagPCM, len(c.frame), 8000, 2, 16), chunk("data", body)))
		if !slices.Equal(got, []int16{c.want}) {
			t.Errorf("%v became %v, want %d", c.frame, got, c.want)
		}
	}
}

func TestF03_FloatsOutOfRange(t *testing.T) {
	var body []byte
	for _, v := range []float64{2, -2, math.Inf(1), math.Inf(-1), math.NaN(), 1, -1, 0} {
		body = codings[6].put(body, v)
	}
	got := decodeAll(t, riff(fmtChunk(tagFloat, 1, 8000, 8, 64), chunk("data", body)))
	want := []int16{32767, -32768, 32767, -32768, 0, 32767, -32768, 0}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestF03_IMA(t *testing.T) {
	for _, c := range []struct {
		name   string
		rate   int
		length int
	}{{"ima_8k_mono.wav", 8000, 8000}, {"ima_11k_stereo.wav", 11025, 5512}} {
		file, err := os.ReadFile(filepath.Join("testdata", c.name))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, r)
		if r.Rate() != c.rate || len(got) < c.length {
			t.Errorf("%s: %d samples at %d Hz", c.name, len(got), r.Rate())
		}
		var signal, noise float64
		for i, v := range got[:c.length] {
			want := 16384 * math.Sin(2*math.Pi*1000*float64(i)/float64(c.rate))
			signal += want * want
			noise += (float64(v) - want) * (float64(v) - want)
		}
		if db := 10 * math.Log10(signal/noise); db < 20 {
			t.Errorf("%s: %.1f dB above the noise", c.name, db)
		}
	}
}

func TestF03_IMAEndsWhereFactSays(t *testing.T) {
	head := fmtChunk(tagIMA, 1, 8000, 8, 4) // blocks of 8 bytes, 9 samples
	for fact, want := range map[uint32]int{0: 27, 20: 20, 1000: 27} {
		file := riff(head, chunk("fact", putInt(nil, int64(fact), 4)), chunk("data", make([]byte, 24)))
		if got := len(decodeAll(t, file)); got != want {
			t.Errorf("fact %d: %d samples, want %d", fact, got, want)
		}
	}
}

func TestF03_UnsupportedIsNamed(t *testing.T) {
	oddGUID := extensibleChunk(tagPCM, 1, 8000, 2, 16)
	oddGUID[len(oddGUID)-1] ^= 1
	data := chunk("data", make([]byte, 100))
	for _, c := range []struct {
		file []byte
		want string
	}{
		{riff(fmtChunk(0x0055, 1, 8000, 1, 0), data), "MP3"},
		{riff(fmtChunk(0x0031, 1, 8000, 65, 0), data), "GSM"},
		{riff(fmtChunk(0x0002, 1, 8000, 256, 4), data), "Microsoft ADPCM"},
		{riff(fmtChunk(0x7777, 1, 8000, 2, 16), data), "0x7777"},
		{riff(oddGUID, data), "extensible"},
		{riff(fmtChunk(tagPCM, 1, 8000, 8, 64), data), "8 bytes"},
		{riff(fmtChunk(tagFloat, 1, 8000, 2, 16), data), "2 bytes"},
		{riff(fmtChunk(tagPCM, 9, 8000, 2, 16), data), "9 channels"},
		{riff(fmtChunk(tagPCM, 1, 3999, 2, 16), data), "3999 Hz"},
		{riff(fmtChunk(tagPCM, 1, 192001, 2, 16), data), "192001 Hz"},
		{riff(fmtChunk(tagIMA, 1, 8000, 20000, 4), data), "20000 bytes"},
		{append([]byte("RIFX\x00\x00\x00\x00WAVE"), data...), "RIFX"},
	} {
		_, err := NewReader(bytes.NewReader(c.file))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want ErrUnsupported with %q", err, c.want)
		}
	}
}

func TestF04_Malformed(t *testing.T) {
	good := fmtChunk(tagPCM, 1, 8000, 2, 16)
	data := chunk("data", make([]byte, 100))
	for _, c := range []struct {
		file []byte
		want string
	}{
		{nil, "ends before"},
		{[]byte("RIF"), "ends before"},
		{[]byte("<!DOCTYPE html><html>"), "RIFF"},
		{[]byte("RIFF\x00\x00\x00\x00AVI LIST"), "WAVE"},
		{riff(data), "no fmt"},
		{riff(chunk("LIST", make([]byte, 33)), data), "no fmt"},
		{riff(good), "ends before"},
		{riff(chunk("fmt ", make([]byte, 9)), data), "9 bytes"},
		{riff(fmtChunk(tagPCM, 0, 8000, 2, 16), data), "no channels"},
		{riff(fmtChunk(tagPCM, 1, 8000, 0, 16), data), "blocks of 0"},
		{riff(fmtChunk(tagPCM, 1, 8000, 1, 16), data), "16 bits in 1"},
		{riff(fmtChunk(tagIMA, 1, 8000, 0, 4), data), "blocks of 0"},
		{riff(fmtChunk(tagIMA, 2, 8000, 5, 4), data), "blocks of 10"},
		{append([]byte("RIFF\x00\x00\x00\x00WAVE"), "junk\xFF\xFF\xFF\xFF"...), "before the data"},
	} {
		_, err := NewReader(bytes.NewReader(c.file))
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want ErrMalformed with %q", err, c.want)
		}
	}
}

// waveBody is n samples of wave as 16-bit PCM.
func waveBody(n int) (body []byte) {
	for i := range n {
		body = codings[2].put(body, wave(i))
	}
	return body
}

func TestF04_SizesAndChunkOrder(t *testing.T) {
	const n = 301
	body, head := waveBody(n), fmtChunk(tagPCM, 1, 8000, 2, 16)
	list := chunk("LIST", []byte("INFOISFT\x05\x00\x00\x00noise"))
	ds64 := chunk("ds64", putInt(putInt(make([]byte, 8), 2*n, 8), n, 12))
	long := riff(ds64, head, dataSized(0xFFFFFFFF, body), list)
	copy(long, "RF64")
	half := riff(head, dataSized(4*n, append(slices.Clone(body), 77)))
	half = half[:len(half)-1] // the padding of the whole
	for name, file := range map[string][]byte{
		"data size 0":          riff(head, dataSized(0, body)),
		"data size 0xFFFFFFFF": riff(head, dataSized(0xFFFFFFFF, body)),
		"data size 0x7FFFF000": riff(head, dataSized(0x7FFFF000, body)),
		"larger than the file": riff(head, dataSized(4*n, body)),
		"half a last sample":   half,
		"LIST first":           riff(list, head, chunk("data", body)),
		"LIST last":            riff(head, chunk("data", body), list),
		"odd chunks":           riff(chunk("JUNK", make([]byte, 7)), head, chunk("odd ", []byte{1}), chunk("data", body)),
		"big chunk":            riff(chunk("JUNK", make([]byte, 1<<20)), head, chunk("data", body)),
		"long fmt":             riff(chunk("fmt ", append(fmtBody(tagPCM, 1, 8000, 2, 16), make([]byte, 301)...)), chunk("data", body)),
		"RF64":                 long,
	} {
		wantWave(t, name, file, 8000, n, 2)
	}
}

func TestF04_EmptyDataIsNoNoise(t *testing.T) {
	head := fmtChunk(tagPCM, 1, 8000, 2, 16)
	for name, file := range map[string][]byte{
		"nothing behind": riff(head, chunk("data", nil)),
		"LIST behind":    riff(head, chunk("data", nil), chunk("LIST", make([]byte, 100))),
	} {
		if got := decodeAll(t, file); len(got) != 0 {
			t.Errorf("%s: %d samples out of nothing", name, len(got))
		}
	}
}

func TestF04_TruncatedAnywhere(t *testing.T) {
	const n = 100
	file := riff(fmtChunk(tagPCM, 1, 8000, 2, 16), chunk("data", waveBody(n)))
	const head = 44
	for cut := range file {
		r, err := NewReader(bytes.NewReader(file[:cut]))
		if cut < head {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%d bytes: %v", cut, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", cut, err)
		}
		if got := len(readAll(t, r)); got != (cut-head)/2 {
			t.Errorf("%d bytes: %d samples", cut, got)
		}
	}
}

func TestF04_BoundedMemory(t *testing.T) {
	endless := io.MultiReader(
		bytes.NewReader(append([]byte("RIFF\xFF\xFF\xFF\xFFWAVE"), fmtChunk(tagPCM, 2, 48000, 2, 16)...)),
		bytes.NewReader(dataSized(0xFFFFFFFF, nil)),
		zeros{},
	)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := NewReader(endless)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]int16, 960)
	for range 1000 {
		if _, err := r.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256<<10 {
		t.Errorf("20 seconds took %d bytes", n)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestEndlessChunksAreRefused(t *testing.T) {
	src := io.MultiReader(strings.NewReader("RIFF\x00\x00\x00\x00WAVE"), zeros{})
	if _, err := NewReader(src); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
}

func TestReadGivesWhatIsThere(t *testing.T) {
	pr, pw := io.Pipe()
	go pw.Write(riff(fmtChunk(tagPCM, 1, 8000, 2, 16), dataSized(0, waveBody(10))))
	r, err := NewReader(pr)
	if err != nil {
		t.Fatal(err)
	}
	// The pipe is not at its end: a Read that waited for more would never return.
	if n, err := r.Read(make([]int16, 100)); n != 10 || err != nil {
		t.Errorf("got %d and %v, want the 10 samples that were there", n, err)
	}
}

func TestSourceErrorComesThrough(t *testing.T) {
	file := riff(fmtChunk(tagPCM, 1, 8000, 2, 16), dataSized(0, waveBody(10)))
	for _, n := range []int{0, 20, len(file) - 1} {
		src := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(iotest.ErrTimeout))
		r, err := NewReader(src)
		if err == nil {
			if n, _ := r.Read(make([]int16, 100)); n != 9 {
				t.Errorf("%d samples before the error, want 9", n)
			}
			_, err = r.Read(make([]int16, 100))
		}
		if !errors.Is(err, iotest.ErrTimeout) || errors.Is(err, ErrMalformed) {
			t.Errorf("after %d bytes: got %v, want %v", n, err, iotest.ErrTimeout)
		}
	}
}

func BenchmarkReadStereo(b *testing.B) {
	src := io.MultiReader(bytes.NewReader(append([]byte("RIFF\xFF\xFF\xFF\xFFWAVE"), fmtChunk(tagPCM, 2, 44100, 2, 16)...)),
		bytes.NewReader(dataSized(0xFFFFFFFF, nil)), zeros{})
	r, err := NewReader(src)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]int16, 882)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}
