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
	opusLoss       = 10   // percent, for which FEC is made
	minOpusBitRate = 6000 // the least Opus has (RFC 7587 section 6.1)
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
	c := &opusCoder{state: state}
	if err := c.bound(p); err != nil {
		return nil, fmt.Errorf("opus encoder: %w", err)
	}
	return c, nil
}

// bound keeps to the bandwidth the phone plays and the bit rate that befits it.
// The bandwidth stays when the conference's rate changes: a switch of it is
// heard as a click, and empty bands cost next to nothing.
func (c *opusCoder) bound(p OpusParams) error {
	rate := 48000
	if p.MaxPlaybackRate > 0 {
		rate = min(rate, p.MaxPlaybackRate)
	}
	band := bandFor(rate)
	bits := band.bitRate
	if p.MaxBitRate > 0 {
		bits = max(min(bits, p.MaxBitRate), minOpusBitRate)
	}
	if err := c.state.SetMaxBandwidth(band.bandwidth); err != nil {
		return err
	}
	return c.state.SetBitrate(bits)
}

func (c *opusCoder) encode(dst []byte, pcm []int16) []byte {
	n, err := c.state.EncodeInt16(pcm, c.packet[:])
	if err != nil {
		return dst
	}
	return append(dst, c.packet[:n]...)
}

func (c *opusCoder) follow(coder) bool { return false }
