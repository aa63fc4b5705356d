package media

import "time"

// leadFade is how long a changeover takes, in parts of a second: 8 ms.
const leadFade = 125

// changeover leads from frames of one source over to those of another that has
// another delay of decoding or resampling, without a click.
type changeover struct {
	due  bool                        // the next frame is the first of the others
	late int                         // the next frame is by so many samples later
	n    int                         // samples of past that are known
	past [mediaRate / leadFade]int16 // the end of the frame before
}

// turn makes the next frame the first at the rate hz, by late samples later than
// what was heard up to now. Gone is the frame before it at that rate.
func (c *changeover) turn(gone []int16, hz, late int) {
	gone = gone[:min(hz/framesPerSecond, len(gone))]
	n := min(hz/leadFade, len(c.past), len(gone))
	c.n = copy(c.past[:], gone[len(gone)-n:])
	c.late = late
}

// frame takes in a frame that is given out at the rate hz. It bends its
// beginning when it is the first of the others, and reports that it did.
func (c *changeover) frame(dst []int16, hz int) (bent bool) {
	n := min(hz/leadFade, len(c.past), len(dst))
	switch {
	case c.due:
		leadOn(dst, c.past[:c.n], hz)
		bent = true
	case c.late != 0:
		slide(dst, c.past[:c.n], c.late)
		bent = true
	}
	c.due, c.late = false, 0
	c.n = copy(c.past[:], dst[len(dst)-n:])
	return bent
}

// slide makes next, which follows past and is by late samples later than what
// was heard up to now, begin with that delay and end with its own. The whole
// frame is one cross-fade, as far as it is known ahead: the slower, the less is
// heard of it.
func slide(next, past []int16, late int) {
	if n := len(next) - late; late > 0 && n > 0 {
		crossFade(next[:n], next[late:], next)
		return
	}
	early := -late
	if early <= 0 || early > len(past) {
		return
	}
	var old [mediaRate / framesPerSecond]int16
	n := copy(old[:len(next)], past[len(past)-early:])
	copy(old[n:len(next)], next)
	crossFade(next, old[:], next)
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

// samplesIn is d at rate.
func samplesIn(d time.Duration, rate int) int {
	return int(d * time.Duration(rate) / time.Second)
}

// exact reports whether audio goes on from a to b to the sample: neither has
// a memory, which is a delay too, and the rate is the same.
func exact(a, b Codec) bool {
	if a == NoCodec || b == NoCodec {
		return true
	}
	return a.SampleRate() == b.SampleRate() && !a.facts().memory && !b.facts().memory
}
