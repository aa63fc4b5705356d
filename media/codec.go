package media

// Codec names an audio coding a leg can send and receive.
type Codec uint8

// The codings a leg speaks, all of one audio channel.
const (
	NoCodec  Codec = iota
	PCMU           // G.711 mu-law, 8 kHz, static payload type 0
	PCMA           // G.711 A-law, 8 kHz, static payload type 8
	G722           // 16 kHz audio on an 8 kHz RTP clock, static payload type 9 (RFC 3551 section 4.5.2)
	Opus           // 48 kHz, dynamic payload type (RFC 7587)
	L16at8k        // linear 16 bit, 8 kHz, dynamic payload type (RFC 3551 section 4.5.11)
	L16at16k       // linear 16 bit, 16 kHz
	L16at48k       // linear 16 bit, 48 kHz

	NumCodecs // how many values of Codec there are, for tables indexed by it
)

// codecFacts is what there is to know about a codec without its state.
type codecFacts struct {
	name  string // encoding name of the SDP rtpmap
	clock int    // RTP timestamp rate in Hz
	rate  int    // rate of the decoded PCM in Hz
	tick  int    // a unit of the RTP clock in media time
	unit  int    // a sample in media time
	// memory says that coder and decoder keep a state from packet to packet:
	// what is not sent, or sent by another coder, puts them out of step.
	memory bool
}

var codecs = [NumCodecs]codecFacts{
	NoCodec:  {"none", 8000, 8000, 6, 6, false},
	PCMU:     {"PCMU", 8000, 8000, 6, 6, false},
	PCMA:     {"PCMA", 8000, 8000, 6, 6, false},
	G722:     {"G722", 8000, 16000, 6, 3, true},
	Opus:     {"opus", 48000, 48000, 1, 1, true},
	L16at8k:  {"L16", 8000, 8000, 6, 6, false},
	L16at16k: {"L16", 16000, 16000, 3, 3, false},
	L16at48k: {"L16", 48000, 48000, 1, 1, false},
}

// facts are those of c, those of NoCodec for a value that is none.
func (c Codec) facts() *codecFacts {
	if c >= NumCodecs {
		c = NoCodec
	}
	return &codecs[c]
}

// String returns the encoding name as it stands in an SDP rtpmap.
func (c Codec) String() string { return c.facts().name }

// ClockRate is the RTP timestamp rate in Hz.
func (c Codec) ClockRate() int { return c.facts().clock }

// SampleRate is the rate of the decoded PCM in Hz: 8,000, 16,000 or 48,000.
func (c Codec) SampleRate() int { return c.facts().rate }
