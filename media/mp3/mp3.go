// Package mp3 reads MPEG audio of Layer III, from 11.025 to 48 kHz, as mono
// 16-bit PCM from any io.Reader: files, and broadcasts that never end, in flat
// memory.
//
// The arithmetic is go-mp3's. Around it this package does what hostile and
// worn-out sources need: it cuts the source into frames itself, so that the
// decoder only ever sees whole frames that were confirmed by a neighbour,
// outside tags, with a bit reservoir that is really there.
//
//	source ─► scanner ─► engine ─► trimmer ─► Read
//	          frames,    PCM, or   encoder
//	          no tags    silence   delay off
//
// Free format, 8 kHz and Layers I and II are refused by name. ICY metadata must
// be taken out first, by NewICYReader. A limit is known: at 11.025, 12 and 22.05
// kHz and the highest bit rates there are for them, frames that use all of it
// can become silence, see packer.
package mp3

import "errors"

var (
	// ErrUnsupported is wrapped by errors about MPEG audio that is in order but
	// of a kind this package does not decode. The text says which.
	ErrUnsupported = errors.New("mp3: unsupported")
	// ErrNotMP3 is wrapped by NewReader's error when the source begins with no
	// MPEG audio frame.
	ErrNotMP3 = errors.New("mp3: not MPEG audio")
	// ErrNoFrames is wrapped by Read's error when a source that was MPEG audio
	// is not any longer: too much of it went by without a frame that decodes.
	ErrNoFrames = errors.New("mp3: no more frames")
)
