package bridge

import "partyline/media"

// action is work a tick hands to the outbox goroutine because it may allocate,
// lock or call out. Exactly one of open, call, close and retire is set; reason
// goes with call and with close.
type action struct {
	open   *playback
	call   Call
	reason LeaveReason
	close  *media.Leg
	retire *conference
}

// do notes a until the end of the tick. What it tells others, say the BYE to a
// phone, must not overtake the picture that explains it.
func (c *conference) do(a action) { c.pending = append(c.pending, a) }

// flush hands the noted actions to the outbox. Nothing is lost when it is full:
// the rest waits for the next tick.
func (c *conference) flush() {
	sent := 0
	for _, a := range c.pending {
		select {
		case c.bridge.outbox <- a:
			sent++
			continue
		default:
		}
		break
	}
	rest := copy(c.pending, c.pending[sent:])
	clear(c.pending[rest:])
	c.pending = c.pending[:rest]
}

func (c *conference) ask(pb *playback) { c.do(action{open: pb}) }

// runOutbox does the work of the ticks until the bridge closes.
func (b *Bridge) runOutbox() {
	for {
		select {
		case a := <-b.outbox:
			b.perform(a)
		case <-b.quit:
			b.performRest()
			return
		}
	}
}

func (b *Bridge) performRest() {
	for {
		select {
		case a := <-b.outbox:
			b.perform(a)
		default:
			return
		}
	}
}

func (b *Bridge) perform(a action) {
	switch {
	case a.open != nil:
		a.open.open(b.cfg.Prompts)
	case a.call != nil:
		a.call.Hangup(a.reason)
	case a.close != nil:
		a.close.Close()
		b.past.leg(a.close.Stats(), a.reason)
	case a.retire != nil:
		b.retire(a.retire)
	}
}

// publish queues e for the subscriber; it never waits.
func (b *Bridge) publish(e Event) {
	select {
	case b.events <- e:
	default:
		b.droppedEvents.Add(1)
	}
}

// runEvents logs events and passes them on until the bridge closes.
func (b *Bridge) runEvents() {
	for {
		select {
		case e := <-b.events:
			b.deliver(e)
		case <-b.quit:
			for len(b.events) > 0 {
				b.deliver(<-b.events)
			}
			return
		}
	}
}

func (b *Bridge) deliver(e Event) {
	if b.cfg.Events != nil {
		b.cfg.Events(e)
	}
	b.cfg.Log.Info("event", "type", e.Type, "conference", e.FriendlyName,
		"conference_sid", e.ConferenceID, "call_sid", e.CallID, "label", e.Label,
		"reason", e.Reason, "url", redactURL(e.URL), "sequence", e.Sequence)
}
