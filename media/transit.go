package media

import "math"

const (
	// transitWindow is how many packets the jitter estimate remembers at most.
	transitWindow = 400
	// transitSpan is how long it remembers them, in 10 ms; the newest
	// transitLeast stay whatever their age, for a phone that seldom speaks.
	transitSpan  = 800
	transitLeast = 50
	// outliersPer is the share of packets that may come later than the
	// estimate: one in so many.
	outliersPer = 200
	// transitEvery is how often, in packets, the window is searched again.
	transitEvery = 8
)

// transits remembers how long the recent packets travelled, each as arrival
// minus media position, in media time. The zero point is arbitrary; differences
// are what matters. It answers how late a packet may be expected.
type transits struct {
	ring  [transitWindow]int32
	at    [transitWindow]uint16 // when each came, in 10 ms; wraps
	n     int                   // remembered
	write int
	due   int // packets until the next search

	low  int // the fastest of the window
	high int // all but one in outliersPer came no later
}

// add takes in the transit d of one more packet, which came at the given time,
// in 10 ms.
func (t *transits) add(d int, at int64) {
	t.ring[t.write] = int32(max(math.MinInt32, min(math.MaxInt32, d)))
	t.at[t.write] = uint16(at)
	t.write = (t.write + 1) % transitWindow
	t.n = min(t.n+1, transitWindow)
	for t.n > transitLeast && uint16(at)-t.at[t.oldest()] > transitSpan {
		t.n--
	}
	if t.due--; t.due <= 0 || t.n < transitEvery {
		t.search()
		t.due = transitEvery
	}
}

// oldest is the place of the oldest one remembered.
func (t *transits) oldest() int { return (t.write + transitWindow - t.n) % transitWindow }

// forget keeps nothing but the newest packet.
func (t *transits) forget() {
	t.n = min(t.n, 1)
	t.search()
}

// search finds low, and high as the (n/outliersPer+1)-th largest value.
func (t *transits) search() {
	const most = transitWindow/outliersPer + 1
	var top [most]int32
	for i := range top {
		top[i] = math.MinInt32
	}
	low := int32(math.MaxInt32)
	keep := t.n/outliersPer + 1
	from := t.oldest()
	first := t.ring[from:min(from+t.n, transitWindow)]
	for _, part := range [2][]int32{first, t.ring[:t.n-len(first)]} {
		for _, d := range part {
			low = min(low, d)
			if d <= top[keep-1] {
				continue
			}
			i := keep - 1
			for ; i > 0 && top[i-1] < d; i-- {
				top[i] = top[i-1]
			}
			top[i] = d
		}
	}
	t.low, t.high = int(low), int(top[keep-1])
}
