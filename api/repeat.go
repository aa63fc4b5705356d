package api

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

const (
	// rememberFor is how long a command that was carried out is known.
	rememberFor = 10 * time.Minute
	// maxRemembered bounds the commands known at a time; the oldest go first.
	maxRemembered = 10000
)

// repeats makes a command that a client names take effect once, however often
// it is sent. Client libraries repeat a POST whose answer got lost, and an
// announcement would play twice.
type repeats struct {
	mu    sync.Mutex
	known map[commandKey]*attempt
	order []remembered // oldest first; may hold keys that have gone since
}

// commandKey is a digest, so that long names take no more memory than short
// ones.
type commandKey [sha256.Size]byte

// attempt is one try to carry a command out.
type attempt struct {
	over chan struct{} // closed when it is
	done bool          // it succeeded; set before over closes
}

type remembered struct {
	key     commandKey
	attempt *attempt
	since   time.Time
}

// once runs do, which carries out the command of an exchange, unless a command
// of that name on that path has succeeded before. It reports whether do was
// spared. A command without a name always runs.
func (s *server) once(ctx context.Context, x *exchange, name string, do func() error) (repeated bool, err error) {
	if name == "" {
		return false, do()
	}
	key := sha256.Sum256([]byte(strings.Join([]string{x.account, x.conference, x.participant, name}, "\x00")))
	return s.repeats.once(ctx, key, do)
}

// once runs do unless a command of that key has succeeded before. One that is
// under way is waited for; one that has failed may be tried again.
func (r *repeats) once(ctx context.Context, key commandKey, do func() error) (repeated bool, err error) {
	for {
		a, mine := r.claim(key, time.Now())
		if mine {
			defer r.settle(key, a)
			err := do()
			a.done = err == nil
			return false, err
		}
		select {
		case <-a.over:
			if a.done {
				return true, nil
			}
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// claim returns the attempt known under a key, or a new one that is the
// caller's to settle.
func (r *repeats) claim(key commandKey, now time.Time) (a *attempt, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if a := r.known[key]; a != nil {
		return a, false
	}
	if r.known == nil {
		r.known = map[commandKey]*attempt{}
	}
	a = &attempt{over: make(chan struct{})}
	r.known[key] = a
	r.order = append(r.order, remembered{key, a, now})
	return a, true
}

// settle ends an attempt. One that failed leaves no trace.
func (r *repeats) settle(key commandKey, a *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !a.done {
		delete(r.known, key)
	}
	close(a.over)
}

// forget drops what is too old or too many.
func (r *repeats) forget(now time.Time) {
	old := 0
	for old < len(r.order) && (len(r.order)-old >= maxRemembered || now.Sub(r.order[old].since) >= rememberFor) {
		if k := r.order[old]; r.known[k.key] == k.attempt {
			delete(r.known, k.key)
		}
		old++
	}
	r.order = r.order[old:]
}
