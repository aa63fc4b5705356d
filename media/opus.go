package media

import (
	"math"

	"github.com/thesyncim/gopus"
)

// maxOpusPacket is the longest packet decoded: more does not fit a datagram.
const maxOpusPacket = 1500

const (
	// opusStep is what lengths are a multiple of: 2.5 ms.
	opusStep = 120
	// opusConcealed is how much is concealed at once: one usual packet. The
	// library takes a request for the longest packet for one of any length.
	opusConcealed = 960
	// opusRecovered is the longest frame with redundancy: 60 ms.
	opusRecovered = 2880
)

// opusDecoder decodes Opus to 48 kHz; stereo is mixed down. What panics inside
// the library is a broken packet and starts the decoder anew.
type opusDecoder struct {
	state     *gopus.Decoder
	concealed [opusConcealed]int16
	float     [opusRecovered]float32
}

func newOpusDecoder() (*opusDecoder, error) {
	state, err := gopus.NewDecoder(gopus.DecoderConfig{
		SampleRate:       48000,
		Channels:         1,
		MaxPacketSamples: maxDecoded * 48,
		MaxPacketBytes:   maxOpusPacket,
	})
	if err != nil {
		return nil, err
	}
	state.SetIgnoreExtensions(true)
	return &opusDecoder{state: state}, nil
}

func (d *opusDecoder) samples(payload []byte) int {
	if len(payload) > maxOpusPacket {
		return 0
	}
	return opusSamples(payload)
}

func (d *opusDecoder) decode(dst []int16, payload []byte) (n int) {
	want := d.samples(payload)
	if want == 0 || want > len(dst) {
		return 0
	}
	defer d.rescue(&n)
	n, err := d.state.DecodeInt16(payload, dst[:want])
	if err != nil {
		return 0
	}
	return n
}

// conceal has the library go on with what it last decoded.
func (d *opusDecoder) conceal(dst []int16) bool {
	for len(dst) > 0 {
		n := min(len(dst), len(d.concealed))
		d.lost(d.concealed[:(n+opusStep-1)/opusStep*opusStep])
		copy(dst, d.concealed[:n])
		dst = dst[n:]
	}
	return true
}

// lost fills dst with concealment, with silence when the library fails.
func (d *opusDecoder) lost(dst []int16) (n int) {
	defer d.rescue(&n)
	n, err := d.state.DecodeInt16(nil, dst)
	if err != nil {
		n = 0
	}
	clear(dst[n:])
	return n
}

// recover decodes the copy of the packet before that an encoder with in-band
// FEC puts into next. Where more is missing than one of its frames, what comes
// before it is concealed by the library.
func (d *opusDecoder) recover(dst []int16, next []byte) bool {
	if d.samples(next) == 0 || len(dst) < opusFrameSamples(next[0]) || len(dst) > len(d.float) || len(dst)%opusStep != 0 {
		return false
	}
	pcm := d.float[:len(dst)]
	if d.redundancy(pcm, next) != len(dst) {
		return false
	}
	for i, s := range pcm {
		dst[i] = int16(min(max(math.RoundToEven(float64(s)*32768), -32768), 32767))
	}
	return true
}

// redundancy is recover without conversion and bounds; it returns how much it
// wrote.
func (d *opusDecoder) redundancy(pcm []float32, next []byte) (n int) {
	defer d.rescue(&n)
	if !gopus.PacketHasLBRR(next) {
		return 0
	}
	n, err := d.state.DecodeWithFEC(next, pcm, true)
	if err != nil {
		return 0
	}
	return n
}

func (d *opusDecoder) reset() { d.state.Reset() }

// rescue is deferred around the library. A panic means that n is 0.
func (d *opusDecoder) rescue(n *int) {
	if recover() != nil {
		*n = 0
		d.state.Reset()
	}
}
