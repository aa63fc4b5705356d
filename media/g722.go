package media

import "github.com/gotranspile/g722"

// g722Decoder decodes G.722 at 64 kbit/s: a byte is two samples. The library's
// decoder gives the same bits but does not saturate: a loud voice wraps round
// to crackle. So this one is our own.
type g722Decoder struct {
	low, high g722Band
	past      [22]int32 // sums and differences of the bands, oldest first
}

func newG722Decoder() *g722Decoder {
	d := new(g722Decoder)
	d.reset()
	return d
}

func (d *g722Decoder) samples(payload []byte) int {
	if len(payload) > maxDecoded*8 {
		return 0
	}
	return 2 * len(payload)
}

func (d *g722Decoder) decode(dst []int16, payload []byte) int {
	n := min(len(payload), len(dst)/2)
	for i, code := range payload[:n] {
		low, high := d.bands(code)
		first, second := d.join(low+high, low-high)
		dst[2*i], dst[2*i+1] = first, second
	}
	return 2 * n
}

// bands decodes one code: six bits of the low band, two of the high one.
func (d *g722Decoder) bands(code byte) (low, high int32) {
	b, bits := &d.low, code&63
	low = min(max(b.estimate+b.step*g722Quant6[bits]>>15, -16384), 16383)
	diff := b.step * g722Quant4[bits>>2] >> 15
	b.rescale(g722LowLog[bits>>2], 18432, 8)
	b.adapt(diff)

	b, bits = &d.high, code>>6
	diff = b.step * g722Quant2[bits] >> 15
	high = min(max(b.estimate+diff, -16384), 16383)
	b.rescale(g722HiLog[bits], 22528, 10)
	b.adapt(diff)
	return low, high
}

// join makes two samples of both bands' sum and difference.
func (d *g722Decoder) join(sum, difference int32) (first, second int16) {
	var x [24]int32
	copy(x[:], d.past[:])
	x[22], x[23] = sum, difference
	var even, odd int32
	for i, c := range g722Mirror {
		odd += x[2*i] * c
		even += x[2*i+1] * g722Mirror[11-i]
	}
	copy(d.past[:], x[2:])
	return int16(saturate16(even >> 11)), int16(saturate16(odd >> 11))
}

func (d *g722Decoder) conceal([]int16) bool { return false }

func (d *g722Decoder) recover([]int16, []byte) bool { return false }

func (d *g722Decoder) reset() {
	*d = g722Decoder{}
	d.low.step, d.high.step = 32, 8
}

// g722Coder encodes G.722 at 64 kbit/s.
type g722Coder struct{ state *g722.Encoder }

func newG722Coder() *g722Coder {
	return &g722Coder{g722.NewEncoder(g722.Rate64000, 0)}
}

func (c *g722Coder) encode(dst []byte, pcm []int16) []byte {
	n := len(dst)
	dst = grow(dst, len(pcm)/2)
	c.state.Encode(dst[n:], pcm[:len(pcm)&^1])
	return dst
}

func (c *g722Coder) follow(other coder) bool {
	o, ok := other.(*g722Coder)
	if ok {
		*c.state = *o.state
	}
	return ok
}
