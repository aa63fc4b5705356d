package phone

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gotranspile/g722"
	"github.com/thesyncim/gopus"
	"github.com/zaf/g711"
)

// codec is a way to code audio, under the payload type that the phone gives it.
type codec struct {
	name        string // as tests write it
	rtpmap      string // as SDP writes it
	payloadType uint8
	clock, rate int // in Hz, of timestamps and of PCM
	size        int // bytes in a packet, in Opus whatever fits
	packets     int // in 20 ms
	open        func() coder
}

// coder is the state of a codec in one direction.
type coder interface {
	encode(dst []byte, pcm []int16) int
	decode(payload []byte) []int16
}

var (
	pcmu   = codec{"PCMU", "PCMU/8000", 0, 8000, 8000, 160, 1, g711Coder(g711.EncodeUlawFrame, g711.DecodeUlawFrame)}
	pcma   = codec{"PCMA", "PCMA/8000", 8, 8000, 8000, 160, 1, g711Coder(g711.EncodeAlawFrame, g711.DecodeAlawFrame)}
	codecs = []codec{
		pcmu, pcma,
		{"G722", "G722/8000", 9, 8000, 16000, 160, 1, newG722},
		{"opus", "opus/48000/2", 111, 48000, 48000, 160, 1, newOpus},
		{"L16/48000", "L16/48000", 112, 48000, 48000, 960, 2, newL16},
		{"L16/16000", "L16/16000", 113, 16000, 16000, 640, 1, newL16},
		{"L16/8000", "L16/8000", 114, 8000, 8000, 320, 1, newL16},
	}
)

// codecsNamed finds codecs; without a name it is PCMU.
func codecsNamed(names ...string) ([]codec, error) {
	var out []codec
	for _, name := range names {
		i := slices.IndexFunc(codecs, func(c codec) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("phone: unknown codec %q", name)
		}
		out = append(out, codecs[i])
	}
	if len(out) == 0 {
		out = []codec{pcmu}
	}
	return out, nil
}

// codecOfType finds the codec of a received packet.
func codecOfType(payloadType uint8) (c codec, ok bool) {
	return findCodec(func(c codec) bool { return c.payloadType == payloadType })
}

// codecOfMap finds the codec behind an rtpmap.
func codecOfMap(rtpmap string) (c codec, ok bool) {
	return findCodec(func(c codec) bool { return strings.EqualFold(c.rtpmap, rtpmap) })
}

func findCodec(is func(codec) bool) (c codec, ok bool) {
	if i := slices.IndexFunc(codecs, is); i >= 0 {
		return codecs[i], true
	}
	return codec{}, false
}

// g711Law is one of the two laws.
type g711Law struct {
	enc func(int16) byte
	dec func(byte) int16
}

func g711Coder(enc func(int16) byte, dec func(byte) int16) func() coder {
	return func() coder { return g711Law{enc, dec} }
}

func (g g711Law) encode(dst []byte, pcm []int16) int {
	for i, s := range pcm {
		dst[i] = g.enc(s)
	}
	return len(pcm)
}

func (g g711Law) decode(payload []byte) []int16 {
	out := make([]int16, len(payload))
	for i, b := range payload {
		out[i] = g.dec(b)
	}
	return out
}

type g722Coder struct {
	enc *g722.Encoder
	dec *g722.Decoder
}

func newG722() coder {
	return g722Coder{g722.NewEncoder(g722.Rate64000, 0), g722.NewDecoder(g722.Rate64000, 0)}
}

func (g g722Coder) encode(dst []byte, pcm []int16) int { return g.enc.Encode(dst, pcm) }

func (g g722Coder) decode(payload []byte) []int16 {
	out := make([]int16, 2*len(payload))
	return out[:g.dec.Decode(out, payload)]
}

type opusCoder struct {
	enc *gopus.Encoder
	dec *gopus.Decoder
}

func newOpus() coder {
	enc, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: 48000, Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		panic(err)
	}
	dec, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(48000, 1))
	if err != nil {
		panic(err)
	}
	return opusCoder{enc, dec}
}

func (o opusCoder) encode(dst []byte, pcm []int16) int {
	n, _ := o.enc.EncodeInt16(pcm, dst)
	return n
}

func (o opusCoder) decode(payload []byte) []int16 {
	out := make([]int16, 5760)
	n, err := o.dec.DecodeInt16(payload, out)
	if err != nil {
		return nil
	}
	return out[:n]
}

// l16Coder is network byte order (RFC 3551 section 4.5.11).
type l16Coder struct{}

func newL16() coder { return l16Coder{} }

func (l16Coder) encode(dst []byte, pcm []int16) int {
	for i, s := range pcm {
		binary.BigEndian.PutUint16(dst[2*i:], uint16(s))
	}
	return 2 * len(pcm)
}

func (l16Coder) decode(payload []byte) []int16 {
	out := make([]int16, len(payload)/2)
	for i := range out {
		out[i] = int16(binary.BigEndian.Uint16(payload[2*i:]))
	}
	return out
}
