// Package wav reads WAV files of the kinds found in the wild as mono 16-bit
// PCM, from any io.Reader and in bounded memory, and writes them.
//
// It reads RIFF and RF64 with PCM of 8 to 32 bits, IEEE float of 32 and 64
// bits, A-law, µ-law and IMA ADPCM, plain or as WAVE_FORMAT_EXTENSIBLE, with 1
// to 8 channels at 4000 to 192000 Hz. Anything else is refused by name with
// ErrUnsupported and never turned into noise.
//
// The sizes in a header are only believed as far as the bytes go: a file may be
// cut short, or be made by a program that did not know its length. Channels
// are mixed to mono by their mean, which cannot clip.
package wav

import "errors"

var (
	// ErrUnsupported is wrapped by errors about a WAV file that is in order but
	// holds something this package does not decode. The text says what.
	ErrUnsupported = errors.New("wav: unsupported")
	// ErrMalformed is wrapped by errors about bytes that are not a WAV file, or
	// contradict themselves. The text says where.
	ErrMalformed = errors.New("wav: malformed")
)

const (
	minRate     = 4000
	maxRate     = 192000
	maxChannels = 8
)
