package media

import (
	"encoding/binary"

	"github.com/zaf/g711"
)

// G.711 is two tables each way, and code for vectors that computes the same
// where the processor has them. Encoding mu-law looks at the upper 14 bits of a
// sample and A-law at the upper 13, so the tables have 16,384 and 8,192 entries;
// TestG711_Tables proves them equal to the computed code for every sample.
var (
	ulawPCM  [256]int16
	alawPCM  [256]int16
	ulawCode [1 << 14]byte
	alawCode [1 << 13]byte
)

func init() {
	for i := range 256 {
		ulawPCM[i] = g711.DecodeUlawFrame(uint8(i))
		alawPCM[i] = g711.DecodeAlawFrame(uint8(i))
	}
	for i := range ulawCode {
		ulawCode[i] = g711.EncodeUlawFrame(int16(i << 2))
	}
	for i := range alawCode {
		alawCode[i] = g711.EncodeAlawFrame(int16(i << 3))
	}
}

// g711 reports whether c is mu-law or A-law.
func (c Codec) g711() bool { return c == PCMU || c == PCMA }

// EncodeFrame appends pcm coded with c to dst and returns the longer slice. It
// allocates only when dst has no room. NoCodec appends nothing.
//
// Decoding and encoding again gives the same byte for every code but one:
// mu-law 0x7F, the negative zero, comes back as the positive zero 0xFF. Both
// mean the sample 0, which can only have one code.
func EncodeFrame(c Codec, dst []byte, pcm []int16) []byte {
	if !c.g711() {
		return dst
	}
	n := len(dst)
	dst = grow(dst, len(pcm))
	code := dst[n:]
	done := encodeVector(c, code, pcm)
	encodeTable(c, code[done:], pcm[done:])
	return dst
}

// encodeTable fills dst with pcm coded with c.
func encodeTable(c Codec, dst []byte, pcm []int16) {
	pcm = pcm[:len(dst)]
	if c == PCMU {
		for i := range dst {
			dst[i] = ulawCode[uint16(pcm[i])>>2]
		}
		return
	}
	for i := range dst {
		dst[i] = alawCode[uint16(pcm[i])>>3]
	}
}

// grow lengthens b by n bytes of any value.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b[:len(b)+n]
	}
	return append(b, make([]byte, n)...)
}

// DecodeFrame decodes payload into dst and returns the number of samples: the
// shorter of what the payload holds and what dst takes. NoCodec gives none.
//
// A-law has no zero: its quietest codes are ±8. A payload of nothing but the
// idle code 0xD5 is taken for digital silence, so that a hundred silent A-law
// phones do not add up to an offset of 800. It encodes to 0xD5 again.
func DecodeFrame(c Codec, dst []int16, payload []byte) int {
	if !c.g711() {
		return 0
	}
	n := min(len(dst), len(payload))
	dst, payload = dst[:n], payload[:n]
	if c == PCMA && idle(payload) {
		clear(dst)
		return n
	}
	done := decodeVector(c, dst, payload)
	decodeTable(c, dst[done:], payload[done:])
	return n
}

// decodeTable decodes payload into dst.
func decodeTable(c Codec, dst []int16, payload []byte) {
	table := &ulawPCM
	if c == PCMA {
		table = &alawPCM
	}
	dst = dst[:len(payload)]
	for i, b := range payload {
		dst[i] = table[b]
	}
}

// alawIdle is the code that A-law equipment sends for silence.
const alawIdle = 0xD5

// idle reports whether payload is A-law silence; it looks no further than the
// first sound.
func idle(payload []byte) bool {
	for len(payload) >= 8 {
		if binary.LittleEndian.Uint64(payload) != alawIdle*0x0101010101010101 {
			return false
		}
		payload = payload[8:]
	}
	for _, b := range payload {
		if b != alawIdle {
			return false
		}
	}
	return true
}

// g711Coder encodes G.711.
type g711Coder struct{ codec Codec }

func (c g711Coder) encode(dst []byte, pcm []int16) []byte { return EncodeFrame(c.codec, dst, pcm) }

func (g711Coder) follow(coder) bool { return true }
