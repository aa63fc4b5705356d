package media

import "math"

// fadeTime is how long the tone of a digit fades out and what follows it fades
// in, in fractions of a second: 5 ms, without a click.
const fadeTime = 200

// fadeCurve is the gain along a fade out, in a table of one cosine's half.
var fadeCurve = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(0.5 + 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(len(t))))
	}
	return t
}()

// muter mutes frames and fades where it begins and ends.
type muter struct{ muted bool }

// frame mutes dst or not. Sound says whether dst holds any; the result says
// whether it still does.
func (m *muter) frame(dst []int16, sound, mute bool, rate int) bool {
	was := m.muted
	m.muted = mute
	switch {
	case !sound:
		return false
	case mute && was:
		clear(dst)
		return false
	case mute:
		n := min(len(dst), rate/fadeTime)
		for i := range n {
			dst[i] = int16(float32(dst[i]) * fadeCurve[i*len(fadeCurve)/n])
		}
		clear(dst[n:])
	case was:
		n := min(len(dst), rate/fadeTime)
		for i := range n {
			dst[i] = int16(float32(dst[i]) * fadeCurve[(n-1-i)*len(fadeCurve)/n])
		}
	}
	return true
}

// muteDigits keeps the tones of digits from the frame that was just read:
// those that telephone-events tell of, and, with the clamp, those in the audio
// alone. It reports whether dst still holds sound.
func (l *Leg) muteDigits(dst []int16, sound bool) bool {
	mute := l.rx.pressed && l.rx.digits.sounds(l.now, l.rx.play.delay())
	if l.clamp != nil {
		tone, digit := l.clamp.frame(dst, sound, l.rate)
		if digit != 0 {
			l.stats.Rx.InBandDigits++
			if l.params.DTMFRx == 0 {
				l.rx.pressed = true
				l.rx.digits.enqueue(digit)
			}
		}
		mute = mute || tone
	}
	return l.mute.frame(dst, sound, mute, l.rate)
}
