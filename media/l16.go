package media

import "encoding/binary"

// l16Decoder decodes linear 16 bit in network order (RFC 3551 section 4.5.11).
// It has no state.
type l16Decoder struct{ longest int }

func newL16Decoder(c Codec) l16Decoder { return l16Decoder{c.SampleRate() / 1000 * maxDecoded} }

func (d l16Decoder) samples(payload []byte) int {
	n := len(payload) / 2
	if n > d.longest || len(payload)%2 != 0 {
		return 0
	}
	return n
}

func (d l16Decoder) decode(dst []int16, payload []byte) int {
	n := min(len(dst), d.samples(payload))
	for i := range dst[:n] {
		dst[i] = int16(binary.BigEndian.Uint16(payload[2*i:]))
	}
	return n
}

func (l16Decoder) conceal([]int16) bool { return false }

func (l16Decoder) recover([]int16, []byte) bool { return false }

func (l16Decoder) reset() {}

// l16Coder encodes linear 16 bit.
type l16Coder struct{}

func (l16Coder) encode(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = binary.BigEndian.AppendUint16(dst, uint16(s))
	}
	return dst
}

func (l16Coder) follow(coder) bool { return true }
