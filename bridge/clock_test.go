package bridge

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockWaitsForItsDeadline: a clock with something more exact than a timer
// leaves the end of every wait to it, and ticks at the deadlines, not before.
func TestClockWaitsForItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newClock(5*time.Millisecond, nil)
		began := time.Now()
		var waits []time.Duration
		k.wait = func(until time.Time) {
			waits = append(waits, time.Until(until))
			time.Sleep(time.Until(until))
			if at := until.Sub(began); at != k.phase+time.Duration(len(waits)-1)*TickInterval {
				t.Errorf("the deadline %d is at %v", len(waits), at)
			}
		}
		begun := 0
		k.begin = func() { begun++ }
		go k.run()
		time.Sleep(10*TickInterval + time.Millisecond)
		close(k.stop)
		synctest.Wait()
		if begun != 1 {
			t.Errorf("begun %d times", begun)
		}
		h := newHistogram()
		if n := k.lateness.addTo(&h); n != 10 || h.Sum != 0 {
			t.Errorf("%d ticks, late by %v in all; want 10, none late", n, h.Sum)
		}
		for i, w := range waits {
			if w != wakeEarly {
				t.Errorf("wait %d is for %v, want %v", i, w, wakeEarly)
			}
		}
	})
}
