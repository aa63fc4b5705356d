package bridge

import (
	"time"

	"partyline/mixer"
)

// tick runs one 20 ms step. The five steps see a consistent conference,
// because nothing but the owning clock goroutine touches it.
func (c *conference) tick(now time.Time) {
	c.now, c.age = now, now.Sub(c.created)
	c.takeCommands(now)
	c.settleRate()
	c.receive()
	c.mix()
	c.send()
	c.publish(now)
}

// takeCommands applies what has been posted since the last tick. The replies
// wait for publish, so that whoever asked reads a picture that holds it.
func (c *conference) takeCommands(now time.Time) {
	for range len(c.commands) {
		cmd := <-c.commands
		c.replies = append(c.replies, cmd.apply(c, now))
	}
}

// receive drains the legs, takes each one's next frame and hears what else came.
func (c *conference) receive() {
	c.mixer.Begin()
	c.share(receiving)
	for i := range c.work.pieces {
		if pc := &c.work.pieces[i]; pc.calls {
			for _, p := range pc.parties {
				p.tell(c)
			}
		}
	}
}

// mix routes, pulls the prompts and computes what each party hears.
func (c *conference) mix() {
	for _, p := range c.parties {
		p.route(c.started)
		if p.prompted {
			p.pullPrompt()
		}
	}
	var r mixer.ConferenceAudio
	_, r.Announce = c.announce.pull(c, nil)
	r.Beep, r.BeepExcept = c.beeps.next(c.rate)
	c.mixer.Mix(r)
}

// send encodes once per mix and format and sends to every leg. What is shared
// is coded first, so that the parties need nothing but their own.
func (c *conference) send() {
	c.changeBuses()
	c.codeBuses()
	c.share(sending)
	for i := range c.work.pieces {
		c.encodes += c.work.pieces[i].encodes
	}
}

// publish removes who has left and shows how things stand.
func (c *conference) publish(now time.Time) {
	c.removeLeft()
	if max := c.bridge.cfg.MaxAge; max > 0 && c.age > max {
		c.end(EndTimeExceeded, "", ConferenceEnded, now)
	}
	c.show()
}

// show lets others see what has happened: the picture first, then the events
// and the answers that must not come before it.
func (c *conference) show() {
	if c.dirty {
		c.dirty = false
		c.view.Store(c.snapshot())
	}
	c.tell()
	for i := range c.replies {
		c.replies[i].send()
		c.replies[i] = reply{}
	}
	c.replies = c.replies[:0]
	c.flush()
}

// removeLeft drops the parties whose last, fading frame has been mixed.
func (c *conference) removeLeft() {
	if c.departing == 0 {
		return
	}
	c.departing = 0
	kept := c.parties[:0]
	for _, p := range c.parties {
		if !p.leaves {
			kept = append(kept, p)
			continue
		}
		p.stopPrompts()
		c.mixer.Remove(p.voice)
		c.disown(p)
		c.gauge = true
		c.do(action{close: p.leg, reason: p.leaving})
		c.clock.load.Add(-1)
	}
	clear(c.parties[len(kept):])
	c.parties = kept
}

// skip accounts for ticks that were not run because the clock was late.
func (c *conference) skip(ticks int) {
	for _, p := range c.parties {
		p.leg.Skip(ticks)
	}
}

// over reports that the conference has run its last tick.
func (c *conference) over() bool {
	return c.ended != "" && len(c.parties) == 0 && len(c.pending) == 0
}
