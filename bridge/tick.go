package bridge

import (
	"time"

	"partyline/mixer"
)

// tick runs one 20 ms step. The five steps see a consistent conference,
// because nothing but the owning clock goroutine touches it.
func (c *conference) tick(now time.Time) {
	c.now = now
	c.takeCommands(now)
	c.settleRate()
	c.receive(now)
	c.mix()
	c.send(now)
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

// receive drains the legs and takes each one's next frame.
func (c *conference) receive(now time.Time) {
	timeout := c.bridge.cfg.RTPTimeout
	for _, p := range c.parties {
		p.leg.Receive(now, &c.clock.came)
		p.voice.Live = p.leg.ReadFrame(p.voice.In)
		for d, ok := p.leg.NextDigit(); ok; d, ok = p.leg.NextDigit() {
			c.emit(Event{Type: EventDigit, Digit: string(rune(d))}, p)
		}
		if timeout > 0 && p.leg.Silent(now) > timeout {
			c.leave(p, MediaTimeout, now)
		}
	}
}

// mix routes, pulls the prompts and computes what each party hears.
func (c *conference) mix() {
	for _, p := range c.parties {
		p.route()
		p.pullPrompt()
	}
	var r mixer.ConferenceAudio
	if c.announce.pull(c, nil, c.announced) != nil {
		r.Announce = c.announced
	}
	r.Beep, r.BeepExcept = c.beeps.next(c.rate)
	c.mixer.Mix(r)
}

// send encodes once per mix and format and sends to every leg.
func (c *conference) send(now time.Time) {
	c.changeBuses()
	for _, p := range c.parties {
		payload := c.code(p) // nil for the deaf: time passes, and RTCP goes on
		if payload != nil && p.params.ComfortNoise && isSilent(p.voice.Out) {
			p.leg.WriteQuiet(payload, now)
		} else {
			p.leg.WriteFrame(payload, now)
		}
	}
}

// isSilent reports whether frame is digital silence.
func isSilent(frame []int16) bool {
	for _, v := range frame {
		if v != 0 {
			return false
		}
	}
	return true
}

// publish removes who has left, stores the picture, tells what happened, and
// answers the commands.
func (c *conference) publish(now time.Time) {
	c.removeLeft()
	if max := c.bridge.cfg.MaxAge; max > 0 && now.Sub(c.created) > max {
		c.end(EndTimeExceeded, "", ConferenceEnded, now)
	}
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
	kept := c.parties[:0]
	for _, p := range c.parties {
		if p.leaving == "" {
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
