package demo

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"partyline/mixer/tone"
)

// heard are the levels of the sources in some audio, in dBov, without those
// that are not there.
type heard map[string]float64

// Levels in dBov above which something counts as heard.
const (
	musicThreshold = -50.0
	beepThreshold  = -26.0 // a note of the built-in music stays below it
)

// glance is the length of the pieces that are measured one by one, in
// samples: the shortest that keep the tones apart.
const glance = rate / 10

// listen finds the sources other than the beep in samples. It goes by the
// median of many glances, so that a gap that a busy machine tears into a tone
// is not taken for another sound.
func listen(samples []int16) heard {
	levels := map[string][]float64{}
	for piece := range windows(samples, glance, glance/2) {
		for name, level := range look(piece) {
			levels[name] = append(levels[name], level)
		}
	}
	h := heard{}
	for name, all := range levels {
		slices.Sort(all)
		if median := all[len(all)/2]; median > threshold(name) {
			h[name] = median
		}
	}
	return h
}

// look measures all sources other than the beep in one glance.
func look(piece []int16) heard {
	h := heard{}
	for _, s := range sources {
		if s.hz != 0 {
			h[s.name] = tone.Level(piece, rate, s.hz)
		}
	}
	var sum float64
	for f := musicLow; f <= musicHigh; f += musicStep {
		sum += power(tone.Level(piece, rate, f))
	}
	h[music] = 10 * math.Log10(sum)
	return h
}

// The built-in music always has a note in this band, in Hz, and nothing else
// does. A glance at one frequency of the comb sees as far as the next.
const musicLow, musicHigh, musicStep = 120, 360, 40

func threshold(name string) float64 {
	switch name {
	case music:
		return musicThreshold
	case beep:
		return beepThreshold
	}
	return tone.Threshold
}

func power(level float64) float64 { return math.Pow(10, level/10) }

// The beep is two tones of 120 ms.
var beepHz = [2]int{440, 660}

// beepWindow is 50 ms: short enough to lie within one tone.
const beepWindow = rate / 20

// findBeep is the level of the loudest beep in samples, or tone.Silence.
func findBeep(samples []int16) float64 {
	loudest := [2]float64{tone.Silence, tone.Silence}
	for window := range windows(samples, beepWindow, beepWindow/2) {
		for i, f := range beepHz {
			loudest[i] = max(loudest[i], tone.Level(window, rate, f))
		}
	}
	return min(loudest[0], loudest[1])
}

// beepLevel is the level of that tone of a beep which is in the middle of a
// glance.
func beepLevel(piece []int16) float64 {
	piece = piece[(len(piece)-beepWindow)/2:][:beepWindow]
	return max(tone.Level(piece, rate, beepHz[0]), tone.Level(piece, rate, beepHz[1]))
}

// windows yields stretches of n samples, step apart.
func windows(samples []int16, n, step int) func(func([]int16) bool) {
	return func(yield func([]int16) bool) {
		for at := 0; at+n <= len(samples); at += step {
			if !yield(samples[at : at+n]) {
				return
			}
		}
	}
}

// names lists what was heard in the order of sources, as a step expects it.
func (h heard) names() string {
	var all []string
	for _, s := range sources {
		if _, ok := h[s.name]; ok {
			all = append(all, s.name)
		}
	}
	return strings.Join(all, " ")
}

// levels lists what was heard with its level, for people.
func (h heard) levels() string {
	var all []string
	for _, name := range strings.Fields(h.names()) {
		all = append(all, fmt.Sprintf("%s %.0f", name, h[name]))
	}
	return strings.Join(all, ", ")
}

// sorted brings expected names into the order of heard.names.
func sorted(expected string) string {
	h := heard{}
	for _, name := range strings.Fields(expected) {
		if slices.ContainsFunc(sources, func(s source) bool { return s.name == name }) {
			h[name] = 0
		}
	}
	return h.names()
}
