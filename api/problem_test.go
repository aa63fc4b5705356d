package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"partyline/bridge"
)

func TestBridgeErrors(t *testing.T) {
	for _, q := range []struct {
		err    error
		status int
		telnyx string
		twilio float64
		retry  string
	}{
		{bridge.ErrNotFound, 404, "10005", 20404, ""},
		{bridge.ErrCoachMissing, 422, "10027", 16028, ""},
		{bridge.ErrCoachNotFound, 422, "90015", 16028, ""},
		{bridge.ErrCoachOnHold, 422, "10027", 16027, ""},
		{bridge.ErrCoachCycle, 422, "10027", 16028, ""},
		{bridge.ErrConferenceEnded, 422, "90019", 16022, ""},
		{bridge.ErrLabelInUse, 422, "10027", 16025, ""},
		{bridge.ErrFull, 422, "90032", 16020, ""},
		{bridge.ErrQueueFull, 429, "10011", 20429, "1"},
		{bridge.ErrBusy, 503, "10007", 20500, "1"},
		{bridge.ErrDraining, 503, "10007", 20500, "1"},
		{context.DeadlineExceeded, 503, "10007", 20500, "1"},
		{fmt.Errorf("wrapped: %w", bridge.ErrBusy), 503, "10007", 20500, "1"},
		{errors.New("a surprise with /internal/details"), 500, "10007", 20500, ""},
	} {
		c, b := newClient(t)
		b.err = q.err
		for _, body := range []string{"", "Muted=true"} {
			a := c.post(telnyxAlice, body).want(q.status)
			if e := a.telnyxError(); e["code"] != q.telnyx || e["title"] == "" || e["detail"] == "" || strings.Contains(a.raw, "/internal") {
				t.Errorf("%v: %s", q.err, a.raw)
			}
			if got := a.header.Get("Retry-After"); got != q.retry {
				t.Errorf("%v: Retry-After %q", q.err, got)
			}
			c.post(twilioAlice, body).want(q.status).has("code", q.twilio).has("status", float64(q.status))
		}
	}
}

func TestH11_CoachingMistakes(t *testing.T) {
	for err, text := range map[error]string{
		bridge.ErrCoachMissing:  "Coaching=true needs a CallSidToCoach",
		bridge.ErrCoachNotFound: "CallSidToCoach is not in the conference",
		bridge.ErrCoachOnHold:   "CallSidToCoach is on hold",
		bridge.ErrCoachCycle:    "CallSidToCoach must not be the participant itself nor lead back to it",
	} {
		c, b := newClient(t)
		b.err = err
		c.post(twilioAlice, "Coaching=true").want(422).has("message", text)
		if e := c.post(telnyxAlice, "Coaching=true").want(422).telnyxError(); e["detail"] != text || e["source"].(map[string]any)["pointer"] != "/CallSidToCoach" {
			t.Error(e)
		}
	}
}

// panicky fails in a way nobody has foreseen.
type panicky struct{ *fakeBridge }

func (panicky) Conferences(string) []*bridge.ConferenceView { panic("no such luck") }

func TestPanicBecomesAnAnswer(t *testing.T) {
	var log bytes.Buffer
	h := New(Options{Bridge: panicky{newFake()}, Accounts: twoAccounts, Log: slog.New(slog.NewTextHandler(&log, nil))})
	c := &client{t, h, bearer(tokenB)}
	a := c.get("/2010-04-01/Accounts/acct-1/Conferences.json").want(500).has("code", 20500.0)
	if strings.Contains(a.raw, "luck") || !strings.Contains(log.String(), "no such luck") {
		t.Errorf("answer %s\nlog %s", a.raw, log.String())
	}
	if !strings.Contains(log.String(), a.header.Get("X-Request-Id")) {
		t.Error("the log does not name the request")
	}
}

// No answer may be one that client libraries repeat without need.
func TestNoConflicts(t *testing.T) {
	for _, err := range []error{bridge.ErrLabelInUse, bridge.ErrCoachCycle, bridge.ErrConferenceEnded, bridge.ErrFull} {
		switch p := bridgeProblem(err); p.status {
		case http.StatusConflict, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable:
			t.Errorf("%v: %d", err, p.status)
		}
	}
}
