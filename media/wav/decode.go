package wav

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/zaf/g711"
)

// A decoder turns blocks of a file into mono samples.
type decoder interface {
	// frames is how many mono samples a block gives.
	frames() int
	// decode decodes one block into dst[:frames()].
	decode(dst []int16, block []byte)
}

// sampleFunc reads one sample in the scale of int16.
type sampleFunc func(b []byte) int32

// linear decodes formats whose block is one sample of every channel.
type linear struct {
	sample          sampleFunc
	channels, width int
}

// newLinear finds the reader of f's samples.
func newLinear(f format) (*linear, error) {
	width, err := f.width()
	if err != nil {
		return nil, err
	}
	sample := sampleFuncs[sampleKind{f.tag, width}]
	if sample == nil {
		return nil, fmt.Errorf("%w: format tag 0x%04X with samples of %d bytes", ErrUnsupported, f.tag, width)
	}
	return &linear{sample, f.channels, width}, nil
}

func (l *linear) frames() int { return 1 }

func (l *linear) decode(dst []int16, block []byte) {
	var sum int32
	for c := range l.channels {
		sum += l.sample(block[c*l.width:][:l.width])
	}
	dst[0] = mean(sum, l.channels)
}

// mean is sum/n, rounded to the nearest.
func mean(sum int32, n int) int16 {
	if n == 1 {
		return int16(sum)
	}
	return int16(math.RoundToEven(float64(sum) / float64(n)))
}

// sampleKind tells the kinds of samples apart.
type sampleKind struct {
	tag   uint16
	width int // bytes
}

var sampleFuncs = map[sampleKind]sampleFunc{
	{tagPCM, 1}:   func(b []byte) int32 { return (int32(b[0]) - 128) << 8 },
	{tagPCM, 2}:   func(b []byte) int32 { return int32(int16(binary.LittleEndian.Uint16(b))) },
	{tagPCM, 3}:   func(b []byte) int32 { return narrow(int32(b[0])<<8 | int32(b[1])<<16 | int32(b[2])<<24) },
	{tagPCM, 4}:   func(b []byte) int32 { return narrow(int32(binary.LittleEndian.Uint32(b))) },
	{tagFloat, 4}: func(b []byte) int32 { return fromFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))) },
	{tagFloat, 8}: func(b []byte) int32 { return fromFloat(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
	{tagALaw, 1}:  func(b []byte) int32 { return int32(aLaw[b[0]]) },
	{tagMuLaw, 1}: func(b []byte) int32 { return int32(muLaw[b[0]]) },
}

// narrow rounds a 32-bit sample to 16 bits.
func narrow(v int32) int32 {
	return int32(min((int64(v)+1<<15)>>16, math.MaxInt16))
}

// fromFloat scales a sample whose full scale is 1. Louder ones are clipped, and
// what is not a number is silence.
func fromFloat(v float64) int32 {
	if v != v {
		return 0
	}
	return int32(math.RoundToEven(max(math.MinInt16, min(v*32768, math.MaxInt16))))
}

// aLaw and muLaw hold the sample of every G.711 code.
var aLaw, muLaw = g711Tables()

func g711Tables() (a, mu [256]int16) {
	for code := range 256 {
		a[code] = g711.DecodeAlawFrame(uint8(code))
		mu[code] = g711.DecodeUlawFrame(uint8(code))
	}
	return a, mu
}
