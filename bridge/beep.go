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
	beepFrames        = 12 // of a chime, whatever the rate
	beepPeak          = 4096.0
	maxBeeps          = 4 // queued per conference; more would only be noise
)

// occasion is what a beep is for.
type occasion uint8

const (
	entering occasion = iota
	exiting
)

// chimes are the beeps at one rate.
type chimes [2][]int16

// allChimes holds the chimes of every rate of a conference.
var allChimes = sync.OnceValue(func() map[int]chimes {
	all := map[int]chimes{}
	for _, rate := range rates {
		all[rate] = chimes{
			entering: beepSamples(rate, beepLow, beepHigh),
			exiting:  beepSamples(rate, beepHigh, beepLow),
		}
	}
	return all
})

// beep is one chime that is being played to a conference.
type beep struct {
	occasion occasion
	frame    int          // the next to be played
	except   *mixer.Party // the joiner it announces, nil for a leaver
}

// beepSamples makes a chime of beepFrames frames at rate.
func beepSamples(rate int, freqs ...float64) []int16 {
	perTone := int(beepToneSeconds * float64(rate))
	out := make([]int16, 0, perTone*len(freqs))
	for _, f := range freqs {
		for i := range perTone {
			edge := math.Min(1, math.Min(float64(i), float64(perTone-1-i))/(0.01*float64(rate)))
			out = append(out, int16(beepPeak*edge*math.Sin(2*math.Pi*f*float64(i)/float64(rate))))
		}
	}
	return out
}

// beeps is a conference's queue of chimes; tick only.
type beeps struct {
	chimes map[int]chimes
	queue  []beep
}

func newBeeps() beeps {
	return beeps{chimes: allChimes(), queue: make([]beep, 0, maxBeeps)}
}

func (b *beeps) add(o occasion, except *mixer.Party) {
	if len(b.queue) < maxBeeps {
		b.queue = append(b.queue, beep{occasion: o, except: except})
	}
}

// next returns the chime's frame for this tick at rate, nil when none sounds.
// A chime goes on in time when the rate changes.
func (b *beeps) next(rate int) (frame []int16, except *mixer.Party) {
	if len(b.queue) == 0 {
		return nil, nil
	}
	head := &b.queue[0]
	n := rate / 50
	frame = b.chimes[rate][head.occasion][head.frame*n:][:n]
	except = head.except
	if head.frame++; head.frame == beepFrames {
		b.queue = append(b.queue[:0], b.queue[1:]...)
	}
	return frame, except
}
