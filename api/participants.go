package api

import (
	"context"

	"partyline/bridge"
)

func (s *server) listParticipants(_ context.Context, x *exchange) (any, error) {
	q, err := readListQuery(x)
	if err != nil {
		return nil, err
	}
	f, err := q.participantFilter()
	if err != nil {
		return nil, err
	}
	c, err := s.bridge.Conference(x.account, x.conference)
	if err != nil {
		return nil, err
	}
	self := x.dialect.link(c.Account, "Conferences", c.ID, "Participants")
	page := cutPage(q, self, keep(c.Participants, f), participantCursor)
	return participantsPage{
		Participants: render(page.items, x.dialect.participant),
		pageLinks:    page.links,
	}, nil
}

func (s *server) fetchParticipant(_ context.Context, x *exchange) (any, error) {
	_, p, err := s.bridge.Participant(x.account, x.conference, x.participant)
	if err != nil {
		return nil, err
	}
	return x.dialect.participant(p), nil
}

func (s *server) updateParticipant(ctx context.Context, x *exchange) (any, error) {
	u, name, err := readUpdate(x, bindParticipant)
	if err != nil {
		return nil, err
	}
	if u == (bridge.ParticipantUpdate{}) {
		return s.fetchParticipant(ctx, x)
	}
	var p *bridge.ParticipantView
	repeated, err := s.once(ctx, x, name, func() (err error) {
		p, err = s.bridge.UpdateParticipant(ctx, x.account, x.conference, x.participant, u)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case repeated:
		return s.fetchParticipant(ctx, x)
	}
	return x.dialect.participant(p), nil
}

func (s *server) removeParticipant(ctx context.Context, x *exchange) (any, error) {
	return nil, s.bridge.RemoveParticipant(ctx, x.account, x.conference, x.participant)
}

// dialParticipant will call somebody into a conference. It is not there yet.
func (s *server) dialParticipant(context.Context, *exchange) (any, error) {
	return nil, notFoundProblem()
}

// participantView is a participant in both vendors' words. They agree in all
// but the last status.
type participantView struct {
	AccountSID             string  `json:"account_sid"`
	APIVersion             string  `json:"api_version"`
	CallSID                string  `json:"call_sid"`
	CallSIDLegacy          string  `json:"call_sid_legacy"`
	ConferenceSID          string  `json:"conference_sid"`
	Label                  *string `json:"label"`
	Status                 string  `json:"status"`
	Muted                  bool    `json:"muted"`
	Hold                   bool    `json:"hold"`
	Coaching               bool    `json:"coaching"`
	CoachingCallSID        *string `json:"coaching_call_sid"`
	CoachingCallSIDLegacy  *string `json:"coaching_call_sid_legacy"`
	CallSIDToCoach         *string `json:"call_sid_to_coach"`
	BeepOnExit             bool    `json:"beep_on_exit"`
	StartConferenceOnEnter bool    `json:"start_conference_on_enter"`
	EndConferenceOnExit    bool    `json:"end_conference_on_exit"`
	QueueTime              *string `json:"queue_time"` // always null: nobody queues
	DateCreated            string  `json:"date_created"`
	DateUpdated            string  `json:"date_updated"`
	URI                    string  `json:"uri"`

	// What the vendors do not tell.
	Waiting    bool   `json:"waiting"`
	RemoteHold bool   `json:"remote_hold"`
	From       string `json:"from"`
	To         string `json:"to"`
	SIPCallID  string `json:"sip_call_id"`
	Direction  string `json:"direction"`
	Codec      string `json:"codec"`

	JitterBufferSize string `json:"jitter_buffer_size"`
}

// participant renders a participant.
func (d *dialect) participant(p *bridge.ParticipantView) participantView {
	coachee := orNull(p.CoachedCallID)
	return participantView{
		AccountSID:             p.Account,
		APIVersion:             d.apiVersion,
		CallSID:                p.CallID,
		CallSIDLegacy:          p.CallID,
		ConferenceSID:          p.ConferenceID,
		Label:                  orNull(p.Label),
		Status:                 d.participantStatus(p.Status),
		Muted:                  p.Muted,
		Hold:                   p.Hold,
		Coaching:               p.Coaching,
		CoachingCallSID:        coachee,
		CoachingCallSIDLegacy:  coachee,
		CallSIDToCoach:         coachee,
		BeepOnExit:             p.BeepOnExit,
		StartConferenceOnEnter: p.StartConferenceOnEnter,
		EndConferenceOnExit:    p.EndConferenceOnExit,
		DateCreated:            date(p.Created),
		DateUpdated:            date(p.Updated),
		URI:                    d.link(p.Account, "Conferences", p.ConferenceID, "Participants", p.CallID) + ".json",
		Waiting:                p.Waiting,
		RemoteHold:             p.RemoteHold,
		From:                   p.From,
		To:                     p.To,
		SIPCallID:              p.SIPCallID,
		Direction:              p.Direction,
		Codec:                  p.Codec,
		JitterBufferSize:       SizeName(p.JitterBufferSize),
	}
}

// participantStatus spells the bridge's "completed" as the dialect does.
func (d *dialect) participantStatus(status string) string {
	if status == "completed" {
		return d.ended
	}
	return status
}
