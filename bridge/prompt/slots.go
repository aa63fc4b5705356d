package prompt

import (
	"context"
	"slices"
	"sync"
)

// How many requests may be under way before their answers are classified. The
// bodies of audio files and broadcasts do not count.
const (
	maxFetches        = 256
	maxAccountFetches = 128
	maxHostFetches    = 16
)

// slots bounds the requests under way: in all, per account and per host, so
// that neither a slow server nor a busy customer keeps others waiting. Who
// waits is served in the order of arrival among those that may go.
type slots struct {
	mu       sync.Mutex
	total    int
	accounts map[string]int
	hosts    map[string]int
	waiting  []*slotWaiter
}

// slotWaiter is a request that waits for a slot.
type slotWaiter struct {
	account, host string
	granted       chan struct{}
}

// acquire takes a slot, or returns the context's error. A nil error obliges to
// release.
func (s *slots) acquire(ctx context.Context, account, host string) error {
	s.mu.Lock()
	if s.take(account, host) {
		s.mu.Unlock()
		return nil
	}
	w := &slotWaiter{account: account, host: host, granted: make(chan struct{})}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
	}
	if s.withdraw(w) {
		return context.Cause(ctx)
	}
	s.release(account, host) // granted meanwhile
	return context.Cause(ctx)
}

// take takes a slot if there is one. The caller holds mu.
func (s *slots) take(account, host string) bool {
	if s.accounts == nil {
		s.accounts, s.hosts = make(map[string]int), make(map[string]int)
	}
	if s.total >= maxFetches || s.accounts[account] >= maxAccountFetches || s.hosts[host] >= maxHostFetches {
		return false
	}
	s.total++
	s.accounts[account]++
	s.hosts[host]++
	return true
}

// withdraw removes a waiter and reports whether it was still waiting.
func (s *slots) withdraw(w *slotWaiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.waiting)
	s.waiting = slices.DeleteFunc(s.waiting, func(v *slotWaiter) bool { return v == w })
	return len(s.waiting) < n
}

// release gives a slot back and grants what is free to those that wait.
func (s *slots) release(account, host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	drop(s.accounts, account)
	drop(s.hosts, host)
	s.waiting = slices.DeleteFunc(s.waiting, func(w *slotWaiter) bool {
		if !s.take(w.account, w.host) {
			return false
		}
		close(w.granted)
		return true
	})
}

// drop counts key down and forgets it at zero.
func drop(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}
