package media

import (
	"bytes"
	"slices"
	"testing"
)

// testDecoder is a decoder of c.
func testDecoder(t testing.TB, c Codec) decoder {
	t.Helper()
	d, err := newDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// guarded calls f with a slice of n samples and reports a write behind it.
func guarded(t *testing.T, n int, f func(dst []int16)) {
	t.Helper()
	room := slices.Repeat([]int16{0x5A5A}, n+200)
	f(room[:n])
	for i, v := range room[n:] {
		if v != 0x5A5A {
			t.Fatalf("wrote %d samples behind the end of %d", i+1, n)
		}
	}
}

// wantBounded checks what the decoder interface promises of any payload: no
// panic, at most maxDecoded, nothing written behind the end. So the time is
// bounded too: every loop runs over samples or bytes.
func wantBounded(t *testing.T, c Codec, d decoder, payload []byte) {
	t.Helper()
	n, frame := d.samples(payload), c.SampleRate()/50
	if n < 0 || n > c.SampleRate()/1000*maxDecoded {
		t.Fatalf("%d samples of %d bytes", n, len(payload))
	}
	guarded(t, frame, func(dst []int16) { d.recover(dst, payload) })
	guarded(t, n, func(dst []int16) {
		if got := d.decode(dst, payload); got < 0 || got > n {
			t.Fatalf("decoded %d of %d samples", got, n)
		}
	})
	guarded(t, frame+13, func(dst []int16) { d.conceal(dst) })
	guarded(t, frame/2, func(dst []int16) { d.decode(dst, payload) }) // less room than asked for
}

// fuzzDecoder runs the packets that data holds, each behind a byte with its
// length, through a decoder of each codec.
func fuzzDecoder(f *testing.F, seeds [][]byte, codecs ...Codec) {
	for _, s := range seeds {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, c := range codecs {
			d := testDecoder(t, c)
			wantBounded(t, c, d, first)
			wantBounded(t, c, d, second)
			d.reset()
			wantBounded(t, c, d, second)
		}
	})
}

// plainSeeds are payloads without an inner structure.
var plainSeeds = [][]byte{nil, {0}, bytes.Repeat([]byte{0xD5}, 160), bytes.Repeat([]byte{0, 0xFF, 0x7F}, 500), make([]byte, 20000)}

func FuzzG711(f *testing.F) { fuzzDecoder(f, plainSeeds, PCMU, PCMA) }

func FuzzG722(f *testing.F) { fuzzDecoder(f, plainSeeds, G722) }

func FuzzL16(f *testing.F) { fuzzDecoder(f, plainSeeds, L16at8k, L16at16k, L16at48k) }

func FuzzOpus(f *testing.F) { fuzzDecoder(f, append(opusSeeds(f), plainSeeds...), Opus) }

// opusSeeds are good packets of every bandwidth, with redundancy, and the edges
// of the framing.
func opusSeeds(f *testing.F) (seeds [][]byte) {
	for _, rate := range []int{8000, 16000, 24000, 48000} {
		c, err := newOpusCoder(OpusParams{FEC: true, MaxPlaybackRate: rate})
		if err != nil {
			f.Fatal(err)
		}
		for i := range 3 {
			seeds = append(seeds, c.encode(nil, noisy(960, i)))
		}
	}
	for toc := range 256 {
		seeds = append(seeds, []byte{byte(toc), 0x41, 3, 0, 0, 0}, append([]byte{byte(toc), 0x83, 10, 20}, make([]byte, 60)...))
	}
	return seeds
}

// noisy is n samples of a harsh sound, another one for each seed.
func noisy(n, seed int) []int16 {
	pcm := make([]int16, n)
	x := uint32(seed + 1)
	for i := range pcm {
		x = x*1664525 + 1013904223
		pcm[i] = int16(x>>16)/4 + int16(i%80-40)*200
	}
	return pcm
}
