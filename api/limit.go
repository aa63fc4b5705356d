package api

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// limit is one account's request rate: a token bucket. A nil limit admits
// everything.
type limit struct {
	bucket *rate.Limiter
}

// newLimit returns a limit of so many requests per second, nil for none.
func newLimit(perSecond int) *limit {
	if perSecond <= 0 {
		return nil
	}
	return &limit{bucket: rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

// admit takes one request from the bucket. It tells the client in h how much
// is left and in how many seconds the bucket is full again.
func (l *limit) admit(h http.Header, now time.Time) error {
	if l == nil {
		return nil
	}
	admitted := l.bucket.AllowN(now, 1)
	burst := float64(l.bucket.Burst())
	left := max(0, l.bucket.TokensAt(now))
	refill := (burst - left) / float64(l.bucket.Limit())
	h.Set("X-Ratelimit-Limit", strconv.Itoa(l.bucket.Burst()))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(int(left)))
	h.Set("X-Ratelimit-Reset", strconv.Itoa(int(math.Ceil(refill))))
	if !admitted {
		return tooManyProblem()
	}
	return nil
}
