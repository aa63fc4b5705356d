package bridge

import "time"

// EventType names what happened, as the vendors spell it where they have a
// word for it.
type EventType string

// The events of a conference.
const (
	EventConferenceStart   EventType = "conference-start"
	EventConferenceEnd     EventType = "conference-end"
	EventJoin              EventType = "participant-join"
	EventLeave             EventType = "participant-leave"
	EventMute              EventType = "participant-mute"
	EventUnmute            EventType = "participant-unmute"
	EventHold              EventType = "participant-hold"
	EventUnhold            EventType = "participant-unhold"
	EventModify            EventType = "participant-modify"
	EventAnnouncementEnd   EventType = "announcement-end"
	EventAnnouncementFail  EventType = "announcement-fail"
	EventPrompt            EventType = "prompt" // a warning about a hold, wait or announcement URL
	EventDigit             EventType = "digit"  // a DTMF digit was pressed
	EventRemoteHold        EventType = "participant-remote-hold"
	EventRemoteResume      EventType = "participant-remote-resume"
	EventParticipantAnswer EventType = "participant-connected" // the call was acknowledged
)

// Event is something that happened in a conference.
type Event struct {
	Type     EventType
	Sequence uint64 // counts a conference's events from 0; a gap is a dropped one
	Time     time.Time

	Account      string
	ConferenceID string
	FriendlyName string
	CallID       string // "" when the event concerns the whole conference
	Label        string

	Reason string // why, in one word where there is one
	URL    string // of the prompt concerned
	Digit  string
	// Participant is the picture after the event, nil for conference events.
	Participant *ParticipantView
}
