package mp3

import "io"

// A Reader reads the samples of an MP3 source. It belongs to one goroutine at a
// time.
type Reader struct {
	scan *scanner
	eng  engine
	trim trimmer
	last header // of the last frame, 0 before the first
	lost int    // places where a frame did not follow the last one

	pcm     []int16 // the last decoded frame
	pending []int16 // the part of pcm that is not yet given
	rate    int     // of pending, in Hz
}

// NewReader reads src up to its first samples. It returns an error that wraps
// ErrUnsupported or ErrNotMP3, or the error of src. It never seeks.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{scan: newScanner(src)}
	if err := r.next(); err != nil {
		return nil, err
	}
	return r, nil
}

// Rate is the sample rate in Hz of what the last Read gave, or, before the
// first one, of what it will give. A source may change it in the middle; one
// Read never mixes two rates, so look at Rate after every Read.
func (r *Reader) Rate() int { return r.rate }

// Resyncs counts the places where something was wrong with the source so far:
// bytes between frames that are no tag, and frames that did not decode and
// became silence.
func (r *Reader) Resyncs() int { return r.lost + r.eng.failures }

// Read puts mono samples in dst and returns how many, at most those of one
// frame. It returns 0 and io.EOF when the source ends, and an error that wraps
// ErrUnsupported or ErrNoFrames, or the error of the source, when it breaks.
func (r *Reader) Read(dst []int16) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	for len(r.pending) == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(dst, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// next decodes the next frame. It may give no samples.
func (r *Reader) next() error {
	h, frame, follows, err := r.scan.next()
	if err != nil {
		return err
	}
	if !follows && r.last != 0 {
		r.lost++
	}
	if !h.kin(r.last) {
		r.eng = engine{failures: r.eng.failures}
	}
	r.last, r.rate = h, h.rate()
	if x, ok := parseInfo(h, frame); ok {
		r.trim = x.trimmer(h.samples())
		return nil
	}
	r.pcm, err = r.eng.decode(r.pcm[:0], h, frame, follows)
	r.pending = r.trim.trim(r.pcm)
	return err
}
