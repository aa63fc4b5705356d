package demo

import (
	"slices"
	"time"
)

// band is a time during which a phone heard one source.
type band struct {
	source   string
	from, to time.Duration
	level    float64 // in dBov
}

// Everything is looked at 25 times a second.
const hop = rate / 25

// visible is the level from which on something is drawn, in dBov.
const visible = -48.0

// bands finds all that was heard, as pieces of one hop each.
func (f *film) bands() []band {
	var all []band
	before := heard{}
	at := 0
	for piece := range windows(f.samples, glance, hop) {
		now := look(piece)
		now[beep] = beepLevel(piece)
		middle := at + (glance-hop)/2
		for name, level := range now {
			// Seen twice in a row: a click is not drawn as if it were a source.
			if min(level, before[name]) > max(visible, threshold(name)) && before[name] != 0 {
				all = append(all, band{name, duration(middle), duration(middle + hop), level})
			}
		}
		before, at = now, at+hop
	}
	slices.SortStableFunc(all, func(a, b band) int { return int(a.from - b.from) })
	return all
}

// runs joins the bands of one source that follow each other.
func runs(bands []band, source string) []band {
	var all []band
	for _, b := range bands {
		if b.source != source {
			continue
		}
		if n := len(all); n > 0 && b.from-all[n-1].to <= duration(2*hop) {
			all[n-1].to = b.to
			continue
		}
		all = append(all, b)
	}
	return all
}
