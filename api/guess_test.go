package api

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Who tries tokens waits for each answer after the first few. Nobody else
// does: not who knows one, and not who presents none.
func TestGuessingIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newClient(t)
		took := func(auth func(*http.Request), status int) time.Duration {
			start := time.Now()
			c.as(auth).get(telnyxAlice).want(status)
			return time.Since(start)
		}
		for range freeGuesses {
			if d := took(bearer("wrong"), 401); d != 0 {
				t.Fatalf("one of the first mistakes takes %v", d)
			}
		}
		if d := took(bearer("wrong"), 401); d != guessDelay {
			t.Errorf("a guess takes %v", d)
		}
		for range guessRate { // what the second has brought
			took(basic(sidB, "wrong"), 401)
		}
		for name, d := range map[string]time.Duration{
			"a Basic guess": guessDelay - took(basic(sidB, "wrong"), 401),
			"a login":       took(bearer(tokenB), 200),
			"a Basic login": took(basic(sidB, tokenB), 200),
			"no login":      took(nil, 401),
		} {
			if d != 0 {
				t.Errorf("%s is %v off", name, d)
			}
		}
		time.Sleep(time.Minute)
		if d := took(bearer("wrong"), 401); d != 0 {
			t.Errorf("a mistake a minute later takes %v", d)
		}
	})
}

// A client that goes away is not waited for.
func TestGuessesEndWithTheirRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuesses()
		for range freeGuesses {
			g.wait(t.Context())
		}
		ctx, cancel := context.WithTimeout(t.Context(), guessDelay/4)
		defer cancel()
		start := time.Now()
		g.wait(ctx)
		if d := time.Since(start); d != guessDelay/4 {
			t.Errorf("waited %v", d)
		}
	})
}
