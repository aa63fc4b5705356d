package media

// The times of concealment, in parts of a second: divide the sample rate.
const (
	highestPitch = 400 // Hz
	lowestPitch  = 66  // Hz
	// joint is the cross-fade from what was heard into the repetition, and
	// mend the one from the repetition back to what is heard: 2.5 and 5 ms.
	joint = 400
	mend  = 200
	// cycleTime is how long one pitch period is repeated before another is
	// added to the loop: 10 ms, so that it does not buzz.
	cycleTime = 100
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
	// voiced is the correlation from which on a pitch is one. Noise has none:
	// what is repeated then is as long as can be, so that it gets no tone.
	voiced = 0.45
)

// concealer makes up audio for packets that never came, in the manner of ITU-T
// G.711 Appendix I: it repeats the last pitch period of what was heard, after
// 10 ms the last two and after 20 ms the last three, and fades to nothing by
// 60 ms. It
// adds no delay: the opening joint is made in what is made up. It belongs to one leg; loop is given to it and holds plcPast.
type concealer struct {
	rate   int
	loop   []int16 // the waveform being repeated, valid while made > 0
	period int     // of the pitch, in samples
	cycles int     // periods in loop
	at     int     // next sample of loop
	made   int     // samples made up since the last audio
	silent bool    // until audio comes
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

// join bends the beginning of dst so that it follows past without a step: the
// difference between the end of past and the end of the period before it, which
// the repetition would follow, fades away.
func (p *concealer) join(dst, past []int16) {
	n := min(p.rate/joint, len(dst))
	if len(past) <= p.period {
		return
	}
	step := int(past[len(past)-1]) - int(past[len(past)-1-p.period])
	for i := range n {
		v := int(dst[i]) + step*(1<<15-smooth(2*i+1, 2*n))>>15
		dst[i] = int16(max(-32768, min(32767, v)))
	}
}

// start finds the pitch and prepares one period of it.
func (p *concealer) start(past []int16) {
	p.period, p.at = p.pitch(past), 0
	want := min(len(past), plcPast*p.rate/1000, cap(p.loop))
	p.loop = append(p.loop[:0], past[len(past)-want:]...)
	p.cycles = 0
	p.lengthen()
}

// The loop holds the past, newest last; its tail of cycles·period repeats. The
// end of the tail is bent towards what came before its beginning while it is
// played, so that the loop closes without a click.

// lengthen makes the tail one period longer.
func (p *concealer) lengthen() {
	if p.cycles < maxCycles && (p.cycles+1)*p.period+p.period/4 <= len(p.loop) {
		p.cycles++
		p.at %= p.period
	}
}

// sample is the next of the repetition, faded.
func (p *concealer) sample() int16 {
	if p.made > 0 && p.made%(p.rate/cycleTime) == 0 {
		p.lengthen()
	}
	size := p.cycles * p.period
	if size == 0 {
		p.made++
		return 0
	}
	if p.at >= size {
		p.at = 0
	}
	k := len(p.loop) - size + p.at
	v := int(p.loop[k])
	if over := p.period / 4; p.at >= size-over {
		i := p.at - (size - over)
		v = (v*(over-i) + int(p.loop[k-size])*i) / over
	}
	p.at++
	v = v * p.fade() >> 15
	p.made++
	return int16(v)
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

// pitch is the lag at which the last 20 ms resemble what came before most, by
// normalised cross-correlation: searched at 8 kHz, then refined. Where nothing
// is like what came before, it is the longest.
func (p *concealer) pitch(past []int16) int {
	longest := p.rate / lowestPitch
	if len(past) < p.rate/50+longest {
		return min(longest, max(1, len(past)/2))
	}
	step := max(1, p.rate/thinRate)
	best, score := p.bestLag(past, p.rate/highestPitch, longest, step)
	if score < voiced {
		return longest
	}
	if step > 1 {
		best, _ = p.bestLag(past, max(2, best-step), min(longest, best+step), 1)
	}
	return best
}

// bestLag searches lags in steps, on every step-th sample. The score is the
// squared correlation, 1 for the same.
func (p *concealer) bestLag(past []int16, from, to, step int) (best int, score float64) {
	window := p.rate / 50
	x := past[len(past)-window:]
	var own int64
	for i := 0; i < window; i += step {
		own += int64(x[i]) * int64(x[i])
	}
	best = to
	for lag := from; lag <= to; lag += step {
		y := past[len(past)-window-lag:]
		var cross, energy int64
		for i := 0; i < window; i += step {
			cross += int64(x[i]) * int64(y[i])
			energy += int64(y[i]) * int64(y[i])
		}
		if cross <= 0 || energy == 0 || own == 0 {
			continue
		}
		if s := float64(cross) * float64(cross) / (float64(energy) * float64(own)); s > score {
			best, score = lag, s
		}
	}
	return best, score
}
