package bridge

import (
	"math"
	"sync"

	"partyline/mixer"
)

// Beeps are short two-tone chimes, rising for a join and falling for a leave,
// at -18 dBov so that they are heard over speech without hurting.
const (
	beepLow, beepHigh = 440.0, 660.0 // Hz
	beepToneSeconds   = 0.12
	beepPeak          = 4096.0
	maxBeeps          = 4 // queued per conference; more would only be noise
)

var (
	enterBeep = sync.OnceValue(func() []int16 { return beepSamples(narrowband, beepLow, beepHigh) })
	exitBeep  = sync.OnceValue(func() []int16 { return beepSamples(narrowband, beepHigh, beepLow) })
)

// beep is one chime that is being played to a conference.
type beep struct {
	samples []int16
	except  *mixer.Party // the joiner it announces, nil for a leaver
}

// beepSamples makes a chime of whole frames at rate.
func beepSamples(rate int, freqs ...float64) []int16 {
	perTone := int(beepToneSeconds * float64(rate))
	out := make([]int16, 0, perTone*len(freqs))
	for _, f := range freqs {
		for i := range perTone {
			edge := math.Min(1, math.Min(float64(i), float64(perTone-1-i))/(0.01*float64(rate)))
			out = append(out, int16(beepPeak*edge*math.Sin(2*math.Pi*f*float64(i)/float64(rate))))
		}
	}
	frame := rate / 50
	return append(out, make([]int16, (frame-len(out)%frame)%frame)...)
}

// beeps is a conference's queue of chimes; tick only.
type beeps struct {
	enter, exit []int16
	queue       []beep
}

func newBeeps() beeps {
	return beeps{
		enter: enterBeep(),
		exit:  exitBeep(),
		queue: make([]beep, 0, maxBeeps),
	}
}

func (b *beeps) add(samples []int16, except *mixer.Party) {
	if len(b.queue) < maxBeeps {
		b.queue = append(b.queue, beep{samples, except})
	}
}

// next returns the chime's frame for this tick, nil when none sounds.
func (b *beeps) next(frameLen int) (frame []int16, except *mixer.Party) {
	if len(b.queue) == 0 {
		return nil, nil
	}
	head := &b.queue[0]
	frame, head.samples = head.samples[:frameLen], head.samples[frameLen:]
	except = head.except
	if len(head.samples) == 0 {
		b.queue = append(b.queue[:0], b.queue[1:]...)
	}
	return frame, except
}
