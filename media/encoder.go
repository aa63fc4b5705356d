package media

import "fmt"

// Format is everything that makes one encoder's output differ from another's.
// Listeners of the same mix with equal Formats can share an encoder.
type Format struct {
	Codec Codec
	Opus  OpusParams // zero but for Opus
}

// Format is that of the audio p sends.
func (p *Params) Format() Format {
	f := Format{Codec: p.Tx.Codec}
	if f.Codec == Opus {
		f.Opus = p.Opus
	}
	return f
}

// Encoder turns 20 ms frames at a conference's rate into payloads of one
// format. It belongs to one goroutine at a time. Encode allocates nothing.
type Encoder struct {
	format Format
	rate   int // of the frames that come
}

// NewEncoder makes an encoder, nil for NoCodec. It is costly for Opus: not for
// the tick.
func NewEncoder(f Format) (*Encoder, error) {
	switch f.Codec {
	case NoCodec:
		return nil, nil
	case PCMU, PCMA:
		return &Encoder{format: f}, nil
	}
	return nil, fmt.Errorf("media: no encoder for codec %d", f.Codec)
}

// Format is what e was made for.
func (e *Encoder) Format() Format { return e.format }

// SetRate says at which rate the following frames come, 8,000, 16,000 or
// 48,000 Hz. What is heard changes over within 8 ms, without a click.
func (e *Encoder) SetRate(rate int) { e.rate = rate }

// Memoryless reports whether the payload depends on nothing but the frame, so
// that any encoder of this format gives the same.
func (e *Encoder) Memoryless() bool { return true }

// Warm prepares e for a listener who has so far been served by another encoder
// of the same format: frames are the newest that one encoded, oldest first.
// What e encodes next joins on without being heard as a change.
func (e *Encoder) Warm(frames ...[]int16) {}

// Encode appends the payload of frame, 20 ms at the rate set, to dst and
// returns the longer slice.
func (e *Encoder) Encode(dst []byte, frame []int16) []byte {
	return EncodeFrame(e.format.Codec, dst, frame)
}
