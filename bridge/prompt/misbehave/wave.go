package misbehave

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Tone is the frequency of everything audible, in Hz.
const Tone = 440

// level is the peak of the tone.
const level = 0.25

// Format is a way to store samples in a WAV file.
type Format struct {
	Name       string
	Tag        uint16
	Bits       int
	Extensible bool
	put        func(b []byte, v float64) []byte
}

// Formats are the ways that are to be played.
var Formats = []Format{
	{"pcm8", 1, 8, false, func(b []byte, v float64) []byte { return append(b, byte(math.Round(v*127)+128)) }},
	{"pcm16", 1, 16, false, putInt(16)},
	{"pcm24", 1, 24, false, putInt(24)},
	{"pcm32", 1, 32, false, putInt(32)},
	{"float32", 3, 32, false, func(b []byte, v float64) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}},
	{"alaw", 6, 8, false, func(b []byte, v float64) []byte { return append(b, alaw(v)) }},
	{"ulaw", 7, 8, false, func(b []byte, v float64) []byte { return append(b, ulaw(v)) }},
	{"extensible", 1, 16, true, putInt(16)},
}

// Foreign is a format that nobody is expected to play: GSM 6.10.
var Foreign = Format{Name: "gsm", Tag: 0x31, Bits: 8, put: Formats[0].put}

// putInt returns a function that appends a little-endian integer.
func putInt(bits int) func(b []byte, v float64) []byte {
	return func(b []byte, v float64) []byte {
		n := int64(math.Round(v * (math.Exp2(float64(bits-1)) - 1)))
		for i := 0; i < bits; i += 8 {
			b = append(b, byte(n>>i))
		}
		return b
	}
}

// WAV returns the tone as a WAV file of the given number of frames, the same in
// every channel.
func WAV(f Format, rate, channels, frames int) []byte {
	var data []byte
	for i := range frames {
		v := level * math.Sin(2*math.Pi*Tone*float64(i)/float64(rate))
		data = append(data, bytes.Repeat(f.put(nil, v), channels)...)
	}
	return riff(chunk("fmt ", f.header(rate, channels)), chunk("data", data))
}

// Seamless returns a file of 442 whole periods of 441 Hz at 44.1 kHz, a good loop
// that is no whole number of samples long at 8 kHz.
func Seamless() []byte {
	wav := WAV(Formats[1], 100*Tone, 1, 44200)
	binary.LittleEndian.PutUint32(wav[24:], 44100)
	return wav
}

// header returns the body of the fmt chunk.
func (f Format) header(rate, channels int) []byte {
	align := channels * f.Bits / 8
	tag := f.Tag
	if f.Extensible {
		tag = 0xFFFE
	}
	var b []byte
	b = binary.LittleEndian.AppendUint16(b, tag)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*align))
	b = binary.LittleEndian.AppendUint16(b, uint16(align))
	b = binary.LittleEndian.AppendUint16(b, uint16(f.Bits))
	if f.Extensible {
		b = binary.LittleEndian.AppendUint16(b, 22)
		b = binary.LittleEndian.AppendUint16(b, uint16(f.Bits))
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint16(b, f.Tag)
		b = append(b, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"...)
	}
	return b
}

// chunk returns a RIFF chunk, padded.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// riff returns a WAV file made of chunks.
func riff(chunks ...[]byte) []byte {
	body := []byte("WAVE")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return chunk("RIFF", body)
}

// resize sets the size field of the data chunk of a plain WAV file, which is
// its last one.
func resize(wav []byte, size uint32) []byte {
	for i := 12; i+8 <= len(wav); {
		n := binary.LittleEndian.Uint32(wav[i+4:])
		if string(wav[i:i+4]) == "data" {
			binary.LittleEndian.PutUint32(wav[i+4:], size)
			return wav
		}
		i += 8 + int(n+n%2)
	}
	panic(fmt.Sprintf("misbehave: no data chunk in %d bytes", len(wav)))
}

// alaw and ulaw code one sample as in G.711, by search.
func alaw(v float64) byte { return nearest(v, expandA) }
func ulaw(v float64) byte { return nearest(v, expandU) }

// nearest returns the code whose expansion is closest to v.
func nearest(v float64, expand func(byte) float64) (best byte) {
	for c := range 256 {
		if math.Abs(expand(byte(c))-v) < math.Abs(expand(best)-v) {
			best = byte(c)
		}
	}
	return best
}

// expandA returns the value of an A-law code.
func expandA(c byte) float64 {
	c ^= 0x55
	exp, mant := int(c>>4&7), int(c&15)
	v := mant<<4 + 8
	if exp > 0 {
		v = (v + 256) << (exp - 1)
	}
	if c&0x80 == 0 {
		v = -v
	}
	return float64(v) / 32768
}

// expandU returns the value of a µ-law code.
func expandU(c byte) float64 {
	c = ^c
	v := (int(c&15)<<3+132)<<(c>>4&7) - 132
	if c&0x80 != 0 {
		v = -v
	}
	return float64(v) / 32768
}
