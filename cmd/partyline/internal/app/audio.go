package app

import (
	"errors"
	"fmt"
	"slices"

	"partyline/media"
	"partyline/sip/sdp"
)

// rates are those a conference can be mixed at, in Hz.
var rates = []int{8000, 16000, 48000}

// sources are the values of rtp_source.
var sources = map[string]media.SourceMode{
	"sdp":       media.SourceSDP,
	"probation": media.SourceProbation,
	"off":       media.SourceOff,
}

// checkAudio checks what the audio of calls may be like.
func (c *Config) checkAudio() error {
	if len(c.Codecs) == 0 {
		return errors.New("codecs: none may be spoken; write at least one, such as [pcmu, pcma]")
	}
	if _, err := sdp.ParseCodecs(c.Codecs); err != nil {
		return fmt.Errorf("codecs: %w", err)
	}
	if c.CodecOrder != "caller" && c.CodecOrder != "own" {
		return fmt.Errorf("codec_order: %q; write caller or own", c.CodecOrder)
	}
	if !slices.Contains(rates, c.MaxRate) {
		return fmt.Errorf("max_rate: %d; write 8000, 16000 or 48000", c.MaxRate)
	}
	if _, ok := sources[c.RTPSource]; !ok {
		return fmt.Errorf("rtp_source: %q; write sdp, probation or off", c.RTPSource)
	}
	return nil
}
