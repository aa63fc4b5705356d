package bridge

import (
	"errors"

	"partyline/media"
)

// The errors of the bridge. Front ends tell them apart with errors.Is.
var (
	// ErrNotFound: no such conference or participant for this account.
	ErrNotFound = errors.New("bridge: not found")
	// ErrFull: the conference has its maximum of participants.
	ErrFull = errors.New("bridge: conference is full")
	// ErrDraining: the bridge is shutting down and takes no new participants.
	ErrDraining = errors.New("bridge: draining")
	// ErrBusy: a command queue or the port range is full; try again.
	ErrBusy = errors.New("bridge: busy")
	// ErrLabelInUse: the label is taken by another participant of the conference.
	ErrLabelInUse = errors.New("bridge: label in use")
	// ErrConferenceEnded: the conference is completed.
	ErrConferenceEnded = errors.New("bridge: conference ended")
	// ErrCoachMissing: Coaching=true with no participant to coach.
	ErrCoachMissing = errors.New("bridge: coaching needs a participant to coach")
	// ErrCoachNotFound: the participant to coach is not in the conference.
	ErrCoachNotFound = errors.New("bridge: participant to coach not in the conference")
	// ErrCoachOnHold: the participant to coach is on hold.
	ErrCoachOnHold = errors.New("bridge: participant to coach is on hold")
	// ErrCoachCycle: a participant may not coach itself, or its own coach.
	ErrCoachCycle = errors.New("bridge: coaching would form a cycle")
	// ErrQueueFull: too many announcements wait for this target.
	ErrQueueFull = errors.New("bridge: announcement queue is full")
	// ErrNoEvents: the phone did not agree to telephone-event, so no digits can
	// be sent to it.
	ErrNoEvents = media.ErrNoEvents
	// ErrBadDigit: not a digit, nor a pause.
	ErrBadDigit = media.ErrBadDigit
	// ErrTooManyDigits: too many digits wait to be sent to this phone.
	ErrTooManyDigits = media.ErrTooManyDigits
)
