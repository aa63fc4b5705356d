package sip

import (
	"hash/maphash"
	"time"
)

// afterlife remembers for a while that transactions are over whose answer or
// silence their copies are owed: a copy of the INVITE of a call that has ended
// is to be ignored (RFC 6026 section 7.1), one of a BYE answered as the first
// was (RFC 3261 section 17.2.2). An entry takes a few bytes, where the
// transaction itself would hold its request and response for half a minute.
// The server's mu guards it.
type afterlife struct {
	seed        maphash.Seed
	young, old  map[uint64]struct{} // transactions, hashed
	turnedAt    time.Time
	remembering time.Duration // at least
}

func newAfterlife() afterlife {
	return afterlife{seed: maphash.MakeSeed(), remembering: timerH}
}

// add remembers a transaction by the To tag that its responses have, see
// Server.tagFor.
func (a *afterlife) add(tag string, now time.Time) {
	a.turn(now)
	if a.young == nil {
		a.young = make(map[uint64]struct{})
	}
	a.young[maphash.String(a.seed, tag)] = struct{}{}
}

func (a *afterlife) has(tag string, now time.Time) bool {
	a.turn(now)
	key := maphash.String(a.seed, tag)
	_, young := a.young[key]
	_, old := a.old[key]
	return young || old
}

// turn forgets what is older than twice the time to remember.
func (a *afterlife) turn(now time.Time) {
	switch age := now.Sub(a.turnedAt); {
	case age < a.remembering:
		return
	case age < 2*a.remembering:
		a.old = a.young
	default:
		a.old = nil
	}
	a.young, a.turnedAt = nil, now
}
