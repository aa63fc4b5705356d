package prompt

import (
	"errors"
	"time"
)

// errOver: a file ended that could not be kept, so it is to be fetched again.
var errOver = errors.New("prompt: over")

// passing reports whether a failure may pass if one tries again.
func passing(err error) bool {
	var e *Error
	if err == errOver || !errors.As(err, &e) || e.Kind != FetchFailed {
		return err == errOver
	}
	switch e.Reason {
	case "timeout", "reset", "connect", "dns", "failed", "status-429",
		"status-500", "status-502", "status-503", "status-504":
		return true
	}
	return false
}

// backoff spaces attempts: soon after one that gave some audio, then after 2, 4,
// ... 60 seconds, ten times at most unless one gave a lot.
type backoff struct{ failures int }

// lasting is how much audio an attempt must have given to count as a success.
const lasting = 10 * time.Second

// next returns how long to wait after an attempt that gave so much audio, all
// there was if complete, and whether to try again at all.
func (b *backoff) next(gave time.Duration, complete bool) (time.Duration, bool) {
	if gave >= lasting || complete {
		b.failures = 0
	}
	if !complete {
		b.failures++
	}
	if b.failures <= 1 && gave > 0 {
		return max(0, time.Second-gave), true
	}
	return min(time.Second<<b.failures, time.Minute), b.failures <= 10
}
