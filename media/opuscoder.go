package media

import (
	"fmt"

	"github.com/thesyncim/gopus"
)

// The defaults of Opus encoding. Complexity 5 is where libopus has all of its
// search for speech but no analysis of the signal; DECISIONS.md has what it
// costs.
const (
	opusComplexity = 5
	opusLoss       = 10 // percent, for which FEC is made
)

// opusBand is a bandwidth and what it is coded at (RFC 7587 section 3.1.1:
// 16-20 kbit/s for wideband, 28-40 for fullband speech; ours leave room for
// FEC).
type opusBand struct {
	rate      int // lowest sample rate that holds it, in Hz
	bandwidth gopus.Bandwidth
	bitRate   int
}

var opusBands = []opusBand{
	{48000, gopus.BandwidthFullband, 32000},
	{24000, gopus.BandwidthSuperwideband, 28000},
	{16000, gopus.BandwidthWideband, 24000},
	{12000, gopus.BandwidthMediumband, 20000},
	{0, gopus.BandwidthNarrowband, 16000},
}

// bandFor is the widest band that a sample rate holds.
func bandFor(rate int) opusBand {
	for _, b := range opusBands {
		if rate >= b.rate {
			return b
		}
	}
	return opusBands[len(opusBands)-1]
}

// opusCoder encodes Opus for speech, mono, 20 ms, variable bit rate.
type opusCoder struct {
	state  *gopus.Encoder
	params OpusParams
	packet [maxOpusFrame + 1]byte
}

func newOpusCoder(p OpusParams) (*opusCoder, error) {
	state, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: 48000, Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, err
	}
	if err := state.SetComplexity(opusComplexity); err != nil {
		return nil, err
	}
	state.SetVBR(true)
	if p.FEC {
		state.SetFEC(true)
		if err := state.SetPacketLoss(opusLoss); err != nil {
			return nil, err
		}
	}
	c := &opusCoder{state: state, params: p}
	if err := c.adapt(48000); err != nil {
		return nil, fmt.Errorf("opus encoder: %w", err)
	}
	return c, nil
}

// adapt codes what audio of rate can hold and the phone wants, at the bit rate
// that befits it.
func (c *opusCoder) adapt(rate int) error {
	if most := c.params.MaxPlaybackRate; most > 0 {
		rate = min(rate, most)
	}
	band := bandFor(rate)
	bits := band.bitRate
	if most := c.params.MaxBitRate; most > 0 {
		bits = max(min(bits, most), 6000)
	}
	if err := c.state.SetMaxBandwidth(band.bandwidth); err != nil {
		return err
	}
	return c.state.SetBitrate(bits)
}

func (c *opusCoder) setRate(rate int) { _ = c.adapt(rate) }

func (c *opusCoder) encode(dst []byte, pcm []int16) []byte {
	n, err := c.state.EncodeInt16(pcm, c.packet[:])
	if err != nil {
		return dst
	}
	return append(dst, c.packet[:n]...)
}

func (c *opusCoder) memoryless() bool { return false }

func (c *opusCoder) follow(coder) bool { return false }
