package prompt

import (
	"net/http"
	"net/url"
)

// Kind says what a prompt is for. It decides the default method, whether a
// bare file loops, and what happens when the URL fails.
type Kind uint8

// The kinds of prompt.
const (
	Hold     Kind = iota // GET; loops; built-in music on failure; never ends
	Announce             // POST; plays once; ends with an error on failure
	Wait                 // POST; loops; built-in music on failure; never ends
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case Announce:
		return "announce"
	case Wait:
		return "wait"
	}
	return "hold"
}

// method returns the HTTP method a prompt of this kind is fetched with when
// the request names none.
func (k Kind) method() string {
	if k == Hold {
		return http.MethodGet
	}
	return http.MethodPost
}

// Request asks for one prompt for one listener.
type Request struct {
	Kind Kind
	// URL of the audio or document. Empty: the built-in music, or silence
	// when Silence is set.
	URL     string
	Silence bool
	// Method is "GET" or "POST"; empty means the default of the kind.
	Method string
	// Account separates the caches of different customers.
	Account string
	// Params are the fields that documents are requested with (CallSid,
	// ConferenceSid, ...). Open takes them over; do not change them after.
	Params url.Values
	// Rate is the sampling rate of the frames in Hz, 0 for 8000.
	Rate int
	// Notify, when not nil, is told what went wrong and what was done about
	// it. It is called from a goroutine of the source, one call at a time,
	// at most a few dozen times per source, and may block.
	Notify func(Event)
}

// State is what ReadFrame found.
type State uint8

// The states of a source.
const (
	Starting State = iota // nothing to hear yet, the frame is silence
	Playing               // the frame is part of the prompt, pauses included
	Ended                 // the prompt is over, the frame is silence
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Playing:
		return "playing"
	case Ended:
		return "ended"
	}
	return "starting"
}
