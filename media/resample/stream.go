package resample

import (
	"fmt"
	"time"
)

// A Stream converts the frames of a call between two of the rates 8,000, 16,000
// and 48,000 Hz. Unlike a Resampler it gives with every frame just as much as
// came in, late by a constant Delay: 2.5 ms when one side is 8 kHz, 1.5 ms
// between 16 and 48 kHz, nothing between equal rates.
//
// It is flat to 0.1 dB up to 3.4 kHz when one side is 8 kHz and up to 7 kHz
// else; what would be an alias or an image lies 60 dB below its cause.
//
// A Stream is a plain value without references but to the shared filter: it can
// be copied, and the copy goes on where the original stands. It belongs to one
// goroutine at a time. NewStream makes it.
type Stream struct {
	from, to int
	design   *streamFilter    // nil when the rates are equal
	past     [maxPast]float32 // the newest input, design.past of it in front
}

const (
	// maxPast is the longest past a filter looks back on: 48 to 8 kHz.
	maxPast = 2*longHalf*6 - 1
	// maxPiece is how much input is converted at once, 20 ms at 48 kHz. It is
	// a multiple of every ratio.
	maxPiece = 960
)

// NewStream returns a Stream from one rate to another.
func NewStream(from, to int) (*Stream, error) {
	s := new(Stream)
	if err := s.SetRates(from, to); err != nil {
		return nil, err
	}
	return s, nil
}

// SetRates makes s convert between other rates, as if silence had come before.
// The first use of a pair of rates in a process designs their filter, in about
// a millisecond; later ones take no time and allocate nothing.
func (s *Stream) SetRates(from, to int) error {
	if !streamRate(from) || !streamRate(to) {
		return fmt.Errorf("resample: no stream from %d to %d Hz", from, to)
	}
	*s = Stream{from: from, to: to}
	if from != to {
		s.design = streamFilters[pairOf(from, to)]()
	}
	return nil
}

// streamRate reports whether Streams convert hz.
func streamRate(hz int) bool { return hz == 8000 || hz == 16000 || hz == 48000 }

// Rates are those s converts between, in Hz.
func (s *Stream) Rates() (from, to int) { return s.from, s.to }

// Delay is by how much the output is late.
func (s *Stream) Delay() time.Duration {
	if s.design == nil {
		return 0
	}
	return time.Duration(s.design.half) * time.Second / time.Duration(min(s.from, s.to))
}

// Reset forgets the past, as if silence had come before.
func (s *Stream) Reset() { clear(s.past[:]) }

// CopyFrom makes s go on where other stands. Both convert between the same
// rates, or s takes on those of other.
func (s *Stream) CopyFrom(other *Stream) { *s = *other }

// Frame converts src to dst, where len(dst) is len(src)·to/from, as a rule
// 20 ms of both. When the rate falls, len(src) is a multiple of from/to. It
// allocates nothing. The slices do not overlap.
func (s *Stream) Frame(dst, src []int16) {
	if s.design == nil {
		copy(dst, src)
		return
	}
	for len(src) > 0 {
		n := min(len(src), maxPiece)
		m := n * s.to / s.from
		s.piece(dst[:m], src[:n])
		dst, src = dst[m:], src[n:]
	}
}

// piece is Frame for at most maxPiece samples.
func (s *Stream) piece(dst, src []int16) {
	var x [maxPast + maxPiece]float32
	past := s.design.past(s.from > s.to)
	copy(x[:past], s.past[:past])
	for i, v := range src {
		x[past+i] = float32(v)
	}
	if s.from < s.to {
		s.design.raise(dst, x[:past+len(src)])
	} else {
		s.design.lower(dst, x[:past+len(src)])
	}
	copy(s.past[:past], x[len(src):])
}
