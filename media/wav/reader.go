package wav

import (
	"bufio"
	"io"
	"math"
)

// unbounded is the size of data that lasts until the source ends.
const unbounded = math.MaxInt64

// A Reader reads the samples of a WAV file. It belongs to one goroutine at a
// time.
type Reader struct {
	src    *bufio.Reader
	format format
	dec    decoder
	left   int64 // bytes of data not yet read
	frames int64 // mono samples not yet given

	block   []int16 // the last decoded block
	pending []int16 // the part of block that is not yet given
	err     error   // that ended the source
}

// NewReader reads the header from src, up to the first sample. It returns an
// error that wraps ErrUnsupported or ErrMalformed, or the error of src.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{src: bufio.NewReaderSize(src, maxBlock)}
	h := header{src: r.src}
	if err := h.read(); err != nil {
		return nil, err
	}
	dec, err := h.format.decoder()
	if err != nil {
		return nil, err
	}
	r.format, r.dec = h.format, dec
	r.left, r.frames = h.dataSize, h.frames()
	r.block = make([]int16, dec.frames())
	return r, nil
}

// Rate is the sample rate in Hz.
func (r *Reader) Rate() int { return r.format.rate }

// Read fills dst with mono samples and returns how many. It waits for the
// source only when it has nothing to give. At the end of the data, or of a
// source that ends early, it returns 0 and io.EOF; any other error is that of
// the source.
func (r *Reader) Read(dst []int16) (int, error) {
	n := 0
	for n < len(dst) {
		if len(r.pending) > 0 {
			k := copy(dst[n:], r.pending)
			r.pending = r.pending[k:]
			n += k
			continue
		}
		if n > 0 && r.src.Buffered() < r.format.align {
			break
		}
		if r.err == nil {
			r.err = r.next()
		}
		if r.err != nil {
			break
		}
	}
	if n == 0 && len(dst) > 0 {
		return 0, r.err
	}
	return n, nil
}

// next decodes the next block. A last block that is not whole is dropped.
func (r *Reader) next() error {
	align := r.format.align
	if r.left < int64(align) || r.frames == 0 {
		return io.EOF
	}
	block, err := r.src.Peek(align)
	if err != nil {
		return err
	}
	r.dec.decode(r.block, block)
	r.src.Discard(align)
	r.left -= int64(align)
	n := min(int64(len(r.block)), r.frames)
	r.pending = r.block[:n]
	r.frames -= n
	return nil
}
