package mp3

import "encoding/binary"

// A packer rewrites frames that go-mp3 v0.3.4 gets wrong as unpadded MPEG-2
// frames of 160 kbit/s. There are two kinds:
//
// 22.05 kHz. go-mp3 rounds the length of padded MPEG-2 frames down (it halves
// 144·bitrate/rate+padding), which loses a byte of the bit reservoir and turns
// what borrows from it into noise. Padding occurs only where the length of a
// frame is no whole number, and among the MPEG-2 rates that is 22.05 kHz alone.
//
// 11.025 and 12 kHz. go-mp3 knows no MPEG-2.5. It differs from MPEG-2 in the
// tables of scale factor bands alone, and those of these two rates are the ones
// MPEG-2 has at 16 kHz: called that, a frame gives the very same samples.
type packer struct {
	kept  []byte // main data of earlier frames, the last maxBorrow bytes
	spare int    // how many bytes of it end the last rewritten frame
}

// needed reports whether frames like h must be repacked.
func (p *packer) needed(h header) bool { return h.version() == version25 || h.rate() == 22050 }

// repacked returns the header of the rewritten frame.
func repacked(h header) header {
	const (
		rewritten = 0xF200               // bit rate and padding
		plain     = 1<<16 | 14<<12       // no CRC, 160 kbit/s
		kind      = 3<<19 | 3<<10        // version and sample rate
		as16kHz   = version2<<19 | 2<<10 // in MPEG-2
	)
	if h.version() == version25 {
		h = h&^kind | as16kHz
	}
	return h&^rewritten | plain
}

// forget says that earlier frames are not to be borrowed from.
func (p *packer) forget() { p.kept, p.spare = p.kept[:0], 0 }

// pack appends the rewritten frame, without CRC and padding, to dst:
//
//	header │ side information │ main data it uses │ zeros │ end of kept
//
// It borrows what the frame before it had room for at its end, and holds all of
// its main data itself when that had none. A frame for which neither is
// possible, or that borrows what never was there, becomes silence.
func (p *packer) pack(dst []byte, h header, frame []byte) []byte {
	packed := repacked(h)
	side := frame[h.sideStart():h.mainStart()]
	room := packed.size() - packed.mainStart()
	p.kept = append(p.kept, frame[h.mainStart():]...)
	main, borrowed := p.place(h, frame, room)

	dst = binary.BigEndian.AppendUint32(dst, uint32(packed))
	dst = append(dst, side...)
	if main == nil {
		silence(packed, dst[len(dst)-len(side)-headerLen:], 0)
	} else {
		dst[len(dst)-len(side)] = byte(borrowed)
		dst = append(dst, main...)
	}
	p.spare = min(room-len(main), maxBorrow(h), len(p.kept))
	dst = append(dst, make([]byte, room-len(main)-p.spare)...)
	dst = append(dst, p.kept[len(p.kept)-p.spare:]...)
	p.kept = p.kept[:copy(p.kept, p.kept[max(0, len(p.kept)-maxBorrow(h)):])]
	return dst
}

// place returns the main data to put into a rewritten frame, and how many bytes
// of it are borrowed from the one before. It returns nil when there is no way.
func (p *packer) place(h header, frame []byte, room int) (main []byte, borrowed int) {
	used := mainDataUsed(h, frame[h.sideStart():])
	borrowed = mainDataBegin(h, frame)
	start := len(p.kept) - (len(frame) - h.mainStart()) - borrowed
	switch {
	case start < 0 || start+used > len(p.kept):
		return nil, 0
	case borrowed <= p.spare && used-borrowed <= room:
		return p.kept[start+borrowed : start+max(used, borrowed)], borrowed
	case used <= room:
		return p.kept[start : start+used], 0
	}
	return nil, 0
}

// mainDataUsed is how many bytes of main data a frame of the low rates with this side
// information decodes: the sum of part2_3_length over its channels (ISO 13818-3
// section 2.4.1.7).
func mainDataUsed(h header, side []byte) int {
	const channelBits = 63
	if h.mono() {
		return (bits12(side, 9) + 7) / 8
	}
	return (bits12(side, 10) + bits12(side, 10+channelBits) + 7) / 8
}

// bits12 reads 12 bits from bit at on.
func bits12(b []byte, at int) int {
	i := at / 8
	v := int(b[i])<<16 | int(b[i+1])<<8 | int(b[i+2])
	return v >> (12 - at%8) & 0xFFF
}
