package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxHeader bounds the bytes of all chunks before the audio.
const maxHeader = 16 << 20

// header is what stands before the samples.
type header struct {
	src *bufio.Reader

	long      bool // RF64: the ds64 chunk holds the size of the data
	size64    int64
	hasFormat bool
	format    format
	fact      uint32 // mono samples, 0 when not told
	dataSize  int64  // bytes
	passed    int64  // bytes so far
}

// read reads up to the first byte of the data chunk.
func (h *header) read() error {
	var riff [12]byte
	if err := h.full(riff[:]); err != nil {
		return err
	}
	switch id := string(riff[:4]); {
	case id == "RIFX" && string(riff[8:]) == "WAVE":
		return fmt.Errorf("%w: big-endian RIFX", ErrUnsupported)
	case id != "RIFF" && id != "RF64" && id != "BW64", string(riff[8:]) != "WAVE":
		return fmt.Errorf("%w: does not begin with RIFF and WAVE", ErrMalformed)
	default:
		h.long = id != "RIFF"
	}
	for {
		var head [8]byte
		if err := h.full(head[:]); err != nil {
			return err
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if id == "data" {
			return h.data(size)
		}
		if err := h.chunk(id, size); err != nil {
			return err
		}
	}
}

// chunk reads a chunk other than data, and the byte that pads it to an even
// length.
func (h *header) chunk(id string, size int64) error {
	var b [maxFormat]byte
	n := 0
	switch id {
	case "fmt ", "fact", "ds64":
		n = int(min(size, maxFormat))
	}
	if err := h.full(b[:n]); err != nil {
		return err
	}
	if err := h.skip(size + size&1 - int64(n)); err != nil {
		return err
	}
	switch {
	case id == "fmt ":
		return h.setFormat(b[:n])
	case id == "fact" && n >= 4:
		h.fact = binary.LittleEndian.Uint32(b[:])
	case id == "ds64" && n >= 16:
		h.size64 = int64(min(binary.LittleEndian.Uint64(b[8:]), math.MaxInt64))
	}
	return nil
}

func (h *header) setFormat(b []byte) (err error) {
	h.format, err = parseFormat(b)
	h.hasFormat = true
	return err
}

// data decides how long the samples last. Programs that do not know write 0,
// 0x7FFFF000, 0x7FFFFFFF or 0xFFFFFFFF: then until the source ends.
func (h *header) data(size int64) error {
	switch {
	case !h.hasFormat:
		return fmt.Errorf("%w: no fmt chunk before the data", ErrMalformed)
	case h.long && size == math.MaxUint32 && h.size64 > 0:
		h.dataSize = h.size64
	case size >= 0x7FFFF000:
		h.dataSize = unbounded
	case size == 0 && !h.chunkFollows():
		h.dataSize = unbounded
	default:
		h.dataSize = size
	}
	return nil
}

// chunkFollows tells empty data, with another chunk behind it, from data whose
// size was never filled in.
func (h *header) chunkFollows() bool {
	b, _ := h.src.Peek(4)
	switch string(b) {
	case "LIST", "id3 ", "ID3 ", "fact", "cue ", "bext", "iXML", "smpl", "inst", "JUNK", "PEAK", "afsp", "_PMX":
		return true
	}
	return false
}

// frames is how many mono samples there are to give at most. Only ADPCM files
// need the fact chunk: their last block is filled up.
func (h *header) frames() int64 {
	if h.format.tag == tagIMA && h.fact > 0 && h.dataSize != unbounded {
		return int64(h.fact)
	}
	return unbounded
}

// skip throws n bytes away.
func (h *header) skip(n int64) error {
	if h.passed += n; h.passed > maxHeader {
		return fmt.Errorf("%w: more than %d MB before the data", ErrMalformed, maxHeader>>20)
	}
	_, err := io.CopyN(io.Discard, h.src, n)
	return headerError(err)
}

// full fills b.
func (h *header) full(b []byte) error {
	h.passed += int64(len(b))
	_, err := io.ReadFull(h.src, b)
	return headerError(err)
}

// headerError makes the end of the source an ErrMalformed. Errors of the source
// stay what they are.
func headerError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: ends before the data", ErrMalformed)
	}
	return err
}
