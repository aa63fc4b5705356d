package bridge

import (
	"sync/atomic"
	"time"
)

// TickInterval is the length of a frame and of a step of every conference.
const TickInterval = 20 * time.Millisecond

// maxCatchUp is how many ticks may run back to back when a clock is late. What
// is missed beyond that is skipped and counted, so that a stopped process does
// not come back with a burst.
const maxCatchUp = 2

// wakeEarly is how long before its deadline a clock's timer fires where something
// more exact waits for the rest: longer than timers usually are late.
const wakeEarly = 1200 * time.Microsecond

// clock ticks the conferences it owns. Everything without a lock or an atomic
// belongs to its goroutine.
type clock struct {
	phase   time.Duration // where in the 20 ms this clock ticks
	arrive  chan *conference
	door    chan arrival // who wants to join one of its conferences
	stop    chan struct{}
	help    <-chan *work          // of all clocks
	begin   func()                // called first by the goroutine, nil: not
	wait    func(until time.Time) // for a deadline that is near, nil: not
	load    atomic.Int64          // legs, and one for each conference
	skipped atomic.Int64          // ticks that were not run
	encodes atomic.Int64          // frames that were coded
	helped  atomic.Int64          // pieces done for conferences of other clocks

	lateness stopwatch // of waking up
	busy     stopwatch // of ticking

	conferences []*conference
	entered     []*conference // by those let in now
	kit         kit
}

func newClock(phase time.Duration, help <-chan *work) *clock {
	return &clock{
		phase:  phase,
		arrive: make(chan *conference, doorQueue),
		door:   make(chan arrival, doorQueue),
		stop:   make(chan struct{}),
		help:   help,
	}
}

// run wakes at absolute deadlines until stop is closed.
func (k *clock) run() {
	if k.begin != nil {
		k.begin()
	}
	next := time.Now().Add(k.phase)
	timer := time.NewTimer(time.Until(next) - k.early())
	defer timer.Stop()
	for {
		select {
		case <-k.stop:
			return
		case w := <-k.help:
			k.helped.Add(int64(w.take(&k.kit, next)))
			continue
		case a := <-k.door:
			k.admit(a, next)
			continue
		case <-timer.C:
		}
		if k.wait != nil {
			k.wait(next)
		}
		now := time.Now()
		k.lateness.note(now.Sub(next))
		next = k.catchUp(next, now)
		timer.Reset(time.Until(next) - k.early())
	}
}

// early is how long before its deadline the clock wakes to wait for it.
func (k *clock) early() time.Duration {
	if k.wait == nil {
		return 0
	}
	return wakeEarly
}

// catchUp runs the ticks that are due at now, at most maxCatchUp, skips the
// rest, and returns the next deadline.
func (k *clock) catchUp(next, now time.Time) time.Time {
	due := 1 + int(now.Sub(next)/TickInterval)
	if lost := due - maxCatchUp; lost > 0 {
		k.skipped.Add(int64(lost))
		for _, c := range k.conferences {
			c.skip(lost)
		}
		next = next.Add(time.Duration(lost) * TickInterval)
		due = maxCatchUp
	}
	for range due {
		began := time.Now()
		k.tick(now)
		k.busy.note(time.Since(began))
		next = next.Add(TickInterval)
	}
	return next
}

// tick takes in new conferences, ticks all and lets go of those that are over.
func (k *clock) tick(now time.Time) {
	k.welcome()
	kept := k.conferences[:0]
	coded := uint64(0)
	for i, c := range k.conferences {
		k.approach(i)
		before := c.encodes
		c.tick(now)
		coded += c.encodes - before
		if !c.over() {
			kept = append(kept, c)
			continue
		}
		c.pending = append(c.pending, action{retire: c})
		if c.flush(); len(c.pending) > 0 {
			c.pending = c.pending[:0]
			kept = append(kept, c)
			continue
		}
		k.load.Add(-1)
		close(c.done)
	}
	clear(k.conferences[len(kept):])
	k.conferences = kept
	k.encodes.Add(int64(coded))
}

// welcome takes in new conferences.
func (k *clock) welcome() {
	for range len(k.arrive) {
		c := <-k.arrive
		k.adopt(c)
		k.conferences = append(k.conferences, c)
	}
}

// adopt makes c the clock's for good.
func (k *clock) adopt(c *conference) {
	c.clock = k
	c.mixer.Share(&k.kit.scratch)
}

// abandon releases what is left of the clock's conferences once it has stopped.
func (k *clock) abandon() {
	for _, c := range k.conferences {
		for _, p := range c.parties {
			p.stopPrompts()
			p.leg.Close()
		}
	}
}
