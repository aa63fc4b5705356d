package prompt

import (
	"errors"
	"fmt"
)

// EventKind says what happened to a prompt.
type EventKind string

// The kinds of event.
const (
	FetchFailed      EventKind = "fetch-failed"      // the URL gave no usable answer
	UnsupportedAudio EventKind = "unsupported-audio" // neither playable audio nor a document
	DocumentError    EventKind = "document-error"    // the TeXML is malformed or refused
	UnknownVerb      EventKind = "unknown-verb"      // the document holds a verb that is not allowed here
	SayUnavailable   EventKind = "say-unavailable"   // text could not be spoken
	FellBack         EventKind = "fell-back"         // the built-in music plays instead
	Recovered        EventKind = "recovered"         // the prompt itself plays again
)

// Event tells what happened to a prompt, for logs and webhooks.
type Event struct {
	Kind   EventKind
	URL    string // without user information, query and fragment; "" for none
	Reason string // one word: "refused", "status-404", "timeout", "doctype", ...
	Detail string // for humans
}

// String returns the event on one line.
func (e Event) String() string {
	return fmt.Sprintf("%s %s (%s): %s", e.Kind, e.URL, e.Reason, e.Detail)
}

// Error is a failure with a reason in one word, the error that Source.Err
// returns.
type Error struct {
	Kind   EventKind
	URL    string // as in Event
	Reason string // as in Event
	Err    error  // the cause, or nil
}

// Error implements the error interface.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("prompt: %s (%s)", e.Kind, e.Reason)
	}
	return fmt.Sprintf("prompt: %s (%s): %v", e.Kind, e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// event returns what there is to tell about the failure.
func (e *Error) event() Event {
	ev := Event{Kind: e.Kind, URL: e.URL, Reason: e.Reason}
	if e.Err != nil {
		ev.Detail = e.Err.Error()
	}
	return ev
}

// failure returns err as an *Error, calling it a failed fetch when it is none
// yet.
func failure(err error, url string) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Kind: FetchFailed, URL: url, Reason: "failed", Err: err}
	}
	if e.URL == "" {
		c := *e
		c.URL = url
		return &c
	}
	return e
}
