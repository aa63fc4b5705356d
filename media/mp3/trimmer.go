package mp3

import "encoding/binary"

// decoderDelay is how many samples any Layer III decoder is late.
const decoderDelay = 529

// A trimmer cuts off what an encoder put before and behind the audio, as told
// by the Xing or Info frame, so that a file can loop without a gap. Frames
// beyond the told number are left alone: a broadcast may go on for ever after
// such a frame.
type trimmer struct {
	frames int // still to come of the told number, 0 when nothing is to be cut
	skip   int // samples still to be cut from the start
	left   int // samples of audio still to come of the told length
}

// trim returns the part of the next frame that is audio.
func (t *trimmer) trim(pcm []int16) []int16 {
	if t.frames == 0 {
		return pcm
	}
	t.frames--
	n := min(t.skip, len(pcm))
	t.skip -= n
	pcm = pcm[n:]
	n = min(t.left, len(pcm))
	t.left -= n
	return pcm[:n]
}

// info is a Xing, Info or VBRI frame: a description of the file in the guise of
// a silent frame.
type info struct {
	frames         int // that follow, 0 when not told
	delay, padding int // in samples, -1 when not told
}

// parseInfo reads an info frame and reports whether frame is one.
func parseInfo(h header, frame []byte) (info, bool) {
	const vbriAt = headerLen + 32
	if len(frame) >= vbriAt+4 && string(frame[vbriAt:vbriAt+4]) == "VBRI" {
		return info{delay: -1}, true
	}
	for _, at := range [2]int{headerLen + h.sideLen(), h.mainStart()} {
		if len(frame) < at+8 {
			continue
		}
		if id := string(frame[at : at+4]); id == "Xing" || id == "Info" {
			return parseXing(frame[at+4:]), true
		}
	}
	return info{}, false
}

// parseXing reads what follows the word Xing: flags, the fields they announce,
// and the LAME extension with delay and padding, 12 bits each.
func parseXing(b []byte) info {
	x := info{delay: -1}
	flags := binary.BigEndian.Uint32(b)
	b = b[4:]
	for bit, size := range [4]int{4, 4, 100, 4} {
		if flags>>bit&1 == 0 {
			continue
		}
		if len(b) < size {
			return x
		}
		if bit == 0 {
			x.frames = int(binary.BigEndian.Uint32(b))
		}
		b = b[size:]
	}
	if len(b) < 24 || !isEncoder(string(b[:4])) {
		return x
	}
	x.delay = int(b[21])<<4 | int(b[22])>>4
	x.padding = int(b[22]&15)<<8 | int(b[23])
	return x
}

// isEncoder reports whether an extension beginning with name has LAME's layout.
func isEncoder(name string) bool {
	return name == "LAME" || name == "Lavf" || name == "Lavc" || name == "GOGO"
}

// trimmer returns what x says to cut, of frames with n samples. Without a
// number of frames only the start can be cut.
func (x info) trimmer(n int) trimmer {
	if x.delay < 0 {
		return trimmer{}
	}
	t := trimmer{frames: x.frames, skip: x.delay + decoderDelay}
	if t.frames == 0 {
		t.frames = (t.skip + n - 1) / n
		t.left = t.frames * n
		return t
	}
	t.left = max(0, x.frames*n-x.delay-x.padding)
	return t
}
