package media

// leadFade is how long a changeover takes, in parts of a second: 8 ms.
const leadFade = 125

// changeover leads from frames of one source over to those of another that has
// another delay of decoding or resampling, without a click.
type changeover struct {
	due  bool                        // the next frame is the first of the others
	n    int                         // samples of past that are known
	past [mediaRate / leadFade]int16 // the end of the frame before
}

// frame takes in a frame that is given out at the rate hz. It bends its
// beginning when it is the first of the others, and reports that it did.
func (c *changeover) frame(dst []int16, hz int) (bent bool) {
	n := min(hz/leadFade, len(c.past), len(dst))
	if bent = c.due; bent {
		leadOn(dst, c.past[:c.n], hz)
		c.due = false
	}
	c.n = copy(c.past[:], dst[len(dst)-n:])
	return bent
}

// leadOn makes the beginning of next, PCM at rate, lead on from past: that is
// heard backwards while it fades, so that there is neither a step nor a hole.
// What follows silence stays as it is.
func leadOn(next, past []int16, rate int) {
	n := min(rate/leadFade, len(past), len(next))
	if n == 0 || faint(past[len(past)-n:]) {
		return
	}
	for i := range next[:n] {
		g := smooth(2*i+1, 2*n)
		next[i] = int16((int(past[len(past)-1-i])*(1<<15-g) + int(next[i])*g + 1<<14) >> 15)
	}
}

// exact reports whether audio goes on from a to b to the sample: neither has
// a delay, and the rate is the same.
func exact(a, b Codec) bool {
	if a == NoCodec || b == NoCodec {
		return true
	}
	return a.SampleRate() == b.SampleRate() && a != G722 && b != G722 && a != Opus && b != Opus
}
