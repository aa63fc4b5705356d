package media

import "fmt"

// maxDecoded is the longest packet decoded, in milliseconds. The longest Opus
// packet lasts 120 ms; phones send 20 ms, or 60 ms where the path is slow.
const maxDecoded = 120

// decoder turns the payloads of one codec from one sender into PCM at the
// codec's sample rate, packet by packet in the order of playout. It belongs to
// one leg and allocates nothing after newDecoder.
type decoder interface {
	// samples is how much PCM a payload holds, without decoding it; 0 for one
	// that cannot be played, or lasts longer than maxDecoded.
	samples(payload []byte) int
	// decode fills dst, which has room for samples(payload), and returns how
	// much it wrote; less than samples says that the payload is broken.
	decode(dst []int16, payload []byte) int
	// conceal makes up len(dst) samples for a packet that never came. False
	// means that the codec has no concealment of its own.
	conceal(dst []int16) bool
	// recover makes the len(dst) samples of the packet before next from the
	// redundancy in next, false when there is none. It is called before
	// decode(next), with nothing decoded in between.
	recover(dst []int16, next []byte) bool
	// reset forgets the sender: another one follows.
	reset()
}

// newDecoder makes the decoder of c.
func newDecoder(c Codec) (decoder, error) {
	switch c {
	case PCMU, PCMA:
		return g711Decoder{c}, nil
	case G722:
		return newG722Decoder(), nil
	case Opus:
		return newOpusDecoder()
	case L16at8k, L16at16k, L16at48k:
		return newL16Decoder(c), nil
	}
	return nil, fmt.Errorf("media: no decoder for codec %d", c)
}

// Decoder decodes for those who are no leg, such as tests and tools.
type Decoder struct{ d decoder }

// NewDecoder makes a Decoder of c. NoCodec has none.
func NewDecoder(c Codec) (*Decoder, error) {
	d, err := newDecoder(c)
	if err != nil {
		return nil, err
	}
	return &Decoder{d}, nil
}

// Samples is how much PCM payload holds at the codec's sample rate, 0 for one
// that cannot be played.
func (d *Decoder) Samples(payload []byte) int { return d.d.samples(payload) }

// Decode fills dst, which has room for Samples(payload), and returns how much
// it wrote.
func (d *Decoder) Decode(dst []int16, payload []byte) int { return d.d.decode(dst, payload) }

// g711Decoder has no state.
type g711Decoder struct{ codec Codec }

func (d g711Decoder) samples(payload []byte) int {
	if len(payload) > maxDecoded*8 {
		return 0
	}
	return len(payload)
}

func (d g711Decoder) decode(dst []int16, payload []byte) int {
	return DecodeFrame(d.codec, dst, payload)
}

func (d g711Decoder) conceal([]int16) bool { return false }

func (d g711Decoder) recover([]int16, []byte) bool { return false }

func (d g711Decoder) reset() {}
