package wav

import (
	"encoding/binary"
	"fmt"
)

// The format tags of mmreg.h that are read or named in errors.
const (
	tagPCM        = 0x0001
	tagFloat      = 0x0003
	tagALaw       = 0x0006
	tagMuLaw      = 0x0007
	tagIMA        = 0x0011
	tagExtensible = 0xFFFE
)

// tagNames names the formats that are refused.
var tagNames = map[uint16]string{
	0x0002: "Microsoft ADPCM",
	0x0031: "GSM 06.10",
	0x0040: "G.721 ADPCM",
	0x0045: "G.726 ADPCM",
	0x0050: "MPEG layer 1 or 2",
	0x0055: "MP3",
	0x0064: "G.726 ADPCM",
	0x0161: "Windows Media Audio",
	0x028F: "G.722",
}

// guidTail is what the sub-format GUIDs of WAVE_FORMAT_EXTENSIBLE have behind
// the two bytes of the format tag.
const guidTail = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"

// format is a fmt chunk.
type format struct {
	tag      uint16
	channels int
	rate     int // Hz
	align    int // bytes per block: one sample of every channel, or an ADPCM block
	bits     int // per sample
}

// maxFormat is how much of a fmt chunk is looked at: all of an extensible one.
const maxFormat = 40

// parseFormat reads the first maxFormat bytes, or less, of a fmt chunk.
func parseFormat(b []byte) (format, error) {
	if len(b) < 14 {
		return format{}, fmt.Errorf("%w: fmt chunk of %d bytes", ErrMalformed, len(b))
	}
	f := format{
		tag:      binary.LittleEndian.Uint16(b),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		align:    int(binary.LittleEndian.Uint16(b[12:])),
	}
	if len(b) >= 16 {
		f.bits = int(binary.LittleEndian.Uint16(b[14:]))
	}
	if f.tag == tagExtensible {
		if len(b) < maxFormat {
			return format{}, fmt.Errorf("%w: extensible fmt chunk of %d bytes", ErrMalformed, len(b))
		}
		if string(b[26:maxFormat]) != guidTail {
			return format{}, fmt.Errorf("%w: extensible sub-format %x", ErrUnsupported, b[24:maxFormat])
		}
		f.tag = binary.LittleEndian.Uint16(b[24:])
	}
	return f, f.check()
}

// check refuses what cannot be read, whatever the format.
func (f format) check() error {
	switch {
	case f.channels == 0:
		return fmt.Errorf("%w: no channels", ErrMalformed)
	case f.channels > maxChannels:
		return fmt.Errorf("%w: %d channels, more than %d", ErrUnsupported, f.channels, maxChannels)
	case f.rate < minRate || f.rate > maxRate:
		return fmt.Errorf("%w: rate %d Hz is outside %d..%d", ErrUnsupported, f.rate, minRate, maxRate)
	}
	return nil
}

// width is the bytes one sample of one channel takes in a format that is not
// packed in blocks. A sample of 12 or 20 bits is left-justified in its bytes.
func (f format) width() (int, error) {
	if f.align == 0 || f.align%f.channels != 0 {
		return 0, fmt.Errorf("%w: blocks of %d bytes for %d channels", ErrMalformed, f.align, f.channels)
	}
	w := f.align / f.channels
	if f.bits > 8*w {
		return 0, fmt.Errorf("%w: %d bits in %d bytes", ErrMalformed, f.bits, w)
	}
	return w, nil
}

// decoder returns the decoder of the format's blocks.
func (f format) decoder() (decoder, error) {
	switch f.tag {
	case tagIMA:
		return newIMA(f)
	case tagPCM, tagFloat, tagALaw, tagMuLaw:
		return newLinear(f)
	}
	name := tagNames[f.tag]
	if name == "" {
		name = "a format unknown here"
	}
	return nil, fmt.Errorf("%w: %s (format tag 0x%04X)", ErrUnsupported, name, f.tag)
}
