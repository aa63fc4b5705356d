package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// stuckBridge answers no update before its context ends.
type stuckBridge struct{ *fakeBridge }

func (stuckBridge) UpdateParticipant(ctx context.Context, _, _, _ string, _ bridge.ParticipantUpdate) (*bridge.ParticipantView, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A bridge that does not answer is waited for only so long, and not at all
// once the client has gone.
func TestStuckBridge(t *testing.T) {
	for patience, want := range map[time.Duration]time.Duration{
		time.Hour: commandTimeout, time.Second: time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := &client{t, New(Options{Bridge: stuckBridge{newFake()}, Accounts: twoAccounts}), bearer(tokenB)}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			start := time.Now()
			r := httptest.NewRequestWithContext(ctx, "POST", telnyxAlice, strings.NewReader("Muted=true"))
			if a := c.do(r).want(503); a.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After: %q", a.header.Get("Retry-After"))
			}
			if took := time.Since(start); took != want {
				t.Errorf("answered after %v, want %v", took, want)
			}
		})
	}
}
