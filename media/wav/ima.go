package wav

import (
	"encoding/binary"
	"fmt"
)

// maxBlock bounds the memory an ADPCM block may ask for, in bytes.
const maxBlock = 16384

// ima decodes IMA ADPCM as it stands in WAV files. A block begins with four
// bytes for each channel, its first sample, its step index and a zero; then
// come groups of four bytes for each channel in turn, eight nibbles with the
// low one first ("IMA Digital Audio Focus and Technical Working Groups
// Recommended Practices", revision 3.00).
type ima struct {
	channels, n int
	sum         []int32
}

// newIMA refuses blocks that such a layout cannot have.
func newIMA(f format) (*ima, error) {
	group := 4 * f.channels
	switch {
	case f.bits != 4:
		return nil, fmt.Errorf("%w: IMA ADPCM of %d bits", ErrUnsupported, f.bits)
	case f.align > maxBlock:
		return nil, fmt.Errorf("%w: IMA ADPCM blocks of %d bytes", ErrUnsupported, f.align)
	case f.align < group || f.align%group != 0:
		return nil, fmt.Errorf("%w: IMA ADPCM blocks of %d bytes for %d channels", ErrMalformed, f.align, f.channels)
	}
	n := 1 + 8*(f.align/group-1)
	return &ima{f.channels, n, make([]int32, n)}, nil
}

func (d *ima) frames() int { return d.n }

func (d *ima) decode(dst []int16, block []byte) {
	clear(d.sum)
	for c := range d.channels {
		d.addChannel(c, block)
	}
	for i, sum := range d.sum {
		dst[i] = mean(sum, d.channels)
	}
}

// addChannel decodes channel c of block and adds it to the sum.
func (d *ima) addChannel(c int, block []byte) {
	head := block[4*c:]
	s := imaState{
		value: int32(int16(binary.LittleEndian.Uint16(head))),
		index: min(int(head[2]), len(imaSteps)-1),
	}
	d.sum[0] += s.value
	i := 1
	for at := 4 * (d.channels + c); i < d.n; at += 4 * d.channels {
		for _, b := range block[at : at+4] {
			d.sum[i] += s.next(b & 15)
			d.sum[i+1] += s.next(b >> 4)
			i += 2
		}
	}
}

// imaState is the predictor of one channel.
type imaState struct {
	value int32
	index int // into imaSteps
}

// next decodes one nibble.
func (s *imaState) next(nibble byte) int32 {
	step := imaSteps[s.index]
	diff := step >> 3
	if nibble&4 != 0 {
		diff += step
	}
	if nibble&2 != 0 {
		diff += step >> 1
	}
	if nibble&1 != 0 {
		diff += step >> 2
	}
	if nibble&8 != 0 {
		diff = -diff
	}
	s.value = max(-32768, min(s.value+diff, 32767))
	s.index = max(0, min(s.index+imaMoves[nibble&7], len(imaSteps)-1))
	return s.value
}

// imaMoves is how a nibble moves the step index.
var imaMoves = [8]int{-1, -1, -1, -1, 2, 4, 6, 8}

// imaSteps are the quantiser's step sizes, each 1.1 times the one before.
var imaSteps = [89]int32{
	7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45,
	50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230,
	253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
	1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327,
	3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442,
	11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
	32767,
}
