package media

import "fmt"

// Setup is a Params with the coders and keys it needs. Making one is costly,
// so it is made outside the tick; a leg takes it over in no time. A Setup is
// used once.
type Setup struct {
	params   Params
	decoders [NumCodecs]decoder // those of Params.Rx
	encoder  *Encoder
	guard    *guard // nil: plain RTP
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
	var err error
	if s.encoder, err = NewEncoder(p.Format()); err != nil {
		return nil, fmt.Errorf("encoder of payload type %d: %w", p.Tx.Type, err)
	}
	if s.guard, err = newGuard(p.SRTP); err != nil {
		return nil, err
	}
	return s, nil
}

// Params is what s was made for.
func (s *Setup) Params() Params { return s.params }

// Encoder makes the payloads for Leg.WriteFrame, fresh and without a rate. The
// leg does not use it itself, because listeners who hear the same share one.
// It is nil for a Params without a Tx codec.
func (s *Setup) Encoder() *Encoder { return s.encoder }
