package bridge

import "time"

// ConferenceStatus is where a conference stands in its life.
type ConferenceStatus string

// The life of a conference. init → in-progress → completed.
const (
	StatusInit       ConferenceStatus = "init"        // nobody who starts it has come yet
	StatusInProgress ConferenceStatus = "in-progress" // mixing
	StatusCompleted  ConferenceStatus = "completed"   // over; kept for look-ups
)

// EndReason says why a conference ended.
type EndReason string

// The reasons a conference ends for, as the vendors spell them.
const (
	EndModeratorLeft   EndReason = "participant-with-end-conference-on-exit-left"
	EndModeratorKicked EndReason = "participant-with-end-conference-on-exit-kicked"
	EndLastLeft        EndReason = "last-participant-left"
	EndLastKicked      EndReason = "last-participant-kicked"
	EndViaAPI          EndReason = "conference-ended-via-api"
	EndTimeExceeded    EndReason = "time-exceeded"
	EndShutdown        EndReason = "bridge-shutdown"
)

// ConferenceView is an immutable picture of a conference after some tick.
type ConferenceView struct {
	ID           string // CF and 32 hex digits
	Account      string
	FriendlyName string
	Status       ConferenceStatus
	EndReason    EndReason // "" until completed
	EndedBy      string    // call id of the participant whose leaving ended it, or ""
	Created      time.Time
	Updated      time.Time
	// Participants in the order they joined; empty once completed.
	Participants []*ParticipantView
}

// ParticipantView is an immutable picture of a participant after some tick.
type ParticipantView struct {
	CallID                 string // CA and 32 hex digits
	ConferenceID           string
	Account                string
	Label                  string
	Status                 string // "connecting" until the call is acknowledged, then "connected"
	Muted                  bool
	Hold                   bool
	Coaching               bool
	CoachedCallID          string // "" when there is none, also for a coach whose coachee left
	BeepOnExit             bool
	StartConferenceOnEnter bool
	EndConferenceOnExit    bool
	Waiting                bool // the conference has not started
	RemoteHold             bool // the phone put the bridge on hold
	From, To               string
	SIPCallID              string
	Direction              string
	Codec                  string
	JitterBufferSize       JitterBufferSize
	Created                time.Time
	Updated                time.Time
}
