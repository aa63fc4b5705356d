package api

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

const (
	// freeGuesses is how many wrong credentials are answered at once, and
	// guessRate how many more per second.
	freeGuesses = 20
	guessRate   = 5
	// guessDelay is how long each further one waits for its 401.
	guessDelay = time.Second
)

// guesses slows down who tries tokens. All clients share it, so it takes no
// memory per source, and it only ever delays a refusal: nobody can lock an
// account out, or the clients of one proxy. With the bound on connections of
// NewListener, one source gets no more than maxPerSource answers in guessDelay.
type guesses struct{ free *rate.Limiter }

func newGuesses() guesses { return guesses{rate.NewLimiter(guessRate, freeGuesses)} }

// wait returns when wrong credentials may be refused, or with ctx.
func (g guesses) wait(ctx context.Context) {
	if g.free.AllowN(time.Now(), 1) {
		return
	}
	delay := time.NewTimer(guessDelay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-ctx.Done():
	}
}
