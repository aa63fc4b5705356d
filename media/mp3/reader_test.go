package mp3

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"
)

func TestF01_PitchRateAndLength(t *testing.T) {
	for _, c := range []struct {
		file             string
		rate, length     int
		settled, toneEnd int // where the tone stands
	}{
		{"cbr128_44k_stereo.mp3", 44100, 44100, 2000, 42000},
		{"vbr_44k_stereo.mp3", 44100, 44100, 2000, 42000},
		{"cbr32_22k_mono.mp3", 22050, 44100, 11025 + 500, 11025 + 2250},
		{"cbr24_11k_mono.mp3", 11025, 11025, 200, 1200},
		{"vbr_12k_stereo.mp3", 12000, 12000, 200, 1300},
		{"cbr24_16k_mono.mp3", 16000, 9600, 800, 8800},
		{"cbr64_48k_noinfo.mp3", 48000, 0, 3600, 27600},
	} {
		t.Run(c.file, func(t *testing.T) {
			pcm, r := decode(t, bytes.NewReader(fixture(t, c.file)))
			if r.Rate() != c.rate {
				t.Errorf("rate %d, want %d", r.Rate(), c.rate)
			}
			if c.length > 0 && len(pcm) != c.length {
				t.Errorf("%d samples, want %d", len(pcm), c.length)
			}
			tone, rest := toneAndRest(pcm[c.settled:c.toneEnd], c.rate, 1000)
			if tone < -24 || rest > tone-30 {
				t.Errorf("1 kHz at %.1f dB, the rest at %.1f dB", tone, rest)
			}
			if r.Resyncs() != 0 {
				t.Errorf("%d resyncs in a sound file", r.Resyncs())
			}
		})
	}
}

// What go-mp3 gets wrong unless it is rewritten: padded frames of 22.05 kHz and
// all of MPEG-2.5. The tone comes in bursts, so that blocks of every length and
// borrowed main data are in it.
func TestF01_LowRatesAreNoNoise(t *testing.T) {
	for file, rate := range map[string]int{
		"cbr32_22k_mono.mp3": 22050, "cbr24_11k_mono.mp3": 11025, "vbr_12k_stereo.mp3": 12000,
	} {
		pcm := decodeBytes(t, fixture(t, file))
		period, on := rate/4, rate/8
		for start := 0; start+period <= len(pcm); start += period {
			tone, rest := toneAndRest(pcm[start+rate/70:start+on-rate/70], rate, 1000)
			if tone < -14 || rest > tone-20 {
				t.Errorf("%s at %d: tone %.1f dB, the rest %.1f dB", file, start, tone, rest)
			}
			if p := peak(pcm[start+on+rate/40 : start+period-rate/40]); p > 500 {
				t.Errorf("%s at %d: peak %d where silence is", file, start, p)
			}
		}
	}
}

func TestF01_LoopHasNoGap(t *testing.T) {
	pcm := decodeBytes(t, fixture(t, "cbr128_44k_stereo.mp3")) // 1000 whole periods
	loop := slices.Concat(pcm, pcm)
	seam := loop[len(pcm)-441 : len(pcm)+441]
	tone, rest := toneAndRest(seam, 44100, 1000)
	if rest > tone-40 {
		t.Errorf("around the seam: tone %.1f dB, the rest %.1f dB", tone, rest)
	}
}

func TestF01_FilesInARow(t *testing.T) {
	file := fixture(t, "cbr128_44k_stereo.mp3")
	pcm := decodeBytes(t, file)
	row := decodeBytes(t, slices.Concat(file, file))
	if len(row) != 2*len(pcm) {
		t.Fatalf("%d samples, want twice %d: delay and padding of both are cut", len(row), len(pcm))
	}
	wantTail(t, "second file", row, pcm, 40000)
}

// A broadcast can begin with the info frame of some file and then go on.
func TestF01_FramesBeyondTheToldNumberArePlayed(t *testing.T) {
	frames := split(t, fixture(t, "cbr128_44k_stereo.mp3"))
	audio := bytes.Join(frames[1:], nil)
	src := slices.Concat(frames[0], audio, audio, audio)
	if got, want := len(decodeBytes(t, src)), 44100+2*1152*(len(frames)-1); got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
}

func TestF06_EndlessBroadcastInFlatMemory(t *testing.T) {
	frames := split(t, fixture(t, "cbr24_16k_mono.mp3"))
	r, err := NewReader(&repeat{b: bytes.Join(frames[1:], nil)})
	if err != nil {
		t.Fatal(err)
	}
	const minute = 60 * 16000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	buf := make([]int16, 320)
	play := func(samples int) {
		for samples > 0 {
			n, err := r.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			samples -= n
		}
	}
	play(minute / 6)
	before := heap()
	play(minute)
	if after := heap(); after > before+256<<10 {
		t.Errorf("heap grew from %d to %d bytes", before, after)
	}
}

// repeat is b for ever.
type repeat struct {
	b  []byte
	at int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.at:])
	r.at = (r.at + n) % len(r.b)
	return n, nil
}

func TestRateChangesBetweenReads(t *testing.T) {
	high, low := fixture(t, "cbr128_44k_stereo.mp3"), fixture(t, "cbr32_22k_mono.mp3")
	r, err := NewReader(bytes.NewReader(slices.Concat(high, low, high)))
	if err != nil {
		t.Fatal(err)
	}
	type run struct{ rate, samples int }
	var runs []run
	buf := make([]int16, 4000)
	for {
		n, err := r.Read(buf)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 || runs[len(runs)-1].rate != r.Rate() {
			runs = append(runs, run{rate: r.Rate()})
		}
		runs[len(runs)-1].samples += n
	}
	if want := []run{{44100, 44100}, {22050, 44100}, {44100, 44100}}; !slices.Equal(runs, want) {
		t.Errorf("got %v, want %v", runs, want)
	}
}

// seeker fails the test when it is used as one.
type seeker struct {
	io.Reader
	t *testing.T
}

func (s seeker) Seek(int64, int) (int64, error) {
	s.t.Error("the source was asked to seek")
	return 0, errors.New("no")
}

func TestNeverSeeks(t *testing.T) {
	decode(t, seeker{bytes.NewReader(fixture(t, "cbr24_16k_mono.mp3")), t})
}

func TestSmallReads(t *testing.T) {
	file := fixture(t, "vbr_44k_stereo.mp3")
	want := decodeBytes(t, file)
	got, _ := decode(t, iotest.OneByteReader(bytes.NewReader(file)))
	if !slices.Equal(got, want) {
		t.Error("byte by byte the source gives other samples")
	}
}

func TestSourceErrorComesThrough(t *testing.T) {
	broken := errors.New("connection reset")
	file := fixture(t, "cbr128_44k_stereo.mp3")
	// A source that would go on after its error.
	r, err := NewReader(io.MultiReader(iotest.TimeoutReader(bytes.NewReader(file[:8000])), bytes.NewReader(file)))
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := drain(r, math.MaxInt)
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %v, want %v", err, iotest.ErrTimeout)
	}
	if len(pcm) < 15*1152 {
		t.Errorf("%d samples before the error", len(pcm))
	}
	if _, err := NewReader(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("NewReader: got %v, want %v", err, broken)
	}
}

func BenchmarkRead(b *testing.B) {
	frames := split(b, fixture(b, "cbr128_44k_stereo.mp3"))
	r, err := NewReader(&repeat{b: bytes.Join(frames[1:], nil)})
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]int16, 1152)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}
