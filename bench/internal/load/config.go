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
	Calls       int
	Conferences int
	Talkers     int // per conference; the others send faint noise
	Codec       media.Codec
	Ramp        float64       // calls per second
	Settle      time.Duration // between the last answer and the window
	Measure     time.Duration
	Churn       float64 // calls that come and go per second during the window
	PID         int     // of the bridge, 0: its cost is not measured
	Probe       bool    // measure the delay, in a conference of its own
	// Echoes are sockets that send back what they get: media without SIP, for
	// the floor. Then Target, URI, Ramp, Churn and Probe mean nothing.
	Echoes []netip.AddrPort

	// Progress, when set, is told what goes on.
	Progress func(format string, args ...any)
}

// Check returns an error that names the flag that cannot work.
func (c *Config) Check() error {
	switch {
	case c.Calls < 1:
		return fmt.Errorf("--calls: %d; write 1 or more", c.Calls)
	case c.Conferences < 1 || c.Conferences > c.Calls:
		return fmt.Errorf("--conferences: %d; write 1 to --calls", c.Conferences)
	case c.Talkers < 0:
		return fmt.Errorf("--talkers: %d; write 0 or more", c.Talkers)
	case c.Ramp <= 0:
		return fmt.Errorf("--ramp: %g; write the calls per second", c.Ramp)
	case c.Measure < time.Second:
		return fmt.Errorf("--measure: %s; write 1s or more", c.Measure)
	case rtpmaps[c.Codec] == "":
		return errors.New("--codec: unknown")
	}
	return nil
}

func (c *Config) tell(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(format, args...)
	}
}
