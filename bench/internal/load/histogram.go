package load

import "time"

const (
	binWidth = 50 * time.Microsecond
	binCount = 4000 // up to 200 ms
)

// Histogram counts durations in steps of 50 µs up to 200 ms. The zero
// Histogram is empty.
type Histogram struct {
	Bins  [binCount]uint64
	Count uint64
	Max   time.Duration
}

func (h *Histogram) add(d time.Duration) {
	h.Count++
	h.Max = max(h.Max, d)
	h.Bins[min(max(0, int(d/binWidth)), binCount-1)]++
}

// Quantile is the duration that the share q of all stays at or below, rounded
// up to a step; the longest there was where that is beyond the last step, and 0
// when there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.Count))
	var sum uint64
	for i, n := range h.Bins {
		if sum += n; i < binCount-1 && (sum > rank || sum == h.Count && n > 0) {
			return min(time.Duration(i+1)*binWidth, h.Max)
		}
	}
	return h.Max
}
