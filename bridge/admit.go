package bridge

import (
	"context"
	"time"
)

// doorQueue bounds the arrivals that wait for one clock.
const doorQueue = 1024

// arrival is a joinCommand or a connectCommand for a conference: what a call
// waits for while it is set up.
type arrival struct {
	c   *conference
	cmd command
}

// admit applies an arrival, and those behind it, between two ticks, so that no
// call waits a tick for its answer. A conference looks then as it would after
// taking the same commands at the beginning of its next tick, with which the
// audio begins. When that is due the others wait until it has run.
func (k *clock) admit(first arrival, due time.Time) {
	more := len(k.door) // counted first: a conference comes before those who enter it
	k.welcome()
	for a := first; ; more-- {
		c, now := a.c, time.Now()
		if c.now = now; len(c.replies) == 0 {
			k.entered = append(k.entered, c)
		}
		c.replies = append(c.replies, a.cmd.apply(c, now))
		if more == 0 || !now.Before(due) {
			break
		}
		a = <-k.door
	}
	for i, c := range k.entered {
		c.show()
		k.entered[i] = nil
	}
	k.entered = k.entered[:0]
}

// enter asks the conference's clock to let a party in, and waits for the
// result. The errors are those of post.
func (c *conference) enter(join *joinCommand) (result, error) {
	select {
	case <-c.done:
		return result{}, ErrConferenceEnded
	default:
	}
	select {
	case c.door <- arrival{c, join}:
	default:
		return result{}, ErrBusy
	}
	return c.wait(context.Background(), join.to)
}

// Acknowledge reports that the phone has acknowledged the answer.
func (p *Participant) Acknowledge() {
	c := p.p.conf
	select {
	case c.door <- arrival{c, &connectCommand{p: p.p}}:
	case <-c.done:
	case <-c.bridge.quit:
	}
}
