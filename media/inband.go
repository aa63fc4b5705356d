package media

import "math"

// What makes two tones the digit of a keypad. Q.24 asks that 1.5 % off pitch
// is heard and 3.5 % is not; the rest is set where the tones of the tests are
// all heard and hours of speech are not.
const (
	// faintestTone is the mean square of a tone of -39 dBm0.
	faintestTone = 31300
	// likelyShare is how much of the energy both tones hold at least before
	// their pitch is known, and while a digit goes on.
	likelyShare = 0.5
	// digitShare is how much it is for the pitch measured.
	digitShare = 0.93
	// mostTwist is how much stronger the one tone may be, as a power ratio:
	// 9.5 dB.
	mostTwist = 8.9
	// mostOff is how far off pitch a tone may be.
	mostOff = 0.023
	// mostChange is how much a tone may change from window to window, as a
	// power ratio: 3 dB.
	mostChange = 2.0
	// enoughSteady is how many windows of 20 ms, 10 ms apart, must each go on
	// as the one before did: three windows, 40 ms.
	enoughSteady = 2
)

// clamp finds the tones of digits in the audio itself. It changes nothing; of
// a digit of 40 ms and more at most the first 40 ms are missed.
type clamp struct {
	bank  toneBank
	last  pair // of the window before
	tones [2]tones
	cur   int  // index into tones of the newest
	held  byte // the digit that sounds, 0 for none
	idle  bool // nothing has come since the bank was emptied
}

// pair is the two tones that are strongest in a window.
type pair struct {
	likely   bool
	row, col int
	steady   int // windows that went on as the one before
}

// frame looks at pcm, the next 20 ms at rate, and reports whether the tone of
// a digit is in it. A digit that begins is returned, 0 for none. Sound says
// whether pcm is anything but zeros.
func (c *clamp) frame(pcm []int16, sound bool, rate int) (tone bool, digit byte) {
	if !sound {
		c.rest()
		return false, 0
	}
	c.idle = false
	c.bank.frame(pcm, rate)
	for w := range 2 {
		c.window(w)
		if !c.last.likely {
			continue
		}
		d := digitPad[c.last.row][c.last.col-4]
		if c.last.steady >= enoughSteady && d != c.held {
			c.held, digit = d, d
		}
		tone = tone || d == c.held || c.last.steady > 0
	}
	if !tone {
		c.held = 0
	}
	return tone && c.held != 0, digit
}

// rest lets silence pass.
func (c *clamp) rest() {
	if c.idle {
		return
	}
	c.idle, c.held, c.last = true, 0, pair{}
	c.bank = toneBank{}
}

// window judges one window of the frame.
func (c *clamp) window(w int) {
	before := c.last
	c.last = pair{}
	energy := c.bank.energy(w)
	if energy < 2*faintestTone {
		return
	}
	prev := &c.tones[c.cur]
	c.cur ^= 1
	t := &c.tones[c.cur]
	t.energy = energy
	c.bank.measure(w, t)
	p := pair{row: strongest(&t.power, 0), col: strongest(&t.power, 4)}
	p.likely = t.likely(&p)
	if p.likely && before.likely && p.row == before.row && p.col == before.col && t.follows(prev, &p) {
		p.steady = before.steady + 1
	}
	c.last = p
}

// strongest is the index of the greatest of four.
func strongest(power *[8]float32, from int) int {
	best := from
	for i := from + 1; i < from+4; i++ {
		if power[i] > power[best] {
			best = i
		}
	}
	return best
}

// likely reports whether a pair of tones makes up most of a window.
func (t *tones) likely(p *pair) bool {
	r, c := t.power[p.row], t.power[p.col]
	return r > faintestTone && c > faintestTone && r+c > likelyShare*t.energy &&
		r < 2*mostTwist*c && c < 2*mostTwist*r
}

// follows reports whether a pair of tones goes on from the window before at the
// pitch and level that a digit has.
func (t *tones) follows(prev *tones, p *pair) bool {
	r, ok := t.settled(prev, p.row)
	if !ok {
		return false
	}
	c, ok := t.settled(prev, p.col)
	return ok && r+c > digitShare*t.energy && r < mostTwist*c && c < mostTwist*r
}

// settled measures tone k by its phase in two windows: its power at its true
// pitch, and whether pitch and level are those of a digit.
func (t *tones) settled(prev *tones, k int) (power float32, ok bool) {
	if t.power[k] > mostChange*prev.power[k] || prev.power[k] > mostChange*t.power[k] {
		return 0, false
	}
	re := float64(t.re[k]*prev.re[k] + t.im[k]*prev.im[k])
	im := float64(t.im[k]*prev.re[k] - t.re[k]*prev.im[k])
	turn := math.Remainder(math.Atan2(im, re)-bank.hop[k], 2*math.Pi) // in a hop
	off := turn / (2 * math.Pi) * bankRate / bankHop                  // Hz
	if math.Abs(off) > mostOff*digitTones[k] {
		return 0, false
	}
	// How far the window's response has fallen so far from its middle.
	x := off * bankWindow / bankRate
	response := 1.0
	if x != 0 {
		response = math.Sin(math.Pi*x) / (math.Pi * x) / (1 - x*x)
	}
	return t.power[k] / float32(response*response), true
}
