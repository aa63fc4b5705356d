package load

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"partyline/media"
)

// Config is one run.
type Config struct {
	Target netip.AddrPort // where the bridge takes SIP over UDP
	// URI is what is called; %d becomes the number of the conference.
	URI         string
	Local       netip.Addr // the callers' address
	Calls       int        // 0: only those that Churn makes
	Conferences int
	Talkers     int // per conference; the others send faint noise
	Codec       media.Codec
	Ramp        float64       // calls per second
	Settle      time.Duration // between the last answer and the window
	Measure     time.Duration
	PID         int  // of the bridge, 0: its cost is not measured
	Probe       bool // measure the delay, in a conference of its own
	// Echoes are sockets that send back what they get: media without SIP, for
	// the floor. Then Target, URI, Ramp, Probe and what follows mean nothing.
	Echoes []netip.AddrPort

	// What callers do all the time besides. They are taken from those who do
	// not talk, and none of them does two of these things.
	Coaches       int // heard by one other caller only
	Announcements int // callers who hear an announcement without end
	Held          int // callers on hold, all with one HoldUrl
	Muted         int // callers whose voice nobody hears

	// What goes on during the window.
	Churn   float64       // calls that come and go per second
	Life    time.Duration // of each of these; 0: a second
	Updates float64       // of participants per second, by the control API

	// Control is the control API; what only it can do needs it.
	Control Control
	// Metrics is where the bridge shows its counters, as IP:PORT; "" nowhere.
	Metrics string

	// Progress, when set, is told what goes on.
	Progress func(format string, args ...any)
}

// Check returns an error that names the flag that cannot work.
func (c *Config) Check() error {
	switch {
	case c.Calls < 0:
		return fmt.Errorf("--calls: %d; write 0 or more", c.Calls)
	case c.Calls == 0 && c.Churn <= 0:
		return errors.New("--calls: 0; write 1 or more, or let calls come and go with --churn")
	case c.Calls > 0 && (c.Conferences < 1 || c.Conferences > c.Calls):
		return fmt.Errorf("--conferences: %d; write 1 to --calls", c.Conferences)
	case c.Talkers < 0:
		return fmt.Errorf("--talkers: %d; write 0 or more", c.Talkers)
	case c.Ramp <= 0:
		return fmt.Errorf("--ramp: %g; write the calls per second", c.Ramp)
	case c.Measure < time.Second:
		return fmt.Errorf("--measure: %s; write 1s or more", c.Measure)
	case rtpmaps[c.Codec] == "":
		return errors.New("--codec: unknown")
	case c.Churn < 0:
		return fmt.Errorf("--churn: %g; write the calls per second, or 0", c.Churn)
	case c.Life < 0:
		return fmt.Errorf("--life: %s; write how long a call of --churn lasts, such as 1s", c.Life)
	case c.Updates < 0:
		return fmt.Errorf("--updates: %g; write the updates per second, or 0", c.Updates)
	}
	return c.checkShape()
}

// checkShape finds more things to do than there are callers to do them.
func (c *Config) checkShape() error {
	for _, f := range []struct {
		name string
		n    int
	}{{"coaches", c.Coaches}, {"announcements", c.Announcements}, {"held", c.Held}, {"muted", c.Muted}} {
		if f.n < 0 {
			return fmt.Errorf("--%s: %d; write 0 or more", f.name, f.n)
		}
	}
	free := c.Calls - c.talking()
	if need := 2*c.coachBlock() + c.Announcements + c.Held + c.Muted; need > free {
		return fmt.Errorf("--coaches, --announcements, --held, --muted: they need %d callers who do not talk, of %d; "+
			"write more --calls or fewer --talkers (each coach needs somebody to coach)", need, max(0, free))
	}
	if !c.needsControl() {
		return nil
	}
	if c.Control.Addr == "" {
		return errors.New("--api: the control API is needed for --coaches, --announcements, --held, --muted and --updates; write its IP:PORT")
	}
	if c.Updates > 0 && len(newPlan(c).updatable) == 0 {
		return errors.New("--updates: nobody is left to be updated; write more --calls or fewer --talkers")
	}
	return nil
}

func (c *Config) needsControl() bool {
	return c.Coaches+c.Announcements+c.Held+c.Muted > 0 || c.Updates > 0
}

// talking is how many callers talk: the first ones.
func (c *Config) talking() int {
	return min(c.Calls, min(c.Talkers, maxTones)*c.Conferences)
}

func (c *Config) tell(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(format, args...)
	}
}
