package mp3

import "encoding/binary"

// tagPeek is how many bytes tagLen wants to see.
const tagPeek = 32

// tagLen returns the length in bytes of the ID3v1, ID3v2 or APE tag that b
// begins with, 0 when it begins with none. It believes what the tag says of
// itself: nothing of that length is ever allocated.
func tagLen(b []byte) int64 {
	switch {
	case len(b) >= 10 && string(b[:3]) == "ID3":
		return id3v2Len(b)
	case len(b) >= 4 && string(b[:4]) == "TAG+":
		return 227
	case len(b) >= 3 && string(b[:3]) == "TAG":
		return 128
	case len(b) >= 32 && string(b[:8]) == "APETAGEX":
		return apeLen(b)
	}
	return 0
}

// id3v2Len reads an ID3v2 header (ID3v2.4.0 section 3.1). Its size has seven
// bits to the byte; with an eighth bit set it is no ID3v2 header.
func id3v2Len(b []byte) int64 {
	if b[3] == 0xFF || b[4] == 0xFF || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
		return 0
	}
	n := 10 + int64(b[6])<<21 + int64(b[7])<<14 + int64(b[8])<<7 + int64(b[9])
	if b[5]&0x10 != 0 {
		n += 10 // a footer
	}
	return n
}

// apeLen reads an APEv1 or APEv2 header, or a footer that stands alone. The
// size a tag tells does not count its header.
func apeLen(b []byte) int64 {
	const isHeader = 1 << 29
	if binary.LittleEndian.Uint32(b[20:])&isHeader == 0 {
		return 32
	}
	return 32 + int64(binary.LittleEndian.Uint32(b[12:]))
}
