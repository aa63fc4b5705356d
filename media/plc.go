package media

const (
	minPitch = 40  // samples at 8 kHz: 200 Hz
	maxPitch = 120 // 67 Hz
	// plcHistory holds three of the longest pitch periods and the quarter of
	// one that smooths the joint.
	plcHistory = 3*maxPitch + maxPitch/4
	// fadeHold and fadeEnd bound the fade: full level until the first, nothing
	// from the second on.
	fadeHold = 80  // 10 ms
	fadeEnd  = 480 // 60 ms
	// blend is the cross-fade from concealment back to audio.
	blend = 40 // 5 ms
)

// concealer makes up audio for packets that never came, in the manner of ITU-T
// G.711 Appendix I: it repeats the last pitch period of what was heard, after
// 10 ms the last two and after 20 ms the last three, so that the repetition
// does not buzz, and fades to nothing by 60 ms.
type concealer struct {
	history [plcHistory]int16 // the newest sample last
	// The waveform being repeated. Valid while made > 0.
	loop   [3*maxPitch + maxPitch/4]int16
	period int // of the pitch, in samples
	cycles int // periods in loop
	at     int // next sample of loop
	made   int // samples made up since the last audio
}

// audio takes in samples that came from the wire. After concealment it blends
// their beginning with what would have been made up next.
func (p *concealer) audio(pcm []int16) {
	if p.made > 0 && p.made < fadeEnd {
		n := min(blend, len(pcm))
		var synth [blend]int16
		p.synthesize(synth[:n])
		for i, s := range synth[:n] {
			pcm[i] = int16((int(s)*(n-i) + int(pcm[i])*i) / n)
		}
	}
	p.made = 0
	p.remember(pcm)
}

// pause takes in n samples of silence that the sender intended.
func (p *concealer) pause(dst []int16) {
	clear(dst)
	p.made = fadeEnd
}

// conceal fills dst. It reports whether anything but silence is in it.
func (p *concealer) conceal(dst []int16) (voice bool) {
	if p.made >= fadeEnd {
		p.made += len(dst)
		p.made = min(p.made, 1<<30)
		clear(dst)
		return false
	}
	if p.made == 0 {
		p.start()
	}
	p.synthesize(dst)
	return true
}

// remember appends to the history.
func (p *concealer) remember(pcm []int16) {
	if len(pcm) >= plcHistory {
		copy(p.history[:], pcm[len(pcm)-plcHistory:])
		return
	}
	copy(p.history[:], p.history[len(pcm):])
	copy(p.history[plcHistory-len(pcm):], pcm)
}

// start finds the pitch and prepares one period of it.
func (p *concealer) start() {
	p.period = pitch(p.history[:])
	p.repeat(1)
}

// repeat makes loop the last n pitch periods of the history. The end of the
// loop is bent towards what came before its beginning, so that it closes
// without a click.
func (p *concealer) repeat(n int) {
	p.cycles = n
	size := n * p.period
	h := p.history[plcHistory-size:]
	copy(p.loop[:size], h)
	over := p.period / 4
	before := p.history[plcHistory-size-over:]
	for i := range over {
		k := size - over + i
		p.loop[k] = int16((int(h[k])*(over-i) + int(before[i])*i) / over)
	}
}

// synthesize continues the repetition and its fade.
func (p *concealer) synthesize(dst []int16) {
	for i := range dst {
		switch {
		case p.made == 80 && p.cycles == 1:
			p.repeat(2)
			p.at %= p.period
		case p.made == 160 && p.cycles == 2:
			p.repeat(3)
			p.at %= p.period
		case p.made == 0:
			p.at = 0
		}
		dst[i] = int16(int(p.loop[p.at]) * fade(p.made) >> 15)
		if p.at++; p.at == p.cycles*p.period {
			p.at = 0
		}
		p.made++
	}
}

// fade is the gain, 32768 for 1, after n samples of concealment.
func fade(n int) int {
	switch {
	case n < fadeHold:
		return 1 << 15
	case n >= fadeEnd:
		return 0
	}
	return (fadeEnd - n) << 15 / (fadeEnd - fadeHold)
}

// pitch is the lag at which the last 20 ms resemble what came before most, by
// normalised cross-correlation. It searches every second lag on every second
// sample, then around the best.
func pitch(h []int16) int {
	best := lagBest(h, minPitch, maxPitch, 2)
	return lagBest(h, max(minPitch, best-1), min(maxPitch, best+1), 1)
}

func lagBest(h []int16, from, to, step int) int {
	const window = 160
	x := h[len(h)-window:]
	best, score := from, -1.0
	for lag := from; lag <= to; lag += step {
		y := h[len(h)-window-lag:]
		var cross, energy int64
		for i := 0; i < window; i += step {
			cross += int64(x[i]) * int64(y[i])
			energy += int64(y[i]) * int64(y[i])
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if s := float64(cross) * float64(cross) / float64(energy); s > score {
			best, score = lag, s
		}
	}
	return best
}
