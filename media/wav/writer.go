package wav

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// headerSize is the length of the header this package writes, in bytes.
const headerSize = 44

// A Writer writes a mono 16-bit PCM file. Until Close its header says that the
// length is unknown, so that a file which was never closed can still be read.
type Writer struct {
	w    io.WriteSeeker
	rate int
	size int64 // bytes of data
	buf  []byte
}

// NewWriter writes a header to w, which must be at its start. The rate is in
// Hz.
func NewWriter(w io.WriteSeeker, rate int) (*Writer, error) {
	head, err := makeHeader(rate, math.MaxUint32)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(head); err != nil {
		return nil, err
	}
	return &Writer{w: w, rate: rate}, nil
}

// Write appends samples.
func (w *Writer) Write(samples []int16) error {
	w.buf = appendSamples(w.buf[:0], samples)
	n, err := w.w.Write(w.buf)
	w.size += int64(n)
	return err
}

// Close writes the true length into the header. Files above 4 GB keep the
// unknown one. It does not close the underlying file.
func (w *Writer) Close() error {
	head, err := makeHeader(w.rate, w.size)
	if err != nil {
		return err
	}
	if _, err := w.w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := w.w.Write(head); err != nil {
		return err
	}
	_, err = w.w.Seek(0, io.SeekEnd)
	return err
}

// Encode writes a whole mono 16-bit PCM file to w. The rate is in Hz.
func Encode(w io.Writer, rate int, samples []int16) error {
	head, err := makeHeader(rate, 2*int64(len(samples)))
	if err != nil {
		return err
	}
	_, err = w.Write(appendSamples(head, samples))
	return err
}

// makeHeader returns the header of a file with size bytes of data. Sizes that
// 32 bits cannot hold become 0xFFFFFFFF, unknown.
func makeHeader(rate int, size int64) ([]byte, error) {
	if rate < minRate || rate > maxRate {
		return nil, fmt.Errorf("%w: rate %d Hz is outside %d..%d", ErrUnsupported, rate, minRate, maxRate)
	}
	le := binary.LittleEndian
	b := make([]byte, 0, headerSize)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(min(size+headerSize-8, math.MaxUint32)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, tagPCM)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(2*rate))
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(min(size, math.MaxUint32))), nil
}

func appendSamples(b []byte, samples []int16) []byte {
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}
