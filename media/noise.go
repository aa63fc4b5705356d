package media

import "math"

const (
	// loudestNoise and faintestNoise bound the level that is made, in -dBov.
	// Louder than the first nobody's background is; what a phone announces so
	// would be a nuisance. From the second on it is the least that G.711 can
	// tell from silence, and the frame counts as silent.
	loudestNoise  = 30
	faintestNoise = 78
	// noiseOrder is how many reflection coefficients are used; an announcement
	// may hold more.
	noiseOrder = 10
	// noiseRate is the rate that the announced spectrum is meant for, in Hz:
	// the clock of payload type 13.
	noiseRate = 8000
	// noiseGlide is how fast the level follows an announcement: the share of
	// the difference in each sample, most of it within 100 ms.
	noiseGlide = 1.0 / 512
	// tightest bounds a reflection coefficient, so that no announcement makes
	// a filter that rings.
	tightest = 0.97
)

// noise makes the comfort noise that a phone asks for while it says nothing
// (RFC 3389): noise of the level it announces, with the spectrum it announces,
// if any. The zero noise is silent. The same announcements give the same
// samples.
type noise struct {
	on    bool
	quiet bool    // the level announced is no more than silence
	level float32 // deviation of the output announced, in sample values
	now   float32 // on its way there
	drive float32 // deviation of what goes into the filter, per one that comes out

	order int
	k     [noiseOrder]float32     // reflection coefficients
	back  [noiseOrder + 1]float32 // state of the lattice

	seed       uint64
	last, next float32 // samples at noiseRate around the one being made
	phase      int     // of it between them, in samples of the rate asked for
}

// describe takes in the payload of a comfort noise packet: the level in -dBov,
// and the reflection coefficients of an all-pole filter, each as 127 + 128 k
// (RFC 3389 section 3). An empty payload changes nothing.
func (n *noise) describe(payload []byte) {
	if len(payload) == 0 {
		return
	}
	level := max(loudestNoise, int(payload[0]&0x7F))
	n.quiet = level >= faintestNoise
	n.level = float32(32768 * math.Pow(10, -float64(level)/20))
	if n.quiet {
		n.level = 0
	}
	if !n.on { // it goes on as loud as the background of the voice was
		n.on, n.now = true, n.level
	}
	n.shape(payload[1:])
}

// shape sets the filter. What comes out of it is louder than what goes in;
// drive makes up for that.
func (n *noise) shape(coefficients []byte) {
	power := float32(1)
	n.order = min(noiseOrder, len(coefficients))
	for i, c := range coefficients[:n.order] {
		k := max(-tightest, min(tightest, (float32(c)-127)/128))
		n.k[i] = k
		power *= 1 - k*k
	}
	n.drive = float32(math.Sqrt(float64(power)))
}

// stop makes n silent again: the phone speaks.
func (n *noise) stop() {
	n.on, n.now = false, 0
	clear(n.back[:])
	n.last, n.next, n.phase = 0, 0, 0
}

// fill makes the next samples at rate and reports whether they hold sound.
func (n *noise) fill(dst []int16, rate int) (sound bool) {
	if !n.on || n.quiet && n.now < 1 {
		clear(dst)
		return false
	}
	steps := max(1, rate/noiseRate)
	for i := range dst {
		if n.phase++; n.phase >= steps {
			n.phase = 0
			n.last, n.next = n.next, n.sample()
		}
		v := n.last + (n.next-n.last)*float32(n.phase)/float32(steps)
		dst[i] = int16(max(-32768, min(32767, math.Round(float64(v)))))
	}
	return true
}

// sample is the next at noiseRate.
func (n *noise) sample() float32 {
	n.now += (n.level - n.now) * noiseGlide
	return n.filter(n.white()*n.drive) * n.now
}

// white is noise of deviation 1, the sum of four even numbers.
func (n *noise) white() float32 {
	n.seed = n.seed*6364136223846793005 + 1442695040888963407
	x := n.seed ^ n.seed>>29
	sum := int(x&0xFFFF) + int(x>>16&0xFFFF) + int(x>>32&0xFFFF) + int(x>>48)
	const deviation = 65536 * 0.57735026 // of the sum: the root of 4/12
	return float32(sum-2*0xFFFF) / deviation
}

// filter is the all-pole lattice of the reflection coefficients.
func (n *noise) filter(x float32) float32 {
	for i := n.order - 1; i >= 0; i-- {
		x -= n.k[i] * n.back[i]
		n.back[i+1] = n.back[i] + n.k[i]*x
	}
	n.back[0] = x
	return x
}
