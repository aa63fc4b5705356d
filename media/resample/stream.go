package resample

import (
	"fmt"
	"time"
)

// A Way leads from one of the rates 8,000, 16,000 and 48,000 Hz to another. It
// gives just as much as goes in, late by a constant Delay: 2.5 ms when one side
// is 8 kHz, 1.5 ms between 16 and 48 kHz, nothing between equal rates.
//
// It is flat to 0.1 dB up to 3.4 kHz when one side is 8 kHz and up to 7 kHz
// else; what would be an alias or an image lies 60 dB below its cause.
//
// A Way is a small value without a memory: who converts frame after frame
// keeps the past itself, or has a Stream keep it. The zero Way leads nowhere.
type Way struct {
	from, to int
	design   *streamFilter // nil when the rates are equal
}

// NewWay returns the Way between two rates. The first use of a pair of rates in
// a process designs their filter, in about a millisecond; later ones take no
// time. It allocates nothing after Prepare.
func NewWay(from, to int) (Way, error) {
	if !streamRate(from) || !streamRate(to) {
		return Way{}, fmt.Errorf("resample: no way from %d to %d Hz", from, to)
	}
	w := Way{from: from, to: to}
	if from != to {
		w.design = streamFilters[pairOf(from, to)]()
	}
	return w, nil
}

// streamRate reports whether Ways lead to hz and from it.
func streamRate(hz int) bool { return hz == 8000 || hz == 16000 || hz == 48000 }

// Rates are those w leads between, in Hz.
func (w Way) Rates() (from, to int) { return w.from, w.to }

// Delay is by how much the output is late.
func (w Way) Delay() time.Duration {
	if w.design == nil {
		return 0
	}
	return time.Duration(w.design.half) * time.Second / time.Duration(min(w.from, w.to))
}

// Past is how many samples before the first one to be converted are needed, at
// most MaxPast.
func (w Way) Past() int {
	if w.design == nil {
		return 0
	}
	return w.design.past(w.from > w.to)
}

// Convert converts src to dst, where len(dst) is len(src)·to/from, as a rule
// 20 ms of both. Past ends with the samples before src: at least Past of them.
// When the rate falls, len(src) is a multiple of from/to. It allocates nothing.
// The slices do not overlap.
func (w Way) Convert(dst, past, src []int16) {
	if w.design == nil {
		copy(dst, src)
		return
	}
	past = past[len(past)-w.Past():]
	for len(src) > maxPiece {
		m := maxPiece * w.to / w.from
		w.piece(dst[:m], past, src[:maxPiece])
		past = src[maxPiece-len(past) : maxPiece]
		dst, src = dst[m:], src[maxPiece:]
	}
	w.piece(dst, past, src)
}

// piece is Convert for at most maxPiece samples.
func (w Way) piece(dst, past, src []int16) {
	var x [MaxPast + maxPiece]float32
	widen(x[:], past)
	widen(x[len(past):], src)
	if w.from < w.to {
		w.design.raise(dst, x[:len(past)+len(src)])
	} else {
		w.design.lower(dst, x[:len(past)+len(src)])
	}
}

// widen makes float32 of src.
func widen(dst []float32, src []int16) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = float32(v)
	}
}

const (
	// MaxPast is the longest past of a Way, that from 48 to 8 kHz.
	MaxPast = 2*longHalf*6 - 1
	// maxPiece is how much input is converted at once, 20 ms at 48 kHz. It is
	// a multiple of every ratio.
	maxPiece = 960
)

// A Stream converts the frames of a call on a Way, and remembers the past that
// it needs.
//
// A Stream is a plain value without references but to the shared filter: it can
// be copied, and the copy goes on where the original stands. It belongs to one
// goroutine at a time. NewStream makes it.
type Stream struct {
	way  Way
	past [MaxPast]int16 // the newest input, way.Past() of it in front
}

// NewStream returns a Stream from one rate to another.
func NewStream(from, to int) (*Stream, error) {
	s := new(Stream)
	if err := s.SetRates(from, to); err != nil {
		return nil, err
	}
	return s, nil
}

// SetRates makes s convert between other rates, as if silence had come before.
// It takes as long as NewWay.
func (s *Stream) SetRates(from, to int) error {
	w, err := NewWay(from, to)
	if err != nil {
		return err
	}
	s.way = w
	s.Reset()
	return nil
}

// Rates are those s converts between, in Hz.
func (s *Stream) Rates() (from, to int) { return s.way.Rates() }

// Delay is by how much the output is late.
func (s *Stream) Delay() time.Duration { return s.way.Delay() }

// Reset forgets the past, as if silence had come before.
func (s *Stream) Reset() { clear(s.past[:]) }

// CopyFrom makes s go on where other stands. Both convert between the same
// rates, or s takes on those of other.
func (s *Stream) CopyFrom(other *Stream) { *s = *other }

// Frame converts src to dst, where len(dst) is len(src)·to/from, as a rule
// 20 ms of both. When the rate falls, len(src) is a multiple of from/to. It
// allocates nothing. The slices do not overlap.
func (s *Stream) Frame(dst, src []int16) {
	past := s.past[:s.way.Past()]
	s.way.Convert(dst, past, src)
	if n := len(src); n < len(past) {
		copy(past, past[n:])
		copy(past[len(past)-n:], src)
		return
	}
	copy(past, src[len(src)-len(past):])
}
