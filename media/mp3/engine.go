package mp3

import (
	"fmt"
	"io"

	gomp3 "github.com/hajimehoshi/go-mp3"
)

// maxBad is how many frames in a row may fail to decode: ten seconds and more.
const maxBad = 500

// An engine decodes whole frames of one version and sample rate. Every frame
// gives its number of samples, silent ones when it cannot be decoded.
type engine struct {
	dec  *gomp3.Decoder // nil before the first frame and after a failure
	feed feed
	pcm  [4 * 1152]byte // what go-mp3 gives for a frame: stereo, little-endian

	frame    []byte // the frame as the decoder gets it
	reserve  int    // bytes of main data the decoder keeps from earlier frames
	pack     packer // keeps them for the frames that must be rewritten
	bad      int    // frames in a row that failed
	failures int    // since the start
}

// feed is the decoder's source: the bytes of one frame.
type feed struct{ b []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.b)
	f.b = f.b[n:]
	return n, nil
}

// decode appends the samples of frame to dst. follows tells whether the frame
// comes directly after the last one, so that what it borrows is there. The
// error wraps ErrNoFrames.
func (e *engine) decode(dst []int16, h header, frame []byte, follows bool) ([]int16, error) {
	if !follows {
		e.forget()
	}
	e.prepare(h, frame)
	if err := e.run(h); err != nil {
		e.dec = nil // its state is not to be trusted
		e.forget()
		e.failures++
		if e.bad++; e.bad > maxBad {
			return dst, fmt.Errorf("%w: %d in a row did not decode: %w", ErrNoFrames, e.bad, err)
		}
		return append(dst, make([]int16, h.samples())...), nil
	}
	e.bad = 0
	return downmix(dst, e.pcm[:4*h.samples()]), nil
}

// forget says that the main data of earlier frames is not to be borrowed.
func (e *engine) forget() {
	e.reserve = 0
	e.pack.forget()
}

// prepare makes e.frame of frame: one that the decoder gets right. A frame that
// borrows what is not there becomes silence.
func (e *engine) prepare(h header, frame []byte) {
	if e.pack.needed(h) {
		e.frame = e.pack.pack(e.frame[:0], h, frame)
		return
	}
	e.frame = append(e.frame[:0], frame...)
	borrowed := mainDataBegin(h, e.frame)
	if borrowed > e.reserve {
		borrowed = min(e.reserve, maxBorrow(h))
		silence(h, e.frame, borrowed)
	}
	e.reserve = borrowed + len(frame) - h.mainStart()
}

// run decodes e.frame into e.pcm. A panic of the decoder becomes an error.
func (e *engine) run(h header) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder panicked: %v", p)
		}
	}()
	e.feed.b = e.frame
	if e.dec == nil {
		if e.dec, err = gomp3.NewDecoder(&e.feed); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(e.dec, e.pcm[:4*h.samples()])
	return err
}

// downmix appends the mean of both channels of little-endian stereo.
func downmix(dst []int16, pcm []byte) []int16 {
	for ; len(pcm) >= 4; pcm = pcm[4:] {
		left := int32(int16(uint16(pcm[0]) | uint16(pcm[1])<<8))
		right := int32(int16(uint16(pcm[2]) | uint16(pcm[3])<<8))
		dst = append(dst, int16((left+right)>>1))
	}
	return dst
}
