package media

import "math"

const (
	// transitWindow is how many packets the jitter estimate remembers: 10 s of
	// 20 ms packets.
	transitWindow = 500
	// outliersPer is the share of packets that may come later than the
	// estimate: one in so many.
	outliersPer = 250
	// transitEvery is how often, in packets, the window is searched again.
	transitEvery = 8
)

// transits remembers how long the recent packets travelled, each as arrival
// minus media position, in samples. The zero point is arbitrary; differences
// are what matters. It answers how late a packet may be expected.
type transits struct {
	ring  [transitWindow]int32
	n     int // filled
	write int
	due   int // packets until the next search

	low  int // the fastest of the window
	high int // all but one in outliersPer came no later
}

// add takes in the transit of one more packet.
func (t *transits) add(d int) {
	t.ring[t.write] = int32(max(math.MinInt32, min(math.MaxInt32, d)))
	t.write = (t.write + 1) % transitWindow
	t.n = min(t.n+1, transitWindow)
	if t.due--; t.due <= 0 || t.n < transitEvery {
		t.search()
		t.due = transitEvery
	}
}

// reset forgets everything but one packet.
func (t *transits) reset(d int) {
	t.n, t.write = 0, 0
	t.add(d)
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
	for _, d := range t.ring[:t.n] {
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
	t.low, t.high = int(low), int(top[keep-1])
}
