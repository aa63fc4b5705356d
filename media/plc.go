package media

// The times of concealment, in parts of a second: divide the sample rate.
const (
	highestPitch = 400 // Hz
	lowestPitch  = 66  // Hz
	// joint is the cross-fade from what was heard into the repetition, and
	// mend the one from the repetition back to what is heard: 2.5 and 5 ms.
	joint = 400
	mend  = 200
	// cycleTime is how long a loop is repeated before another pitch period is
	// added to it, so that it does not buzz: 20 ms. A single lost packet is
	// filled with the newest period alone, which is the nearest to it.
	cycleTime = 50
	// shortestLoop is 5 ms. A higher pitch is repeated by two periods: one is
	// no whole number of samples.
	shortestLoop = 200
	// pitchWindow is how much of the newest past has to recur one period
	// before, 10 ms: a longer one looks back to where the voice was different.
	pitchWindow = 100
)

const (
	// plcPast is how much past concealment looks back on, in ms: three of the
	// longest pitch periods and the quarter of one that closes the loop.
	plcPast = 50
	// fadeHold and fadeEnd bound the fade, in ms: full level until the first,
	// nothing from the second on.
	fadeHold = 10
	fadeEnd  = 60
	// maxCycles is how many pitch periods a loop holds at most.
	maxCycles = 3
	// voiced is the squared correlation from which on a pitch is one. Noise has
	// none: what is repeated then is as long as can be, so that it gets no tone.
	voiced = 0.1
)

// concealer makes up audio for packets that never came, in the manner of ITU-T
// G.711 Appendix I: it repeats the last pitch period of what was heard, after
// 20 ms the last two and after 40 ms the last three, and fades to nothing by
// 60 ms. It adds no delay: the opening joint is made in what is made up. It
// belongs to one leg; loop is given to it and holds plcPast.
type concealer struct {
	rate     int
	loop     []int16 // the waveform being repeated, valid while made > 0
	period   int     // of the pitch, in samples
	cycles   int     // periods in loop
	likeness int     // of the newest two periods, 1<<15 when they are the same
	at       int     // next sample of the repetition
	turn     int     // samples left of the cross-fade from fewer periods
	old      int     // next sample of the repetition of fewer periods
	made     int     // samples made up since the last audio
	silent   bool    // until audio comes
}

// setRate says at which rate audio is from now on; what was being made up is
// forgotten.
func (p *concealer) setRate(rate int) {
	if p.rate != rate {
		p.rate = rate
		p.pause()
	}
}

// audio takes in samples that came from the wire. After concealment it blends
// their beginning with what would have been made up next.
func (p *concealer) audio(pcm []int16) {
	if p.made > 0 && !p.silent {
		n := min(p.rate/mend, len(pcm))
		for i := range n {
			g := smooth(2*i+1, 2*n)
			pcm[i] = int16((int(p.sample())*(1<<15-g) + int(pcm[i])*g) >> 15)
		}
	}
	p.made, p.silent = 0, false
}

// pause says that the sender is silent on purpose.
func (p *concealer) pause() { p.made, p.silent = 0, true }

// conceal fills dst with what may have followed past, of which it wants
// plcPast. It reports whether anything but silence is in it.
func (p *concealer) conceal(dst, past []int16) (voice bool) {
	if p.silent {
		clear(dst)
		return false
	}
	first := p.made == 0
	if first {
		p.start(past)
	}
	for i := range dst {
		dst[i] = p.sample()
	}
	if first {
		p.join(dst, past)
	}
	p.silent = p.made >= p.rate*fadeEnd/1000
	return true
}

// join bends the beginning of dst so that it follows past without a step. What
// the newest period has over the one before it is carried on at first, as far
// as the two are alike, and so is the step that remains.
func (p *concealer) join(dst, past []int16) {
	n, newest := min(p.rate/joint, len(dst), p.period), len(past)-p.period
	if newest <= p.period {
		return
	}
	a, b := past[newest-1:], past[newest-1-p.period:] // from one sample before
	step := int(past[len(past)-1]) - int(a[0]) - p.trend(a[0], b[0])
	for i := range n {
		v := step + p.trend(a[i+1], b[i+1])
		v = int(dst[i]) + v*(1<<15-smooth(2*i+1, 2*n))>>15
		dst[i] = int16(max(-32768, min(32767, v)))
	}
}

// trend is how much the voice may change from a to the next period, when the
// one before a had b.
func (p *concealer) trend(a, b int16) int { return (int(a) - int(b)) * p.likeness >> 15 }

// start finds the pitch and prepares one period of it.
func (p *concealer) start(past []int16) {
	p.period, p.at, p.turn = p.pitch(past), 0, 0
	want := min(len(past), plcPast*p.rate/1000, cap(p.loop))
	p.loop = append(p.loop[:0], past[len(past)-want:]...)
	p.cycles = 0
	p.lengthen()
}

// lengthen repeats one period more from now on. The change is cross-faded.
func (p *concealer) lengthen() {
	if p.cycles == maxCycles || (p.cycles+1)*p.period+p.period/4 > len(p.loop) {
		return
	}
	if p.cycles > 0 {
		p.turn, p.old = p.rate/joint, p.at
	}
	p.at %= p.period // the oldest is the one not heard yet
	p.cycles++
}

// sample is the next of the repetition, faded.
func (p *concealer) sample() int16 {
	if p.made > 0 && p.made%(p.rate/cycleTime) == 0 {
		p.lengthen()
	}
	gain := p.fade()
	p.made++
	if p.cycles == 0 {
		return 0
	}
	v := p.wave(&p.at, p.cycles)
	if p.turn > 0 {
		n := p.rate / joint
		v += (p.wave(&p.old, p.cycles-1) - v) * p.turn / n
		p.turn--
	}
	return int16(v * gain >> 15)
}

// wave is sample at of the repetition of the newest periods in loop, and moves
// at on. Their end is bent towards what came before their beginning, so that
// the repetition closes without a click.
func (p *concealer) wave(at *int, cycles int) int {
	size := cycles * p.period
	if *at >= size {
		*at = 0
	}
	i := *at
	*at++
	k := len(p.loop) - size + i
	v := int(p.loop[k])
	if over := p.period / 4; i >= size-over {
		i -= size - over
		v = (v*(over-i) + int(p.loop[k-size])*i) / over
	}
	return v
}

// fade is the gain, 32768 for 1, after what was made.
func (p *concealer) fade() int {
	hold, end := p.rate*fadeHold/1000, p.rate*fadeEnd/1000
	switch {
	case p.made < hold:
		return 1 << 15
	case p.made >= end:
		return 0
	}
	return (end - p.made) << 15 / (end - hold)
}

// pitch is the lag at which the newest past resembles what came before most, by
// normalised cross-correlation: searched at 8 kHz, then refined. Where nothing
// is like what came before, it is the longest.
func (p *concealer) pitch(past []int16) int {
	p.likeness = 0
	longest := p.rate / lowestPitch
	if len(past) < p.rate/pitchWindow+longest {
		return min(longest, max(1, len(past)/2))
	}
	step := max(1, p.rate/thinRate)
	best, score := p.bestLag(past, p.rate/highestPitch, longest, step)
	if score < voiced {
		return longest
	}
	reach := step - 1
	if best < p.rate/shortestLoop {
		best, reach = 2*best, 2*step
	}
	if reach > 0 {
		best, score = p.bestLag(past, best-reach, min(longest, best+reach), 1)
	}
	p.likeness = int(score * (1 << 15))
	return best
}

// bestLag searches lags in steps, on every step-th sample. The score is the
// squared correlation, 1 for the same.
func (p *concealer) bestLag(past []int16, from, to, step int) (best int, score float64) {
	var room [2][maxThin]int16
	window, lags := p.rate/pitchWindow, (to-from)/step+1
	x := thin(room[0][:], past[len(past)-window:], step)
	// Lag from is at the end of y, each of the others one sample before.
	y := thin(room[1][:], past[len(past)-window-from-(lags-1)*step:len(past)-from], step)
	n := len(x)
	own, energy := product(x, x), product(y[lags-1:], y[lags-1:])
	best = to
	for k := lags - 1; k >= 0; k-- {
		if k < lags-1 {
			energy += square(y[k]) - square(y[k+n])
		}
		cross := product(x, y[k:k+n])
		if cross <= 0 || energy == 0 || own == 0 {
			continue
		}
		if s := float64(cross) * float64(cross) / (float64(energy) * float64(own)); s > score {
			best, score = from+(lags-1-k)*step, s
		}
	}
	return best, score
}

// maxThin is the most that a search looks at: at thinRate, a window and the
// lags it is moved by.
const maxThin = thinRate/pitchWindow + thinRate/lowestPitch + 1

// thin is every step-th of pcm, in room where these are not all.
func thin(room, pcm []int16, step int) []int16 {
	if step == 1 {
		return pcm
	}
	n := 0
	for i := 0; i < len(pcm); i += step {
		room[n] = pcm[i]
		n++
	}
	return room[:n]
}

// product is the inner product of two slices; b is not shorter.
func product(a, b []int16) (sum int64) {
	var s0, s1, s2, s3 int64
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		x, y := (*[4]int16)(a), (*[4]int16)(b)
		s0 += int64(x[0]) * int64(y[0])
		s1 += int64(x[1]) * int64(y[1])
		s2 += int64(x[2]) * int64(y[2])
		s3 += int64(x[3]) * int64(y[3])
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		sum += int64(v) * int64(b[i])
	}
	return sum + s0 + s1 + s2 + s3
}

// square is the energy of a sample.
func square(s int16) int64 { return int64(s) * int64(s) }
