package bridge

import (
	"time"

	"partyline/bridge/prompt"
)

// updateCommand is one participant update.
type updateCommand struct {
	ref    string
	update ParticipantUpdate
	to     chan result
}

// apply checks everything before it changes anything, so that an update takes
// effect whole or not at all.
func (u *updateCommand) apply(c *conference, now time.Time) reply {
	p := c.find(u.ref)
	if p == nil {
		return reply{to: u.to, err: ErrNotFound}
	}
	coaching, coachee, err := c.coachAfter(p, &u.update)
	if err != nil {
		return reply{to: u.to, err: err}
	}
	if u.update.AnnounceURL != nil && p.announce.full() {
		return reply{to: u.to, err: ErrQueueFull}
	}
	if d := u.update.SendDigits; d != nil { // all of them are taken, or none
		if err := p.leg.SendDigits(*d); err != nil {
			return reply{to: u.to, err: err}
		}
	}
	if u.update == (ParticipantUpdate{}) {
		return reply{to: u.to, p: p}
	}
	c.updated = now
	p.touch(now)
	p.applyMute(u.update.Muted)
	p.applyHold(&u.update)
	p.applyModify(&u.update, coaching, coachee)
	if a := u.update.AnnounceURL; a != nil {
		p.announce.add(p.playback(prompt.Announce, a))
	}
	return reply{to: u.to, p: p}
}

// coachAfter works out whom p coaches once u is applied. The errors are
// ErrCoachMissing, ErrCoachNotFound, ErrCoachCycle and ErrCoachOnHold.
func (c *conference) coachAfter(p *party, u *ParticipantUpdate) (coaching bool, coachee *party, err error) {
	switch {
	case u.Coaching == nil && u.CallSIDToCoach == nil:
		return p.coaching, p.coachee, nil
	case u.Coaching != nil && !*u.Coaching:
		return false, nil, nil
	case u.CallSIDToCoach == nil || *u.CallSIDToCoach == "":
		if p.coachee == nil {
			return false, nil, ErrCoachMissing
		}
		return true, p.coachee, nil
	}
	t := c.find(*u.CallSIDToCoach)
	switch {
	case t == nil:
		return false, nil, ErrCoachNotFound
	case coaches(t, p):
		return false, nil, ErrCoachCycle
	case t.held:
		return false, nil, ErrCoachOnHold
	}
	return true, t, nil
}

func (p *party) applyMute(muted *bool) {
	if muted == nil || *muted == p.muted {
		return
	}
	p.muted = *muted
	e := EventUnmute
	if p.muted {
		e = EventMute
	}
	p.conf.emit(Event{Type: e}, p)
}

// applyHold puts p on hold, changes what a held p hears, or takes it back.
// Hold=true again without a URL keeps what is playing.
func (p *party) applyHold(u *ParticipantUpdate) {
	hold := p.held
	if u.Hold != nil {
		hold = *u.Hold
	}
	was := p.held
	p.held = hold
	switch {
	case !hold && was:
		p.retire(p.prompts.hold)
		p.prompts.hold = nil
		p.conf.emit(Event{Type: EventUnhold}, p)
	case hold && (!was || u.HoldURL != nil):
		p.retire(p.prompts.hold)
		p.prompts.hold = p.playback(prompt.Hold, u.HoldURL)
		if !was {
			p.conf.emit(Event{Type: EventHold, URL: p.prompts.hold.request.URL}, p)
		}
	}
}

// applyModify applies what the vendors call a modification, with one event.
func (p *party) applyModify(u *ParticipantUpdate, coaching bool, coachee *party) {
	modified := coaching != p.coaching || coachee != p.coachee
	p.coaching, p.coachee = coaching, coachee
	if modified {
		p.coachRef = ""
	}
	if u.BeepOnExit != nil {
		modified = modified || p.beepExit != *u.BeepOnExit
		p.beepExit = *u.BeepOnExit
	}
	if u.EndConferenceOnExit != nil {
		modified = modified || p.endOnExit != *u.EndConferenceOnExit
		p.endOnExit = *u.EndConferenceOnExit
	}
	if u.JitterBufferSize != nil {
		p.jitterBuffer = *u.JitterBufferSize
		p.leg.SetJitterBufferSize(p.jitterBuffer)
	}
	if u.WaitURL != nil {
		modified = true
		p.applyWait(*u.WaitURL)
	}
	if modified {
		p.conf.emit(Event{Type: EventModify}, p)
	}
}

// applyWait swaps the audio of a waiting p at once; later it is only stored.
func (p *party) applyWait(w Prompt) {
	p.waitPrompt, p.waitMusic = w, false
	if p.conf.started {
		return
	}
	p.retire(p.prompts.wait)
	p.prompts.wait = nil
	p.startWaiting()
}

// announceAll queues an announcement for everybody who is not held.
func (c *conference) announceAll(a Prompt) {
	r := prompt.Request{
		Kind: prompt.Announce, URL: a.URL, Method: a.Method,
		Account: c.account, Rate: c.rate, Params: c.fetchParams(),
		Notify: c.notify("", ""),
	}
	pb := newPlayback(r)
	c.ask(pb)
	c.announce.add(pb)
}
