package media

// The decoder's tables, of ITU-T G.722 (1988) section 6.2: the inverse
// quantizers of 6, 4 and 2 bits, the steps of the logarithmic scale factors by
// code, the antilogarithm, and one half of the receiving filter bank.
var (
	g722Quant6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	g722Quant4  = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	g722Quant2  = [4]int32{-7408, -1616, 7408, 1616}
	g722LowLog  = [16]int32{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}
	g722HiLog   = [4]int32{798, -214, 798, -214}
	g722Antilog = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	g722Mirror = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}
)

// g722Band is the adaptive predictor and scale factor of one half of the
// spectrum.
type g722Band struct {
	estimate int32    // of the next sample
	zeros    int32    // the part of it that the zeros make
	log      int32    // logarithm of step
	step     int32    // scale of the quantizer
	rebuilt  [2]int32 // newest first, as everything below
	partial  [2]int32
	poles    [2]int32
	taps     [6]int32
	diffs    [6]int32
}

// rescale follows a code: log gains by, up to most, and step is its antilog.
func (b *g722Band) rescale(by, most int32, shift int32) {
	b.log = min(max(b.log*127>>7+by, 0), most)
	mantissa, down := g722Antilog[b.log>>6&31], shift-b.log>>11
	if down < 0 {
		mantissa <<= -down
	} else {
		mantissa >>= down
	}
	b.step = mantissa << 2
}

// adapt learns from the quantized difference and makes the next estimate
// (block 4 of section 6.2).
func (b *g722Band) adapt(diff int32) {
	rebuilt, partial := saturate16(b.estimate+diff), saturate16(b.zeros+diff)
	b.adaptPoles(partial)
	b.adaptZeros(diff)
	b.rebuilt[1], b.rebuilt[0] = b.rebuilt[0], rebuilt
	b.partial[1], b.partial[0] = b.partial[0], partial
	copy(b.diffs[1:], b.diffs[:5])
	b.diffs[0] = diff

	sum := int32(0)
	for i, d := range b.diffs {
		sum += b.taps[i] * saturate16(2*d) >> 15
	}
	b.zeros = saturate16(sum)
	poles := b.poles[0]*saturate16(2*b.rebuilt[0])>>15 + b.poles[1]*saturate16(2*b.rebuilt[1])>>15
	b.estimate = saturate16(saturate16(poles) + b.zeros)
}

// adaptPoles moves the two poles by the signs of the partial signal.
func (b *g722Band) adaptPoles(partial int32) {
	same := partial>>15 == b.partial[0]>>15
	lean := saturate16(b.poles[0] << 2)
	first := int32(-192)
	if same {
		lean, first = -lean, 192
	}
	second := min(lean, 32767)>>7 + b.poles[1]*32512>>15
	if partial>>15 == b.partial[1]>>15 {
		second += 128
	} else {
		second -= 128
	}
	b.poles[1] = min(max(second, -12288), 12288)
	bound := saturate16(15360 - b.poles[1])
	b.poles[0] = min(max(saturate16(first+b.poles[0]*32640>>15), -bound), bound)
}

// adaptZeros moves the six zeros by the signs of the differences.
func (b *g722Band) adaptZeros(diff int32) {
	gain := int32(128)
	if diff == 0 {
		gain = 0
	}
	for i := range b.taps {
		by := -gain
		if b.diffs[i]>>15 == diff>>15 {
			by = gain
		}
		b.taps[i] = saturate16(by + b.taps[i]*32640>>15)
	}
}

// saturate16 bounds v to 16 bits.
func saturate16(v int32) int32 { return min(max(v, -32768), 32767) }
