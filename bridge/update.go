package bridge

// Prompt names the audio behind a URL and the method to fetch it with.
type Prompt struct {
	URL    string
	Method string // "GET" or "POST"; "" means the default of its kind
}

// ParticipantUpdate is one participant update. A nil field leaves things as
// they are. All of it takes effect in one tick or none of it does.
type ParticipantUpdate struct {
	Muted *bool
	Hold  *bool
	// HoldURL applies with Hold=true, or to a participant that is already
	// held; otherwise nothing is remembered. Nil: the built-in music. An
	// empty URL means silence.
	HoldURL *Prompt
	// AnnounceURL is played once to this participant.
	AnnounceURL *Prompt
	// WaitURL replaces the waiting audio. An empty URL means silence.
	WaitURL             *Prompt
	BeepOnExit          *bool
	EndConferenceOnExit *bool
	Coaching            *bool
	// CallSIDToCoach is a call id or label in the same conference. It implies
	// Coaching=true unless Coaching says false.
	CallSIDToCoach *string
	// JitterBufferSize bounds the delay of what the participant says.
	JitterBufferSize *JitterBufferSize
	// SendDigits are 0-9, *, #, A-D, w (half a second's pause) and W (a
	// second's), sent to the phone as telephone-events.
	SendDigits *string
}

// ConferenceUpdate is one conference update.
type ConferenceUpdate struct {
	Complete    bool // Status=completed: hang everybody up
	AnnounceURL *Prompt
}
