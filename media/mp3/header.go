package mp3

import "encoding/binary"

// header is the 32-bit header of an MPEG audio frame (ISO 11172-3 section
// 2.4.1.3):
//
//	AAAAAAAA AAABBCCD EEEEFFGH IIJJKLMM
//	A sync · B version · C layer · D no CRC · E bit rate · F sample rate
//	G padding · I channel mode · M emphasis
type header uint32

// headerLen is the length of a header in bytes.
const headerLen = 4

// parseHeader returns the header b begins with, and whether it can be one. b
// has at least headerLen bytes.
func parseHeader(b []byte) (header, bool) {
	h := header(binary.BigEndian.Uint32(b))
	return h, h>>21 == 0x7FF &&
		h.version() != versionReserved &&
		h.layer() != 0 &&
		h.bitRateIndex() != 15 &&
		h>>10&3 != 3 &&
		h&3 != 2
}

// The values of version.
const (
	version25       = 0
	versionReserved = 1
	version2        = 2
	version1        = 3
)

func (h header) version() int { return int(h >> 19 & 3) }

// layer is 1, 2 or 3; 0 is reserved.
func (h header) layer() int { return (4 - int(h>>17&3)) % 4 }

// crc reports whether two bytes of CRC follow the header.
func (h header) crc() bool { return h>>16&1 == 0 }

// bitRateIndex is 0 in free format.
func (h header) bitRateIndex() int { return int(h >> 12 & 15) }

func (h header) padding() int { return int(h >> 9 & 1) }

func (h header) mono() bool { return h>>6&3 == 3 }

// low reports whether the frame is of the low sample rates, MPEG-2 or 2.5.
func (h header) low() bool { return h.version() != version1 }

// rate is the sample rate in Hz.
func (h header) rate() int {
	hz := [3]int{44100, 48000, 32000}[h>>10&3]
	switch h.version() {
	case version2:
		return hz / 2
	case version25:
		return hz / 4
	}
	return hz
}

// bitRates are in kbit/s, by low rates, layer - 1 and index.
var bitRates = [2][3][15]int{
	{
		{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	}, {
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	},
}

// bitRate is in bit/s, 0 in free format.
func (h header) bitRate() int {
	low := 0
	if h.low() {
		low = 1
	}
	return 1000 * bitRates[low][h.layer()-1][h.bitRateIndex()]
}

// size is the length of the frame with its header in bytes, 0 in free format.
func (h header) size() int {
	if h.bitRateIndex() == 0 {
		return 0
	}
	switch {
	case h.layer() == 1:
		return 4 * (12*h.bitRate()/h.rate() + h.padding())
	case h.layer() == 3 && h.low():
		return 72*h.bitRate()/h.rate() + h.padding()
	}
	return 144*h.bitRate()/h.rate() + h.padding()
}

// samples is how many samples of each channel a Layer III frame holds.
func (h header) samples() int {
	if h.low() {
		return 576
	}
	return 1152
}

// sideStart is where the side information of a Layer III frame begins.
func (h header) sideStart() int {
	if h.crc() {
		return headerLen + 2
	}
	return headerLen
}

// sideLen is the length of the side information of a Layer III frame.
func (h header) sideLen() int {
	switch {
	case h.low() && h.mono():
		return 9
	case h.low() || h.mono():
		return 17
	}
	return 32
}

// mainStart is where the main data of a Layer III frame begins.
func (h header) mainStart() int { return h.sideStart() + h.sideLen() }

// kin reports whether two headers can stand in one signal: version, layer and
// sample rate are equal.
func (h header) kin(other header) bool {
	const same = 0xFFFE0C00
	return h&same == other&same
}

// unsupported names what keeps a frame from being decoded, or is empty.
func (h header) unsupported() string {
	switch {
	case h.layer() == 1:
		return "MPEG Layer I"
	case h.layer() == 2:
		return "MPEG Layer II"
	case h.rate() == 8000:
		return "a sample rate of 8 kHz (MPEG-2.5)"
	case h.bitRateIndex() == 0:
		return "free format bit rate"
	}
	return ""
}
