package media

import "time"

// leadFade is how long a changeover takes, in parts of a second: 8 ms.
const leadFade = 125

// changeover leads from frames of one source over to those of another that has
// another delay of decoding or resampling, without a click. What was heard
// before is found when it is needed.
type changeover struct {
	after bool // the frame before held sound
	due   bool // the next frame is the first of another rate's decoder
	late  int  // the next frame is by so many samples later
}

// heardMost is the longest end of a frame that is led on from.
const heardMost = mediaRate / leadFade

// none forgets what was to be led on from; silence has gone before.
func (c *changeover) none() {
	c.after, c.due, c.late = false, false, 0
}

// ending fills tail with the end of the frame at the conference's rate that the
// store's PCM up to end made, and returns what is known of it.
func (p *playout) ending(tail []int16, end int) []int16 {
	tail = tail[:min(p.outHz/leadFade, len(tail))]
	from := end - len(tail)*p.store.rate/p.outHz
	if !p.change.after || from < p.way.Past() {
		return tail[:0]
	}
	p.way.Convert(tail, p.store.buf[:from], p.store.buf[from:end])
	return tail
}

// turn notes that the store is about to change its rate.
func (p *playout) turn() {
	if c := &p.change; !c.due {
		c.due = true
		p.lastHeard = p.ending(p.lastHeard[:cap(p.lastHeard)], p.store.play)
	}
}

// bend makes dst, the frame just taken, lead on from the one before, when it is
// the first of another delay. It reports whether it did.
func (p *playout) bend(dst []int16) (bent bool) {
	c := &p.change
	switch {
	case c.due:
		leadOn(dst, p.lastHeard, p.outHz)
		bent = true
	case c.late != 0:
		var tail [heardMost]int16
		slide(dst, p.ending(tail[:], p.store.play-p.store.frame()), c.late)
		bent = true
	}
	c.after, c.due, c.late = true, false, 0
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
