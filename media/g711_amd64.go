package media

import "golang.org/x/sys/cpu"

// g711Step is how many samples the vector code takes at once.
const g711Step = 32

// vectors says that the processor has the instructions of the vector code.
var vectors = cpu.X86.HasAVX2

// encodeVector codes as much of pcm as the vector code can, and returns how much
// that is.
func encodeVector(c Codec, dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm)) &^ (g711Step - 1)
	if !vectors || n == 0 {
		return 0
	}
	if c == PCMU {
		encodeUlawAVX2(&dst[0], &pcm[0], n)
	} else {
		encodeAlawAVX2(&dst[0], &pcm[0], n)
	}
	return n
}

// decodeVector decodes as much of payload as the vector code can, and returns
// how much that is.
func decodeVector(c Codec, dst []int16, payload []byte) int {
	n := min(len(dst), len(payload)) &^ (g711Step - 1)
	if !vectors || n == 0 {
		return 0
	}
	if c == PCMU {
		decodeUlawAVX2(&dst[0], &payload[0], n)
	} else {
		decodeAlawAVX2(&dst[0], &payload[0], n)
	}
	return n
}

// The vector code takes n samples, a multiple of g711Step above 0. It computes
// what the tables hold: a code is exponent and upper mantissa of a sample as a
// float32.

//go:noescape
func encodeUlawAVX2(dst *byte, pcm *int16, n int)

//go:noescape
func encodeAlawAVX2(dst *byte, pcm *int16, n int)

//go:noescape
func decodeUlawAVX2(dst *int16, payload *byte, n int)

//go:noescape
func decodeAlawAVX2(dst *int16, payload *byte, n int)
