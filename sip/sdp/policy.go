package sdp

import (
	"fmt"
	"strings"

	"partyline/bridge"
)

// A Policy is what the bridge is willing to agree to. The zero Policy allows
// every codec, follows the caller's order, and speaks plain RTP without
// comfort noise.
type Policy struct {
	// Codecs are the ones that may be spoken, in the bridge's order. Empty
	// means DefaultCodecs.
	Codecs []bridge.Codec
	// OwnOrder answers an offer in the order of Codecs; otherwise the caller's
	// order decides, as RFC 3264 section 6.1 recommends.
	OwnOrder bool
	// ComfortNoise agrees to payload type 13 (RFC 3389) where it is offered,
	// and offers it.
	ComfortNoise bool
	// SRTP says whether audio may or must be protected.
	SRTP SRTP
}

// DefaultCodecs returns every codec there is, best for speech on a telephone
// first. Linear audio comes last: it is offered by hardly any phone, and one
// that puts it first asked for 12 times the data of PCMU knowingly.
func DefaultCodecs() []bridge.Codec {
	return []bridge.Codec{
		bridge.Opus, bridge.G722, bridge.PCMU, bridge.PCMA,
		bridge.L16at48k, bridge.L16at16k, bridge.L16at8k,
	}
}

// SRTP says what becomes of offers with and without keys for SRTP
// (RFC 4568).
type SRTP uint8

// The policies for SRTP.
const (
	// SRTPOff refuses lines of RTP/SAVP and takes no notice of keys elsewhere.
	SRTPOff SRTP = iota
	// SRTPOptional protects audio whenever the peer offers keys.
	SRTPOptional
	// SRTPRequired refuses lines without usable keys.
	SRTPRequired
)

var srtpNames = [...]string{"off", "optional", "required"}

// String returns the policy as it is written in settings.
func (s SRTP) String() string {
	if int(s) < len(srtpNames) {
		return srtpNames[s]
	}
	return fmt.Sprintf("SRTP(%d)", s)
}

// MarshalText writes the form UnmarshalText reads.
func (s SRTP) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads off, optional or required.
func (s *SRTP) UnmarshalText(text []byte) error {
	for i, name := range srtpNames {
		if strings.EqualFold(name, string(text)) {
			*s = SRTP(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not a policy for SRTP; write off, optional or required", text)
}

// codecNames are the codecs as settings name them; l16 stands for all three
// rates.
var codecNames = map[string][]bridge.Codec{
	"opus":      {bridge.Opus},
	"g722":      {bridge.G722},
	"pcmu":      {bridge.PCMU},
	"pcma":      {bridge.PCMA},
	"l16":       {bridge.L16at48k, bridge.L16at16k, bridge.L16at8k},
	"l16/48000": {bridge.L16at48k},
	"l16/16000": {bridge.L16at16k},
	"l16/8000":  {bridge.L16at8k},
}

// ParseCodecs reads a list of names such as opus, g722, pcmu, pcma, l16 or
// l16/16000, for Policy.Codecs.
func ParseCodecs(names []string) ([]bridge.Codec, error) {
	var out []bridge.Codec
	seen := make(map[bridge.Codec]bool)
	for _, name := range names {
		list, ok := codecNames[strings.ToLower(strings.TrimSpace(name))]
		if !ok {
			return nil, fmt.Errorf("%q is not a codec; write opus, g722, pcmu, pcma, l16, l16/8000, l16/16000 or l16/48000", name)
		}
		for _, c := range list {
			if seen[c] {
				return nil, fmt.Errorf("%q is listed twice; remove one", name)
			}
			seen[c] = true
			out = append(out, c)
		}
	}
	return out, nil
}
