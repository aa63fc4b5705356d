package media

// maxOpusFrame is the longest frame in a packet, in bytes (RFC 6716 section
// 3.2.1).
const maxOpusFrame = 1275

// opusSamples is how much audio a packet holds, in samples at 48 kHz, 0 for one
// that breaks a rule of RFC 6716 section 3.4 or lasts longer than maxDecoded.
func opusSamples(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	frames, ok := 0, false
	rest := packet[1:]
	switch packet[0] & 3 {
	case 0:
		frames, ok = 1, len(rest) <= maxOpusFrame
	case 1:
		frames, ok = 2, len(rest)%2 == 0 && len(rest)/2 <= maxOpusFrame
	case 2:
		first, after, good := opusLength(rest)
		frames, ok = 2, good && first <= len(after) && len(after)-first <= maxOpusFrame
	case 3:
		frames, ok = opusFrames(rest)
	}
	n := frames * opusFrameSamples(packet[0])
	if !ok || n > maxDecoded*48 {
		return 0
	}
	return n
}

// opusFrameSamples is how long each frame of a packet is by its first byte, the
// TOC, in samples at 48 kHz (RFC 6716 section 3.1, table 2).
func opusFrameSamples(toc byte) int {
	config := toc >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return [4]int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		return 480 << (config & 1)
	}
	return 120 << (config & 3) // CELT: 2.5, 5, 10, 20 ms
}

// opusLength reads the length of a frame: one byte, or two from 252 on.
func opusLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), b[1:], true
	case len(b) > 1:
		return int(b[0]) + 4*int(b[1]), b[2:], true
	}
	return 0, nil, false
}

// opusFrames counts the frames of a packet of code 3, of which it is given all
// but the TOC (RFC 6716 section 3.2.5).
func opusFrames(b []byte) (frames int, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	head := b[0]
	frames = int(head & 0x3F)
	b = b[1:]
	if head&0x40 != 0 {
		if b, ok = opusUnpad(b); !ok {
			return 0, false
		}
	}
	if frames == 0 || frames > 48 {
		return 0, false
	}
	if head&0x80 == 0 { // all of one length
		return frames, len(b)%frames == 0 && len(b)/frames <= maxOpusFrame
	}
	sum := 0
	for range frames - 1 {
		n, rest, good := opusLength(b)
		if !good {
			return 0, false
		}
		sum, b = sum+n, rest
	}
	return frames, sum <= len(b) && len(b)-sum <= maxOpusFrame
}

// opusUnpad reads how much padding there is and takes it off the end.
func opusUnpad(b []byte) (rest []byte, ok bool) {
	padding := 0
	for len(b) > 0 {
		n := int(b[0])
		b = b[1:]
		if n < 255 {
			padding += n
			return b[:max(0, len(b)-padding)], padding <= len(b)
		}
		padding += 254
	}
	return nil, false
}
