package sip

import (
	"net/netip"
	"sync"
	"time"
)

// maxSources bounds the sources whose rate is known one by one. The others
// share one bucket.
const maxSources = 4096

// limiter holds a token bucket per source address in bounded memory. Safe for
// concurrent use.
type limiter struct {
	rate, burst float64 // tokens per second, bucket size

	mu      sync.Mutex
	sources map[netip.Addr]*bucket
	others  bucket
	swept   time.Time // when full buckets were last removed
}

type bucket struct {
	tokens float64
	at     time.Time // when tokens was true
}

func newLimiter(perSecond, burst int) *limiter {
	return &limiter{
		rate:    float64(perSecond),
		burst:   float64(burst),
		sources: make(map[netip.Addr]*bucket),
		others:  bucket{tokens: float64(burst)},
	}
}

// allow takes a token from the bucket of a source.
func (l *limiter) allow(source netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.sources[source]
	if b == nil {
		b = l.admit(source, now)
	}
	l.refill(b, now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// admit makes a bucket for a new source. When the table is full, buckets that
// have filled up again say nothing any more and go; that is looked into once a
// second, so that spoofed sources cost next to nothing.
func (l *limiter) admit(source netip.Addr, now time.Time) *bucket {
	if len(l.sources) >= maxSources && now.Sub(l.swept) >= time.Second {
		l.swept = now
		for a, b := range l.sources {
			if l.refill(b, now); b.tokens >= l.burst {
				delete(l.sources, a)
			}
		}
	}
	if len(l.sources) >= maxSources {
		return &l.others
	}
	b := &bucket{tokens: l.burst, at: now}
	l.sources[source] = b
	return b
}

func (l *limiter) refill(b *bucket, now time.Time) {
	b.tokens = min(l.burst, b.tokens+l.rate*now.Sub(b.at).Seconds())
	b.at = now
}
