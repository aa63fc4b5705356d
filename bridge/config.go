package bridge

import (
	"log/slog"
	"runtime"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
)

// Config is what a Bridge is made of. The zero value of each optional field
// means the default named beside it.
type Config struct {
	Network media.Network   // opens the legs' sockets; required
	Prompts *prompt.Library // turns URLs into audio; required

	Log *slog.Logger // slog.Default()
	// Events is called for every event, in order per conference, on one
	// goroutine of the bridge. It must not block for long: while it does,
	// later events queue up, and when the queue is full they are dropped and
	// counted.
	Events func(Event)

	// MaxParticipants bounds a conference for which no admission rule says
	// otherwise. 250.
	MaxParticipants int
	// MinToStart is how many participants must be there, one of them with
	// start_conference_on_enter, before a conference starts. 1.
	MinToStart int
	// RTPTimeout is how long a leg may stay silent before its participant is
	// hung up; remote hold stops the clock. 60 s; negative: never.
	RTPTimeout time.Duration
	// MaxAge ends a conference that long after its creation. 0: never.
	MaxAge time.Duration
	// AnnounceReplaces silences the conference while a participant hears an
	// announcement of its own, instead of ducking it.
	AnnounceReplaces bool
	// Source says where phones' packets may come from. media.SourceSDP.
	Source media.SourceMode
	// ClampDTMF keeps the tones of digits that come as audio from the
	// conference.
	ClampDTMF bool
	// MaxRate bounds the rate of a conference, in Hz: 8,000, 16,000 or 48,000.
	// 48,000.
	MaxRate int
	// Clocks is the number of clock goroutines. GOMAXPROCS.
	Clocks int
	// Wait returns at a moment less than two milliseconds away, more exactly
	// than a timer: SleepUntil. Nil, as it must be in simulated time: the clocks
	// wake by their timers alone.
	Wait func(until time.Time)
	// Begin is called once by the goroutine of each clock, before its first tick,
	// for what belongs to its thread: Hurry. Nil: nothing.
	Begin func()
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.MaxParticipants == 0 {
		c.MaxParticipants = 250
	}
	if c.MinToStart == 0 {
		c.MinToStart = 1
	}
	if c.RTPTimeout == 0 {
		c.RTPTimeout = 60 * time.Second
	}
	if c.MaxRate == 0 {
		c.MaxRate = 48000
	}
	c.MaxRate = supportedRate(c.MaxRate)
	if c.Clocks == 0 {
		c.Clocks = runtime.GOMAXPROCS(0)
	}
	return c
}
