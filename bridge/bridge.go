package bridge

import (
	"context"

	"partyline/media"
)

// Bridge is the process-wide host of all conferences.
type Bridge struct{}

func (b *Bridge) OpenLeg() (*media.Leg, error)                                   { panic("later") }
func (b *Bridge) Join(ctx context.Context, r JoinRequest) (*Participant, error)  { panic("later") }
func (b *Bridge) Conferences(account string) []*ConferenceView                   { panic("later") }
func (b *Bridge) Conference(account, conference string) (*ConferenceView, error) { panic("later") }
func (b *Bridge) Participant(account, conference, participant string) (*ConferenceView, *ParticipantView, error) {
	panic("later")
}
func (b *Bridge) UpdateParticipant(ctx context.Context, account, conference, participant string, u ParticipantUpdate) (*ParticipantView, error) {
	panic("later")
}
func (b *Bridge) RemoveParticipant(ctx context.Context, account, conference, participant string) error {
	panic("later")
}
func (b *Bridge) UpdateConference(ctx context.Context, account, conference string, u ConferenceUpdate) (*ConferenceView, error) {
	panic("later")
}
func (b *Bridge) Draining() bool { panic("later") }

// Participant is a front end's handle on a party it brought in.
type Participant struct{}

func (p *Participant) ID() string                                           { panic("later") }
func (p *Participant) Acknowledge()                                         { panic("later") }
func (p *Participant) UpdateMedia(ctx context.Context, m MediaParams) error { panic("later") }
func (p *Participant) Leave(reason LeaveReason)                             { panic("later") }
