package bridge

import (
	"context"
	"time"

	"partyline/media"
)

// command is one request to a conference, applied whole within one tick.
type command interface {
	// apply runs on the clock goroutine. The reply is sent after the tick has
	// published the new picture.
	apply(c *conference, now time.Time) reply
}

// reply is the answer to a command. p, when set, is the participant whose
// picture the caller wants.
type reply struct {
	to     chan<- result
	p      *party
	joined *party
	media  MediaView
	err    error
}

// result is what the poster of a command receives.
type result struct {
	participant *ParticipantView
	conference  *ConferenceView
	joined      *party
	media       MediaView
	err         error
}

func (r reply) send() {
	if r.to == nil {
		return
	}
	res := result{err: r.err, joined: r.joined, media: r.media}
	if r.p != nil {
		res.participant = r.p.snapshot()
		res.conference = r.p.conf.view.Load()
	}
	r.to <- res // has room for one
}

// post queues cmd and waits for its result. The errors are ErrBusy when the
// queue is full, ErrConferenceEnded when the conference ends first, and the
// context's.
func (c *conference) post(ctx context.Context, cmd command, answer <-chan result) (result, error) {
	select {
	case <-c.done:
		return result{}, ErrConferenceEnded
	default:
	}
	select {
	case c.commands <- cmd:
	default:
		return result{}, ErrBusy
	}
	return c.wait(ctx, answer)
}

// wait waits for the result of a queued command. The errors are
// ErrConferenceEnded and the context's.
func (c *conference) wait(ctx context.Context, answer <-chan result) (result, error) {
	select {
	case r := <-answer:
		return r, r.err
	case <-ctx.Done():
		return result{}, ctx.Err()
	case <-c.bridge.quit:
	case <-c.done:
	}
	select {
	case r := <-answer:
		return r, r.err
	default:
		return result{}, ErrConferenceEnded
	}
}

// joinCommand brings a party in.
type joinCommand struct {
	request JoinRequest
	setup   *media.Setup
	id      string
	to      chan result
}

func (j *joinCommand) apply(c *conference, now time.Time) reply {
	p, err := c.join(j.request, j.setup, j.id, now)
	if err != nil {
		if c.present() == 0 {
			c.end(EndLastLeft, "", ConferenceEnded, now)
		}
		return reply{to: j.to, err: err}
	}
	return reply{to: j.to, p: p, joined: p}
}

func (c *conference) join(r JoinRequest, setup *media.Setup, id string, now time.Time) (*party, error) {
	limit := r.Options.MaxParticipants
	if limit == 0 {
		limit = c.bridge.cfg.MaxParticipants
	}
	switch {
	case c.ended != "":
		return nil, ErrConferenceEnded
	case c.present() >= limit:
		return nil, ErrFull
	case r.Options.Label != "" && c.find(r.Options.Label) != nil:
		return nil, ErrLabelInUse
	}
	c.updated = now
	p := newParty(c, r, id, now)
	p.voice = c.mixer.Add()
	c.parties = append(c.parties, p)
	c.clock.load.Add(1)
	p.configure(setup, now)
	c.attachCoach(p, now)
	c.emit(Event{Type: EventJoin}, p)
	wasStarted := c.started
	c.maybeStart(now)
	p.startWaiting()
	if p.beepEnter && wasStarted {
		c.beeps.add(entering, p.voice)
	}
	return p, nil
}

// attachCoach resolves the coach start value: of p itself, and of coaches
// that came before the participant they are to coach. Until then a coach is a
// silent monitor.
func (c *conference) attachCoach(p *party, now time.Time) {
	if ref := p.request.Options.Coach; ref != "" {
		p.coaching, p.coachRef = true, ref
	}
	for _, q := range c.parties {
		if q.coachRef == "" {
			continue
		}
		if t := c.find(q.coachRef); t != nil && t != q && !coaches(t, q) {
			q.coachee, q.coachRef = t, ""
			q.touch(now)
		}
	}
}

// coaches reports whether p coaches q, directly or through others.
func coaches(p, q *party) bool {
	for n := 0; p != nil && n < 1000; n++ {
		if p == q {
			return true
		}
		p = p.coachee
	}
	return false
}

// leaveCommand takes a party out.
type leaveCommand struct {
	ref       string
	reason    LeaveReason
	callEnded bool        // by the phone: there is nothing to hang up
	to        chan result // nil when nobody waits
}

func (l *leaveCommand) apply(c *conference, now time.Time) reply {
	p := c.find(l.ref)
	if p == nil {
		return reply{to: l.to, err: ErrNotFound}
	}
	p.callEnded = l.callEnded
	c.leave(p, l.reason, now)
	return reply{to: l.to, p: p}
}

// mediaCommand puts a new offer/answer outcome into force.
type mediaCommand struct {
	p     *party
	setup *media.Setup
	to    chan result
}

func (m *mediaCommand) apply(c *conference, now time.Time) reply {
	if m.p.leaving != "" {
		return reply{to: m.to, err: ErrNotFound}
	}
	c.updated = now
	m.p.configure(m.setup, now)
	return reply{to: m.to, p: m.p}
}

// connectCommand notes that the call was acknowledged.
type connectCommand struct{ p *party }

func (k *connectCommand) apply(c *conference, now time.Time) reply {
	if k.p.leaving == "" && !k.p.connected {
		k.p.connected = true
		k.p.touch(now)
		c.emit(Event{Type: EventParticipantAnswer}, k.p)
	}
	return reply{}
}

// conferenceCommand is an update of the whole conference.
type conferenceCommand struct {
	update ConferenceUpdate
	why    EndReason
	leave  LeaveReason
	to     chan result
}

func (u *conferenceCommand) apply(c *conference, now time.Time) reply {
	a := u.update.AnnounceURL
	switch {
	case c.ended != "":
		return reply{to: u.to, err: ErrConferenceEnded}
	case a != nil && !u.update.Complete && c.announce.full():
		return reply{to: u.to, err: ErrQueueFull}
	case u.update.Complete:
		c.end(u.why, "", u.leave, now)
	case a != nil:
		c.touch(now)
		c.announceAll(*a)
	}
	return reply{to: u.to}
}
