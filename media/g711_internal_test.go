package media

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// allSamples is every sample there is, in an order of no order.
func allSamples() []int16 {
	pcm := make([]int16, 1<<16)
	for i := range pcm {
		pcm[i] = int16(i * 40503)
	}
	return pcm
}

// Vector code and tables are the same for every sample and every code, at every
// length and place, and write nothing beyond.
func TestG711_VectorsAreTables(t *testing.T) {
	pcm := allSamples()
	codes := make([]byte, 1<<12)
	for i := range codes {
		codes[i] = byte(i * 181)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []Codec{PCMU, PCMA} {
		got, want := make([]byte, len(pcm)), make([]byte, len(pcm))
		n := encodeVector(c, got, pcm)
		encodeTable(c, want, pcm)
		if !bytes.Equal(got[:n], want[:n]) {
			t.Errorf("%v: the vectors code another way", c)
		}
		for range 1000 {
			at, n := rng.IntN(1000), rng.IntN(500)
			part := pcm[at : at+n]
			code := EncodeFrame(c, make([]byte, 3, 3+n+40), part)
			if !bytes.Equal(code[3:], want[at:at+n]) || !bytes.Equal(code[3+n:cap(code)], make([]byte, 40)) {
				t.Fatalf("%v: %d samples from %d on are coded another way", c, n, at)
			}
			from := codes[at : at+n]
			dst, all := make([]int16, n+40), make([]int16, n+40)
			decodeTable(c, all[:n], from)
			if DecodeFrame(c, dst[:n], from); !slices.Equal(dst, all) {
				t.Fatalf("%v: %d codes from %d on are decoded another way", c, n, at)
			}
		}
	}
}

// FuzzG711Vectors compares vectors and tables.
func FuzzG711Vectors(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0, 1, 0x7F, 0x80, 0xD5, 0xFF}, 60))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range []Codec{PCMU, PCMA} {
			got, want := make([]int16, len(data)), make([]int16, len(data))
			n := decodeVector(c, got, data)
			decodeTable(c, want, data)
			if !slices.Equal(got[:n], want[:n]) {
				t.Fatalf("%v: decoded another way", c)
			}
			pcm := make([]int16, len(data)/2)
			for i := range pcm {
				pcm[i] = int16(data[2*i]) | int16(data[2*i+1])<<8
			}
			code, table := make([]byte, len(pcm)), make([]byte, len(pcm))
			n = encodeVector(c, code, pcm)
			encodeTable(c, table, pcm)
			if !bytes.Equal(code[:n], table[:n]) {
				t.Fatalf("%v: coded another way", c)
			}
		}
	})
}

// BenchmarkG711 is a frame each way, by vectors and by tables.
func BenchmarkG711(b *testing.B) {
	pcm := speech(b)[0][4000:4160]
	code := EncodeFrame(PCMU, nil, pcm)
	dst := make([]int16, len(pcm))
	for name, f := range map[string]func(){
		"encode/vector": func() { encodeVector(PCMU, code, pcm) },
		"encode/table":  func() { encodeTable(PCMU, code, pcm) },
		"decode/vector": func() { decodeVector(PCMU, dst, code) },
		"decode/table":  func() { decodeTable(PCMU, dst, code) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}
