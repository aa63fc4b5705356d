package media

import "github.com/gotranspile/g722"

// g722Decoder decodes G.722 at 64 kbit/s: a byte is two samples.
type g722Decoder struct{ state *g722.Decoder }

func newG722Decoder() *g722Decoder {
	return &g722Decoder{g722.NewDecoder(g722.Rate64000, 0)}
}

func (d *g722Decoder) samples(payload []byte) int {
	if len(payload) > maxDecoded*8 {
		return 0
	}
	return 2 * len(payload)
}

func (d *g722Decoder) decode(dst []int16, payload []byte) int {
	payload = payload[:min(len(payload), len(dst)/2)]
	return d.state.Decode(dst, payload)
}

func (d *g722Decoder) conceal([]int16) bool { return false }

func (d *g722Decoder) recover([]int16, []byte) bool { return false }

func (d *g722Decoder) reset() { *d = *newG722Decoder() }

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

func (c *g722Coder) memoryless() bool { return false }

func (c *g722Coder) follow(other coder) bool {
	o, ok := other.(*g722Coder)
	if ok {
		*c.state = *o.state
	}
	return ok
}
