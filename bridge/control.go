package bridge

import (
	"context"
	"errors"

	"partyline/media"
)

// Conferences lists the account's conferences, completed ones included, the
// newest first.
func (b *Bridge) Conferences(account string) []*ConferenceView {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reg.views(account)
}

// find resolves a conference id or friendly name, or returns ErrNotFound.
func (b *Bridge) find(account, ref string) (*conference, *ConferenceView, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, v := b.reg.find(account, ref)
	if v == nil {
		return nil, nil, ErrNotFound
	}
	return c, v, nil
}

// Conference returns the picture of a conference given its id or friendly
// name, or ErrNotFound.
func (b *Bridge) Conference(account, ref string) (*ConferenceView, error) {
	_, v, err := b.find(account, ref)
	return v, err
}

// Participant returns the pictures of a conference and of the participant with
// that call id or label in it, or ErrNotFound.
func (b *Bridge) Participant(account, conference, ref string) (*ConferenceView, *ParticipantView, error) {
	_, v, err := b.find(account, conference)
	if err != nil {
		return nil, nil, err
	}
	if p := v.participant(ref); p != nil {
		return v, p, nil
	}
	return nil, nil, ErrNotFound
}

// participant finds a call id or, failing that, a label; nil when absent.
func (v *ConferenceView) participant(ref string) *ParticipantView {
	for _, p := range v.Participants {
		if p.CallID == ref {
			return p
		}
	}
	for _, p := range v.Participants {
		if ref != "" && p.Label == ref {
			return p
		}
	}
	return nil
}

// UpdateParticipant applies u in one tick and returns the picture after it.
// The errors are ErrNotFound, ErrCoachMissing, ErrCoachNotFound,
// ErrCoachCycle, ErrCoachOnHold, ErrQueueFull, ErrNoEvents, ErrBadDigit,
// ErrTooManyDigits, ErrBusy and the context's; with each of them nothing has
// changed, except that after the context's the update may still be applied.
func (b *Bridge) UpdateParticipant(ctx context.Context, account, conference, participant string, u ParticipantUpdate) (*ParticipantView, error) {
	c, _, err := b.find(account, conference)
	if err != nil || c == nil {
		return nil, ErrNotFound
	}
	to := make(chan result, 1)
	r, err := c.post(ctx, &updateCommand{ref: participant, update: u, to: to}, to)
	return r.participant, gone(err)
}

// RemoveParticipant hangs a participant up. The errors are ErrNotFound,
// ErrBusy and the context's.
func (b *Bridge) RemoveParticipant(ctx context.Context, account, conference, participant string) error {
	c, _, err := b.find(account, conference)
	if err != nil || c == nil {
		return ErrNotFound
	}
	to := make(chan result, 1)
	_, err = c.post(ctx, &leaveCommand{ref: participant, reason: Removed, to: to}, to)
	return gone(err)
}

// gone is what ErrConferenceEnded means for a participant: it is not there.
func gone(err error) error {
	if errors.Is(err, ErrConferenceEnded) {
		return ErrNotFound
	}
	return err
}

// UpdateConference applies u and returns the picture after it. Completing a
// completed conference changes nothing. The errors are ErrNotFound,
// ErrConferenceEnded, ErrQueueFull, ErrBusy and the context's.
func (b *Bridge) UpdateConference(ctx context.Context, account, conference string, u ConferenceUpdate) (*ConferenceView, error) {
	c, v, err := b.find(account, conference)
	if err != nil {
		return nil, err
	}
	if c == nil || v.Status == StatusCompleted {
		return completed(v, u)
	}
	to := make(chan result, 1)
	cmd := &conferenceCommand{update: u, why: EndViaAPI, leave: ConferenceStopped, to: to}
	if _, err := c.post(ctx, cmd, to); errors.Is(err, ErrConferenceEnded) {
		return completed(c.view.Load(), u)
	} else if err != nil {
		return nil, err
	}
	return c.view.Load(), nil
}

// completed answers an update of a conference that is over.
func completed(v *ConferenceView, u ConferenceUpdate) (*ConferenceView, error) {
	if u.AnnounceURL != nil && !u.Complete {
		return nil, ErrConferenceEnded
	}
	return v, nil
}

// Participant is a front end's handle on a party it brought in. Its methods
// are safe for concurrent use.
type Participant struct {
	p *party
}

// ID is the call id: CA and 32 hex digits.
func (p *Participant) ID() string { return p.p.id }

// ConferenceID is the id of the conference: CF and 32 hex digits.
func (p *Participant) ConferenceID() string { return p.p.conf.id }

// UpdateMedia puts the outcome of a new offer/answer exchange into force by
// the next tick. The errors are ErrNotFound when the participant has left,
// ErrBusy and the context's.
func (p *Participant) UpdateMedia(ctx context.Context, m MediaParams) error {
	setup, err := media.Prepare(m)
	if err != nil {
		return err
	}
	to := make(chan result, 1)
	_, err = p.p.conf.post(ctx, &mediaCommand{p: p.p, setup: setup, to: to}, to)
	return gone(err)
}

// Leave takes the participant out because its call has ended. It does nothing
// when the participant has already left.
func (p *Participant) Leave(reason LeaveReason) {
	p.tell(&leaveCommand{ref: p.p.id, reason: reason, callEnded: true})
}

// tell posts cmd and, when the queue is full, waits for room: a call's end
// must not get lost.
func (p *Participant) tell(cmd command) {
	c := p.p.conf
	select {
	case c.commands <- cmd:
	case <-c.done:
	case <-c.bridge.quit:
	}
}
