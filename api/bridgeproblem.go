package api

import (
	"context"
	"errors"
	"net/http"

	"partyline/bridge"
)

// problemOf turns an error of a handler into a refusal. What it does not know
// is a defect: it is logged and told to nobody.
func (s *server) problemOf(t *transcript, err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		if p.status == http.StatusUnauthorized {
			t.Header()["Www-Authenticate"] = challenges
		}
		return p
	}
	if p := bridgeProblem(err); p != nil {
		return p
	}
	s.log.Error("api: unexpected error of the bridge", "request", t.id, "error", err)
	return internalProblem()
}

// bridgeProblem words an error of the bridge, nil for one it does not know.
// There is no 409 among the answers, because client libraries repeat it.
func bridgeProblem(err error) *problem {
	switch {
	case errors.Is(err, bridge.ErrNotFound):
		return notFoundProblem()
	case errors.Is(err, bridge.ErrCoachMissing):
		return coacheeProblem("Coaching=true needs a CallSidToCoach")
	case errors.Is(err, bridge.ErrCoachNotFound):
		p := coacheeProblem("CallSidToCoach is not in the conference")
		p.code, p.title = "90015", "Invalid Call Control ID"
		return p
	case errors.Is(err, bridge.ErrCoachOnHold):
		p := coacheeProblem("CallSidToCoach is on hold")
		p.twilio = 16027
		return p
	case errors.Is(err, bridge.ErrCoachCycle):
		p := coacheeProblem("CallSidToCoach must not be the participant itself nor lead back to it")
		return p
	case errors.Is(err, bridge.ErrConferenceEnded):
		return endedProblem()
	case errors.Is(err, bridge.ErrLabelInUse):
		return &problem{status: http.StatusUnprocessableEntity, code: "10027", title: "Unprocessable Entity", twilio: 16025,
			detail: "Label is in use in the conference", param: "Label"}
	case errors.Is(err, bridge.ErrNoEvents):
		return &problem{status: http.StatusUnprocessableEntity, code: "10027", title: "Unprocessable Entity", twilio: 21220,
			detail: "SendDigits needs a phone that understands telephone-event (RFC 4733), and this one does not", param: "SendDigits"}
	case errors.Is(err, bridge.ErrBadDigit):
		return valueProblem("SendDigits", "must be digits and pauses")
	case errors.Is(err, bridge.ErrFull):
		return &problem{status: http.StatusUnprocessableEntity, code: "90032", title: "Conference full", twilio: 16020,
			detail: "The conference has its maximum of participants"}
	}
	return pressureProblem(err)
}

// endedProblem is about a conference that is over.
func endedProblem() *problem {
	return &problem{status: http.StatusUnprocessableEntity, code: "90019", title: "Conference has ended", twilio: 16022,
		detail: "The conference has ended"}
}

// pressureProblem words what may go well a moment later, nil for the rest.
func pressureProblem(err error) *problem {
	busy := &problem{status: http.StatusServiceUnavailable, code: "10007", title: "Unexpected error", twilio: 20500,
		retryAfter: 1}
	switch {
	case errors.Is(err, bridge.ErrQueueFull):
		return &problem{status: http.StatusTooManyRequests, code: "10011", title: "Too many requests", twilio: 20429,
			detail: "AnnounceUrl must wait: too many announcements are queued", param: "AnnounceUrl", retryAfter: 1}
	case errors.Is(err, bridge.ErrTooManyDigits):
		return &problem{status: http.StatusTooManyRequests, code: "10011", title: "Too many requests", twilio: 20429,
			detail: "SendDigits must wait: too many digits are being sent", param: "SendDigits", retryAfter: 1}
	case errors.Is(err, bridge.ErrBusy):
		busy.detail = "The bridge is busy"
	case errors.Is(err, bridge.ErrDraining):
		busy.detail = "The bridge is shutting down"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		busy.detail = "The bridge did not answer in time"
	default:
		return nil
	}
	return busy
}
