package sip

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
	"partyline/sip/sdp"
)

// allow lists the methods the bridge handles.
const allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"

// statusUnsupportedScheme is 416 Unsupported URI Scheme; sipgo knows the number
// by its meaning in HTTP.
const statusUnsupportedScheme = 416

// retryAfter is the Retry-After of a 503, in seconds.
const retryAfter = "10"

// refusal is a final response other than 2xx.
type refusal struct {
	code    int
	headers []sipgo.Header
}

// Error implements error.
func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, reasonPhrase(r.code)) }

// refuse makes a refusal with header names and values in turn.
func refuse(code int, headers ...string) *refusal {
	r := &refusal{code: code}
	for i := 0; i+1 < len(headers); i += 2 {
		r.headers = append(r.headers, sipgo.NewHeader(headers[i], headers[i+1]))
	}
	return r
}

// refuseLater is the 500 for a request that came too early: RFC 3261 section
// 14.2, "a Retry-After header field with a randomly chosen value of between 0
// and 10 seconds".
func refuseLater() *refusal {
	return refuse(sipgo.StatusInternalServerError, "Retry-After", strconv.Itoa(rand.IntN(11)))
}

// refuseBusy is the 503 of a bridge that takes no new calls now.
func refuseBusy() *refusal {
	return refuse(sipgo.StatusServiceUnavailable, "Retry-After", retryAfter)
}

// refusalFor turns the error of a join or of an offer into a response.
//
//	full, label in use, ended → 486   unknown account → 404
//	draining, busy → 503              unreadable SDP → 400
//	nothing in common → 488
func refusalFor(err error) *refusal {
	var r *refusal
	var u *sdp.Unacceptable
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &u):
		return refuse(sipgo.StatusNotAcceptableHere, "Warning", warning(u.Warning, u.Reason))
	case errors.Is(err, sdp.ErrSyntax):
		return refuse(sipgo.StatusBadRequest, "Warning", warning(399, "Malformed session description"))
	case errors.Is(err, bridge.ErrFull):
		return refuse(sipgo.StatusBusyHere, "Reason", `Q.850;cause=17;text="conference is full"`)
	case errors.Is(err, bridge.ErrLabelInUse):
		return refuse(sipgo.StatusBusyHere, "Reason", `Q.850;cause=17;text="label in use"`)
	case errors.Is(err, bridge.ErrConferenceEnded):
		return refuse(sipgo.StatusBusyHere, "Reason", `Q.850;cause=17;text="conference ended"`)
	case errors.Is(err, bridge.ErrDraining), errors.Is(err, bridge.ErrBusy):
		return refuseBusy()
	case errors.Is(err, bridge.ErrNotFound):
		return refuse(sipgo.StatusNotFound)
	case errors.Is(err, bridge.ErrCoachNotFound), errors.Is(err, bridge.ErrCoachMissing),
		errors.Is(err, bridge.ErrCoachOnHold), errors.Is(err, bridge.ErrCoachCycle):
		return refuse(sipgo.StatusTemporarilyUnavailable, "Reason", `Q.850;cause=20;text="participant to coach is not available"`)
	}
	return refuse(sipgo.StatusInternalServerError)
}

// warning is a Warning header value (RFC 3261 section 20.43).
func warning(code int, text string) string {
	return fmt.Sprintf("%d partyline %q", code, text)
}

var phrases = map[int]string{
	100: "Trying", 200: "OK",
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
	420: "Bad Extension", 469: "Bad Info Package", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable",
	505: "Version Not Supported", 513: "Message Too Large",
}

func reasonPhrase(code int) string {
	if p, ok := phrases[code]; ok {
		return p
	}
	return "Error"
}
