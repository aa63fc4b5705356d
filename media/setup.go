package media

import (
	"fmt"

	"partyline/media/resample"
)

// Setup is a Params with the coders and keys it needs. Making one is costly,
// so it is made outside the tick; a leg takes it over in no time. A Setup is
// used once.
type Setup struct {
	params   Params
	decoders [NumCodecs]decoder // those of Params.Rx
	encoder  *Encoder
	arena    arena   // of a jitter buffer for these codecs
	stride   int     // the longest payload of these codecs, in bytes
	pcm      []int16 // of a store
	loop     []int16 // of a concealer
	heard    []int16 // of a changeover
	guard    *guard  // nil: plain RTP
	packet   []byte  // of a sender
}

// Prepare makes the coders and keys for p. It fails when a codec cannot be
// made or a key has the wrong length.
func Prepare(p Params) (*Setup, error) {
	s := &Setup{params: p}
	for _, c := range p.Rx {
		if s.decoders[c.Codec] != nil {
			continue
		}
		d, err := newDecoder(c.Codec)
		if err != nil {
			return nil, fmt.Errorf("decoder of payload type %d: %w", c.Type, err)
		}
		s.decoders[c.Codec] = d
	}
	s.makeRoom()
	s.packet = newPacket(&p)
	var err error
	if s.encoder, err = NewEncoder(p.Format()); err != nil {
		return nil, fmt.Errorf("encoder of payload type %d: %w", p.Tx.Type, err)
	}
	if s.guard, err = newGuard(p.SRTP); err != nil {
		return nil, err
	}
	return s, nil
}

// longestIn is the longest packet of each codec that is taken, in ms, and how
// many bytes its payload has at most.
var longestIn = [NumCodecs]struct{ ms, bytes int }{
	NoCodec: {60, 480}, PCMU: {60, 480}, PCMA: {60, 480}, G722: {60, 480},
	Opus: {maxDecoded, 1275}, L16at8k: {60, 960}, L16at16k: {60, 1920}, L16at48k: {20, 1920},
}

// makeRoom makes the buffers that the codecs of Params.Rx need.
func (s *Setup) makeRoom() {
	longest, rate := longestIn[NoCodec].ms, sampleRate
	s.stride = longestIn[NoCodec].bytes
	chunk := s.stride * arenaChunk / longest
	for _, c := range s.params.Rx {
		longest = max(longest, longestIn[c.Codec].ms)
		rate = max(rate, c.Codec.SampleRate())
		s.stride = max(s.stride, longestIn[c.Codec].bytes)
		chunk = max(chunk, longestIn[c.Codec].bytes*arenaChunk/longestIn[c.Codec].ms)
		if c.Codec == Opus { // 20 ms of speech in one, not of the most there may be
			chunk = max(chunk, 160)
		}
	}
	s.arena = newArena(chunk)
	s.pcm = make([]int16, storeSize(rate, longest))
	s.loop = make([]int16, plcPast*rate/1000)
	if rate > sampleRate { // others may follow or have gone before
		s.heard = make([]int16, heardMost)
	}
	resample.Prepare()
}

// Params is what s was made for.
func (s *Setup) Params() Params { return s.params }

// Encoder makes the payloads for Leg.WriteFrame, fresh and without a rate. The
// leg does not use it itself, because listeners who hear the same share one.
// It is nil for a Params without a Tx codec.
func (s *Setup) Encoder() *Encoder { return s.encoder }
