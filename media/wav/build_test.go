package wav

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/zaf/g711"
)

// chunk is a chunk with its padding.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	return append(b, make([]byte, len(body)&1)...)
}

// fmtChunk is a plain fmt chunk.
func fmtChunk(tag, channels, rate, width, bits int) []byte {
	return chunk("fmt ", fmtBody(tag, channels, rate, width, bits))
}

func fmtBody(tag, channels, rate, width, bits int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, uint16(tag))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*width*channels))
	b = le.AppendUint16(b, uint16(width*channels))
	return le.AppendUint16(b, uint16(bits))
}

// extensibleChunk is the fmt chunk of WAVE_FORMAT_EXTENSIBLE.
func extensibleChunk(tag, channels, rate, width, bits int) []byte {
	b := fmtBody(tagExtensible, channels, rate, width, 8*width)
	b = append(b, 22, 0, byte(bits), 0, 0, 0, 0, 0, byte(tag), byte(tag>>8))
	return chunk("fmt ", append(b, guidTail...))
}

// riff is a file of these chunks.
func riff(chunks ...[]byte) []byte {
	body := append([]byte("WAVE"), slices.Concat(chunks...)...)
	return chunk("RIFF", body)
}

// dataSized is a data chunk that tells another size than it has.
func dataSized(size uint32, body []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte("data"), size), body...)
}

// coding is one way to write a sample from -1 to 1.
type coding struct {
	name             string
	tag, width, bits int
	put              func(b []byte, v float64) []byte
	tolerance        int // in the scale of int16
}

var codings = []coding{
	{"PCM 8", tagPCM, 1, 8, func(b []byte, v float64) []byte { return append(b, byte(128+int(math.Round(v*127)))) }, 400},
	{"PCM 12", tagPCM, 2, 12, func(b []byte, v float64) []byte { return putInt(b, int64(math.Round(v*2047))<<4, 2) }, 32},
	{"PCM 16", tagPCM, 2, 16, func(b []byte, v float64) []byte { return putInt(b, int64(math.Round(v*32767)), 2) }, 2},
	{"PCM 24", tagPCM, 3, 24, func(b []byte, v float64) []byte { return putInt(b, int64(math.Round(v*8388607)), 3) }, 1},
	{"PCM 32", tagPCM, 4, 32, func(b []byte, v float64) []byte { return putInt(b, int64(math.Round(v*2147483647)), 4) }, 1},
	{"float 32", tagFloat, 4, 32, func(b []byte, v float64) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}, 1},
	{"float 64", tagFloat, 8, 64, func(b []byte, v float64) []byte {
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}, 1},
	{"A-law", tagALaw, 1, 8, func(b []byte, v float64) []byte { return append(b, g711.EncodeAlawFrame(int16(v*32767))) }, 1100},
	{"mu-law", tagMuLaw, 1, 8, func(b []byte, v float64) []byte { return append(b, g711.EncodeUlawFrame(int16(v*32767))) }, 1100},
}

// putInt appends the width low bytes of v.
func putInt(b []byte, v int64, width int) []byte {
	for range width {
		b, v = append(b, byte(v)), v>>8
	}
	return b
}
