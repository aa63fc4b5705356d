package media

import "math"

// Stretching puts in or takes out exactly one frame. A lag of a pitch period
// would be a little smoother, but from then on frames would not end where
// packets do, and each would have to wait for one packet more: up to 20 ms of
// delay, for ever.
//
//	shorten   ....|a──┐........└──b|....      b lies one frame after a
//	lengthen  ....|a..........b──┐ a──|....   and is followed by what followed a

// seamFade is the cross-fade from a to b, in parts of a second: 8 ms where they
// are alike, twice that where they are not, as in a tone of which a frame holds
// no whole number of periods.
const seamFade = 125

// unlike is how much of the energy the difference between a and b may have
// before they count as unlike: one part in so many.
const unlike = 16

// thinRate is how finely a seam and a pitch are searched, in Hz.
const thinRate = 8000

// shorten takes a frame out of the two or more that are pending, at the place
// where the ends differ least. It reports false when too little is pending.
func (s *store) shorten() bool {
	lag := s.frame()
	pcm := s.buf[s.play:s.end]
	if len(pcm) < 2*lag {
		return false
	}
	at, fade := seamPlace(pcm, min(len(pcm)-lag-1, 2*lag), lag, s.rate)
	crossFade(pcm[at:at+fade], pcm[at:], pcm[at+lag:])
	copy(pcm[at+fade:], pcm[at+lag+fade:])
	s.end -= lag
	return true
}

// lengthen puts a frame into the one that is pending, at the place where it
// most resembles what was heard one frame before. It reports false when no
// whole frame is pending.
func (s *store) lengthen() bool {
	lag := s.frame()
	if s.pending() < lag {
		return false
	}
	s.room(lag) // may move what there is
	if s.play < lag || s.end+lag > len(s.buf) {
		return false
	}
	pcm := s.buf[s.play-lag : s.end+lag]
	n := s.pending()
	at, fade := seamPlace(pcm, lag, lag, s.rate) // of a; b is in the frame that is due
	copy(pcm[at+2*lag:], pcm[at+lag:lag+n])
	crossFade(pcm[at+lag:at+lag+fade], pcm[at+2*lag:], pcm[at:])
	copy(pcm[at+lag+fade:at+2*lag], pcm[at+fade:at+lag])
	s.end += lag
	return true
}

// seamPlace is where in the first room samples a cross-fade differs least from
// what comes one lag later, and how long it is.
func seamPlace(pcm []int16, room, lag, rate int) (at, fade int) {
	fade = rate / seamFade
	step := max(1, rate/thinRate)
	at, least := seamSearch(pcm, room, lag, fade, step)
	if least > (power(pcm[at:at+fade], step)+power(pcm[at+lag:at+lag+fade], step))/unlike {
		fade *= 2
		at, _ = seamSearch(pcm, room, lag, fade, step)
	}
	return at, fade
}

// seamSearch looks at every fourth place at thinRate, and returns the energy of
// the difference at the best.
func seamSearch(pcm []int16, room, lag, fade, step int) (at int, least int64) {
	least = math.MaxInt64
	for i := 0; i+fade <= room; i += 4 * step {
		if d := difference(pcm[i:i+fade], pcm[i+lag:], step); d < least {
			at, least = i, d
		}
	}
	return at, least
}

// power is the energy of every step-th sample.
func power(pcm []int16, step int) (sum int64) {
	for i := 0; i < len(pcm); i += step {
		sum += int64(pcm[i]) * int64(pcm[i])
	}
	return sum
}

// difference is the energy of a-b, of every step-th sample. B is not shorter.
func difference(a, b []int16, step int) (sum int64) {
	b = b[:len(a)]
	for i := 0; i < len(a); i += step {
		d := int64(a[i]) - int64(b[i])
		sum += d * d
	}
	return sum
}

// crossFade makes dst begin as a and end as b. It may be one of them.
func crossFade(dst, a, b []int16) {
	n := len(dst)
	for i := range dst {
		g := smooth(2*i+1, 2*n)
		dst[i] = int16((int(a[i])*(1<<15-g) + int(b[i])*g + 1<<14) >> 15)
	}
}

// smooth rises from 0 to 1<<15 as i goes from 0 to n, without a corner at
// either end.
func smooth(i, n int) int {
	t := i << 15 / n
	return t * t >> 15 * (3<<15 - 2*t) >> 15
}
