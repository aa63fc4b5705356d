package mp3

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

const (
	// window is how many bytes the scanner can look ahead: at least three frames
	// of any layer.
	window = 16384
	// maxGap is how many bytes may go by without a frame.
	maxGap = 256 << 10
	// maxTags is how many bytes of tags may go by without a frame. A tag that
	// claims more is taken for garbage.
	maxTags = 64 << 20
)

// A scanner cuts a source into Layer III frames and leaves out what lies
// between them.
type scanner struct {
	src *bufio.Reader

	last   header // of the last frame, 0 before the first
	inSync bool   // the last frame ended here
	gap    int    // bytes thrown away since the last frame, tags aside
	tags   int64  // bytes of tags since the last frame
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: bufio.NewReaderSize(&sticky{src: src}, window)}
}

// sticky repeats the first error of a source, which looking ahead would lose.
type sticky struct {
	src io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.src.Read(p)
	return n, s.err
}

// next returns the next frame, its header, and whether it directly follows the
// last one. The frame is valid until the following call. Errors wrap
// ErrUnsupported, ErrNotMP3 or ErrNoFrames, or are those of the source: io.EOF
// when it ends, even in the middle of a frame.
func (s *scanner) next() (h header, frame []byte, follows bool, err error) {
	follows = s.inSync
	for {
		if err := s.skipTag(); err != nil {
			return 0, nil, false, err
		}
		b, err := s.src.Peek(headerLen)
		if err != nil {
			return 0, nil, false, s.sourceError(err)
		}
		if h, ok := parseHeader(b); ok {
			if frame, err := s.frameAt(h); frame != nil || err != nil {
				return h, frame, follows, err
			}
		}
		follows, s.inSync = false, false
		if err := s.drop(); err != nil {
			return 0, nil, false, err
		}
	}
}

// frameAt takes the frame whose header stands here, if it is one. At the end of
// the last frame the header of a like frame is enough, unless it is damaged.
// Anywhere else, or to change the kind of frame, the header behind it must
// confirm it.
func (s *scanner) frameAt(h header) ([]byte, error) {
	confirmed := s.confirmed(0, h, 2)
	switch {
	case h.unsupported() != "":
		if s.confirmed(0, h, 3) && !s.decodableWithin(window/4, 0, 3) {
			return nil, fmt.Errorf("%w: %s", ErrUnsupported, h.unsupported())
		}
		return nil, nil
	case confirmed, s.only(h):
	case !s.inSync || !h.kin(s.last) || s.decodableWithin(h.size(), h, 2):
		return nil, nil
	}
	frame, err := s.src.Peek(h.size())
	if err != nil {
		return nil, s.sourceError(err)
	}
	s.src.Discard(len(frame))
	s.last, s.inSync, s.gap, s.tags = h, true, 0, 0
	return frame, nil
}

// confirmed reports whether n like headers stand one frame apart, the first one
// h, at bytes from here.
func (s *scanner) confirmed(at int, h header, n int) bool {
	size := h.size()
	if size == 0 {
		size = s.freeSize(at, h)
	}
	for step := size; n > 1; n-- {
		at += step
		b, _ := s.src.Peek(at + headerLen)
		if step == 0 || len(b) < at+headerLen {
			return false
		}
		next, ok := parseHeader(b[at:])
		if !ok || !next.kin(h) || (next.size() == 0) != (h.size() == 0) {
			return false
		}
		if h.size() != 0 {
			step = next.size()
		}
	}
	return true
}

// freeSize is the distance from h, at bytes from here, to the next header of
// free format like it, or 0.
func (s *scanner) freeSize(at int, h header) int {
	b, _ := s.src.Peek(at + window/4)
	for n := 24; at+n+headerLen <= len(b); n++ {
		if b[at+n] != 0xFF {
			continue
		}
		if next, ok := parseHeader(b[at+n:]); ok && next.kin(h) && next.size() == 0 {
			return n
		}
	}
	return 0
}

// decodableWithin reports whether a frame that can be decoded, of the kind of
// like unless that is 0, begins within the next bytes but not here, n headers
// long confirmed. Damage and false headers are told by it.
func (s *scanner) decodableWithin(bytes int, like header, n int) bool {
	b, _ := s.src.Peek(bytes + headerLen)
	for at := 1; at+headerLen <= len(b); at++ {
		if b[at] != 0xFF {
			continue
		}
		h, ok := parseHeader(b[at:])
		if ok && h.unsupported() == "" && (like == 0 || h.kin(like)) && s.confirmed(at, h, n) {
			return true
		}
		b, _ = s.src.Peek(bytes + headerLen)
	}
	return false
}

// only reports whether h heads the only frame of a source.
func (s *scanner) only(h header) bool {
	if s.last != 0 {
		return false
	}
	b, err := s.src.Peek(h.size() + tagPeek)
	return err != nil && len(b) >= h.size() && (len(b) == h.size() || tagLen(b[h.size():]) > 0)
}

// skipTag skips the tags that stand here, if a frame can.
func (s *scanner) skipTag() error {
	for s.inSync || s.last == 0 {
		b, err := s.src.Peek(3)
		if err != nil {
			return s.sourceError(err)
		}
		if c := b[0]; c != 'I' && c != 'T' && c != 'A' {
			return nil
		}
		b, _ = s.src.Peek(tagPeek)
		n := tagLen(b)
		if n == 0 || s.tags+n > maxTags {
			return nil
		}
		s.tags += n
		if _, err := io.CopyN(io.Discard, s.src, n); err != nil {
			return s.sourceError(err)
		}
	}
	return nil
}

// drop throws one byte away, and those behind it that cannot begin a frame.
func (s *scanner) drop() error {
	b, _ := s.src.Peek(max(1, s.src.Buffered()))
	n := 1
	for n < len(b) && b[n] != 0xFF && (s.last != 0 || tagLen(b[n:]) == 0) {
		n++
	}
	s.src.Discard(n)
	s.gap += n
	if s.gap <= maxGap {
		return nil
	}
	if s.last == 0 {
		return fmt.Errorf("%w: no frame in the first %d bytes", ErrNotMP3, s.gap)
	}
	return fmt.Errorf("%w: none in the last %d bytes", ErrNoFrames, s.gap)
}

// sourceError makes the end of a source that had no frame an ErrNotMP3.
func (s *scanner) sourceError(err error) error {
	if errors.Is(err, io.EOF) && s.last == 0 {
		return fmt.Errorf("%w: no frame before the end", ErrNotMP3)
	}
	return err
}
