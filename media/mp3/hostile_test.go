package mp3

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestF02_Truncated(t *testing.T) {
	file := fixture(t, "cbr128_44k_stereo.mp3")
	whole := decodeBytes(t, file)
	for n := 2000; n < len(file); n += 1307 {
		pcm := decodeBytes(t, file[:n])
		if !slices.Equal(pcm, whole[:len(pcm)]) {
			t.Fatalf("the first %d bytes do not give the first samples", n)
		}
		if want := (n/418 - 3) * 1152; len(pcm) < want {
			t.Fatalf("the first %d bytes give %d samples, want %d", n, len(pcm), want)
		}
	}
}

func TestF02_JoinedAnywhere(t *testing.T) {
	for _, name := range []string{"cbr64_48k_noinfo.mp3", "cbr32_22k_mono.mp3", "vbr_44k_stereo.mp3"} {
		frames := split(t, fixture(t, name))
		file := bytes.Join(frames[1:], nil)
		whole := decodeBytes(t, file)
		loudest := peak(whole)
		for n := range len(file) / 2 {
			if n%311 != 0 {
				continue
			}
			pcm := decodeBytes(t, file[n:])
			wantTail(t, name, pcm, whole, len(whole)/4)
			if p := peak(pcm); p > loudest*5/4 {
				t.Errorf("%s from byte %d on: peak %d, the file's is %d", name, n, p, loudest)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func TestF02_GarbageBetweenFrames(t *testing.T) {
	frames := split(t, fixture(t, "cbr128_44k_stereo.mp3"))[1:]
	whole := decodeBytes(t, bytes.Join(frames, nil))
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for name, garbage := range map[string][]byte{
		"noise":              noise,
		"zeros":              make([]byte, 100000),
		"false headers":      bytes.Repeat([]byte{0xFF, 0xFB, 0x90, 0x64, 7}, 200),
		"half a frame":       frames[5][:200],
		"layer II header":    {0xFF, 0xFD, 0x90, 0x64},
		"free format header": {0xFF, 0xFB, 0x00, 0x64},
		"rate change header": {0xFF, 0xFB, 0x94, 0x64},
	} {
		src := slices.Concat(bytes.Join(frames[:20], nil), garbage, bytes.Join(frames[20:], nil))
		pcm, r := decode(t, bytes.NewReader(src))
		wantTail(t, name, pcm, whole, 12*1152)
		if p := peak(pcm); p > peak(whole)*5/4 {
			t.Errorf("%s: peak %d, the file's is %d", name, p, peak(whole))
		}
		if r.Resyncs() < 1 || r.Resyncs() > 2 {
			t.Errorf("%s: %d resyncs, want 1 or 2", name, r.Resyncs())
		}
	}
}

func TestF02_Mutated(t *testing.T) {
	frames := split(t, fixture(t, "cbr128_44k_stereo.mp3"))
	file := bytes.Join(frames, nil)
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 0))
		bad := slices.Clone(file)
		for range 1 + random.IntN(40) {
			bad[random.IntN(len(bad))] = byte(random.Uint32())
		}
		r, err := NewReader(bytes.NewReader(bad))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pcm, err := drain(r, math.MaxInt)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(pcm) < 20*1152 {
			t.Errorf("seed %d: only %d samples", seed, len(pcm))
		}
	}
}

// breakingFrame finds a frame that makes the decoder panic.
func breakingFrame(t *testing.T) (header, []byte) {
	t.Helper()
	frame := split(t, fixture(t, "cbr24_16k_mono.mp3"))[10]
	h, _ := parseHeader(frame)
	for seed := range uint64(5000) {
		random := rand.New(rand.NewPCG(seed, 0))
		bad := slices.Clone(frame)
		for i := h.sideStart(); i < len(bad); i++ {
			bad[i] = byte(random.Uint32())
		}
		bad[h.sideStart()] = 0 // borrow nothing
		e := engine{frame: bad}
		if err := e.run(h); err != nil && strings.Contains(err.Error(), "panicked") {
			return h, bad
		}
	}
	t.Fatal("no frame made the decoder panic")
	return 0, nil
}

func TestF02_DecoderPanicIsSilence(t *testing.T) {
	_, bad := breakingFrame(t)
	frames := split(t, fixture(t, "cbr24_16k_mono.mp3"))
	whole := decodeBytes(t, bytes.Join(frames, nil))
	frames[10] = bad
	pcm, r := decode(t, bytes.NewReader(bytes.Join(frames, nil)))
	if len(pcm) != len(whole) {
		t.Errorf("%d samples, want %d", len(pcm), len(whole))
	}
	if r.Resyncs() != 1 {
		t.Errorf("%d resyncs, want 1", r.Resyncs())
	}
	wantTail(t, "after the panic", pcm, whole, 4*576)
}

func TestF02_NothingDecodes(t *testing.T) {
	_, bad := breakingFrame(t)
	r, err := NewReader(&repeat{b: bad})
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := drain(r, math.MaxInt)
	if !errors.Is(err, ErrNoFrames) {
		t.Errorf("got %v, want ErrNoFrames", err)
	}
	if peak(pcm) != 0 {
		t.Error("frames that do not decode are not silent")
	}
}

func TestF02_MusicTurnsIntoSomethingElse(t *testing.T) {
	file := fixture(t, "cbr64_48k_noinfo.mp3")
	r, err := NewReader(io.MultiReader(bytes.NewReader(file), &repeat{b: make([]byte, 100)}))
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := drain(r, math.MaxInt)
	if !errors.Is(err, ErrNoFrames) || len(pcm) < 24*1152 {
		t.Errorf("got %d samples and %v, want those of the file and ErrNoFrames", len(pcm), err)
	}
}

// frameRow is n silent frames with the same header, size bytes each.
func frameRow(head uint32, size, n int) []byte {
	frame := binary.BigEndian.AppendUint32(nil, head)
	frame = append(frame, make([]byte, size-4)...)
	return bytes.Repeat(frame, n)
}

func TestF02_UnsupportedIsNamed(t *testing.T) {
	for _, c := range []struct {
		src  []byte
		want string
	}{
		{fixture(t, "mpeg25_8k.mp3"), "MPEG-2.5"},
		{fixture(t, "layer2.mp2"), "Layer II"},
		{append(id3v2(1000), fixture(t, "layer2.mp2")...), "Layer II"},
		{frameRow(0xFFFF9000, 312, 10), "Layer I"},
		{frameRow(0xFFFB0064, 700, 10), "free format"},
	} {
		_, err := NewReader(bytes.NewReader(c.src))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want ErrUnsupported with %q", err, c.want)
		}
	}
}

// counter counts the bytes read.
type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestF02_NotMP3(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	for name, src := range map[string]io.Reader{
		"nothing":      strings.NewReader(""),
		"one byte":     strings.NewReader("\xFF"),
		"HTML":         strings.NewReader("<html>" + strings.Repeat("TABLE AND TAG ", 1000)),
		"half a frame": bytes.NewReader(frameRow(0xFFFB9064, 200, 1)),
		"zeros":        &repeat{b: make([]byte, 10)},
		"all ones":     &repeat{b: []byte{0xFF}},
		"random":       random,
	} {
		c := counter{Reader: src}
		if _, err := NewReader(&c); !errors.Is(err, ErrNotMP3) {
			t.Errorf("%s: got %v, want ErrNotMP3", name, err)
		}
		if c.n > maxGap+2*window {
			t.Errorf("%s: %d bytes read before giving up", name, c.n)
		}
	}
}

func TestOneFrameIsAFile(t *testing.T) {
	frame := frameRow(0xFFFB9064, 417, 1)
	if n := len(decodeBytes(t, frame)); n != 1152 {
		t.Errorf("%d samples, want 1152", n)
	}
}
