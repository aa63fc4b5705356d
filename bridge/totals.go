package bridge

import (
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// Totals is what a bridge has seen since it began.
type Totals struct {
	// Media sums the counters of the legs that are closed. Together with those
	// of MediaViews it is all there ever was. What is no counter is zero.
	Media       MediaStats
	Conferences int64                  // created
	Joined      int64                  // participants
	Left        map[LeaveReason]uint64 // participants whose leg is closed
	Ticks       int64                  // run by all clocks
	Skipped     int64                  // ticks that were not run, because a clock was late
	Encodes     int64                  // frames coded, each for one participant or for all who hear the same
	Lateness    Histogram              // of clocks that wake up
	Busy        Histogram              // how long a clock's tick of all its conferences takes
	Dropped     int64                  // events that nobody fetched in time
}

// Totals returns the sums. It asks no tick.
func (b *Bridge) Totals() Totals {
	t := b.past.copy()
	t.Dropped = b.droppedEvents.Load()
	t.Lateness, t.Busy = newHistogram(), newHistogram()
	for _, k := range b.clocks {
		t.Skipped += k.skipped.Load()
		t.Encodes += k.encodes.Load()
		k.lateness.addTo(&t.Lateness)
		t.Ticks += int64(k.busy.addTo(&t.Busy))
	}
	return t
}

// past is what became of those who have left. It is safe for concurrent use,
// and no tick touches it.
type past struct {
	conferences, joined atomic.Int64

	mu    sync.Mutex
	media MediaStats
	left  map[LeaveReason]uint64
}

// leg adds the numbers of a closed leg.
func (p *past) leg(s MediaStats, why LeaveReason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.left = map[LeaveReason]uint64{}
	}
	p.left[why]++
	addCounters(&p.media, &s)
}

func (p *past) copy() Totals {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Totals{
		Media: p.media, Left: maps.Clone(p.left),
		Conferences: p.conferences.Load(), Joined: p.joined.Load(),
	}
}

// AddMedia adds the counters of a leg to the sum.
func (t *Totals) AddMedia(s MediaStats) { addCounters(&t.Media, &s) }

// addCounters adds s's counters to sum's: all unsigned fields but the codec, and
// how far the audio was stretched and shrunk. The rest of sum stays as it is.
func addCounters(sum, s *MediaStats) {
	to, from := reflect.ValueOf(sum).Elem(), reflect.ValueOf(s).Elem()
	for i := range to.NumField() {
		for j := range to.Field(i).NumField() {
			if f := to.Field(i).Field(j); f.Kind() == reflect.Uint64 {
				f.SetUint(f.Uint() + from.Field(i).Field(j).Uint())
			}
		}
	}
	sum.Rx.Stretched += s.Rx.Stretched
	sum.Rx.Shrunk += s.Rx.Shrunk
}

// histogramBounds are the upper bounds of all but the last class of a
// Histogram.
var histogramBounds = [...]time.Duration{
	100 * time.Microsecond, 200 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond,
	15 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 100 * time.Millisecond, time.Second,
}

// Histogram says how long something took, how often.
type Histogram struct {
	Bounds []time.Duration // upper bounds of the classes, but for the last
	Counts []uint64        // of the classes, one more than bounds
	Sum    time.Duration
}

func newHistogram() Histogram {
	return Histogram{Bounds: histogramBounds[:], Counts: make([]uint64, len(histogramBounds)+1)}
}

// stopwatch counts durations. One goroutine notes, any may read.
type stopwatch struct {
	counts [len(histogramBounds) + 1]atomic.Uint64
	sum    atomic.Int64
}

// note counts a duration. It neither allocates nor waits.
func (w *stopwatch) note(d time.Duration) {
	i := 0
	for i < len(histogramBounds) && d > histogramBounds[i] {
		i++
	}
	w.counts[i].Add(1)
	w.sum.Add(int64(d))
}

// addTo adds what was noted to h and returns how much that was.
func (w *stopwatch) addTo(h *Histogram) (n uint64) {
	for i := range w.counts {
		c := w.counts[i].Load()
		h.Counts[i] += c
		n += c
	}
	h.Sum += time.Duration(w.sum.Load())
	return n
}
