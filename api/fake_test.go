package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/bridge"
)

const (
	sidA, tokenA = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "token-of-a"
	sidB, tokenB = "acct-1", "token-of-b"
)

var twoAccounts = []Account{{sidA, tokenA}, {sidB, tokenB}}

// born is when everything in the fake bridge began: a Friday.
var born = time.Date(2023, 10, 27, 7, 41, 58, 123456789, time.UTC)

// fakeBridge applies updates to plain views. It records what it was asked,
// and fails with err when that is set.
type fakeBridge struct {
	mu          sync.Mutex
	conferences []*bridge.ConferenceView
	updates     []bridge.ParticipantUpdate
	ended       []bridge.ConferenceUpdate
	err         error
	draining    bool
}

// newFake returns a bridge in which both accounts have one conference with
// three participants, all under the same names.
func newFake() *fakeBridge {
	b := &fakeBridge{}
	for _, account := range []string{sidA, sidB} {
		b.conferences = append(b.conferences, newConference(account, account, "Room 1234", "alice", "agent one/é", "a.b"))
	}
	return b
}

// newConference returns a conference whose ids are made from a seed.
func newConference(account, seed, name string, labels ...string) *bridge.ConferenceView {
	c := &bridge.ConferenceView{
		ID: fakeID("CF", seed+name), Account: account, FriendlyName: name,
		Status: bridge.StatusInProgress, Created: born, Updated: born,
	}
	for i, label := range labels {
		c.Participants = append(c.Participants, &bridge.ParticipantView{
			CallID: fakeID("CA", seed+name+label), ConferenceID: c.ID, Account: account, Label: label,
			Status: "connected", StartConferenceOnEnter: true, BeepOnExit: true,
			From: "sip:phone@example.com", To: "sip:support@example.com", SIPCallID: "x@y",
			Direction: "inbound", Codec: "PCMU",
			Created: born.Add(time.Duration(i) * time.Second), Updated: born,
		})
	}
	return c
}

func fakeID(prefix, seed string) string {
	return prefix + fmt.Sprintf("%x", sha256.Sum256([]byte(seed)))[:32]
}

func (b *fakeBridge) Conferences(account string) []*bridge.ConferenceView {
	b.mu.Lock()
	defer b.mu.Unlock()
	var own []*bridge.ConferenceView
	for _, c := range b.conferences {
		if c.Account == account {
			own = append(own, c)
		}
	}
	return own
}

func (b *fakeBridge) Conference(account, ref string) (*bridge.ConferenceView, error) {
	for _, c := range b.Conferences(account) {
		if c.ID == ref || c.FriendlyName == ref {
			return c, b.err
		}
	}
	return nil, bridge.ErrNotFound
}

func (b *fakeBridge) Participant(account, conference, ref string) (*bridge.ConferenceView, *bridge.ParticipantView, error) {
	c, err := b.Conference(account, conference)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range c.Participants {
		if p.CallID == ref || p.Label == ref {
			return c, p, nil
		}
	}
	return nil, nil, bridge.ErrNotFound
}

func (b *fakeBridge) UpdateParticipant(_ context.Context, account, conference, ref string, u bridge.ParticipantUpdate) (*bridge.ParticipantView, error) {
	_, p, err := b.Participant(account, conference, ref)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.updates = append(b.updates, u)
	set := func(to *bool, from *bool) {
		if from != nil {
			*to = *from
		}
	}
	set(&p.Muted, u.Muted)
	set(&p.Hold, u.Hold)
	set(&p.Coaching, u.Coaching)
	set(&p.BeepOnExit, u.BeepOnExit)
	set(&p.EndConferenceOnExit, u.EndConferenceOnExit)
	if u.CallSIDToCoach != nil {
		p.CoachedCallID = *u.CallSIDToCoach
	}
	return p, nil
}

func (b *fakeBridge) RemoveParticipant(_ context.Context, account, conference, ref string) error {
	c, p, err := b.Participant(account, conference, ref)
	if err != nil {
		return err
	}
	for i, q := range c.Participants {
		if p == q {
			c.Participants = append(c.Participants[:i:i], c.Participants[i+1:]...)
		}
	}
	return nil
}

func (b *fakeBridge) UpdateConference(_ context.Context, account, ref string, u bridge.ConferenceUpdate) (*bridge.ConferenceView, error) {
	c, err := b.Conference(account, ref)
	if err != nil {
		return nil, err
	}
	b.ended = append(b.ended, u)
	if u.Complete {
		c.Status, c.EndReason, c.Participants = bridge.StatusCompleted, bridge.EndViaAPI, nil
	}
	return c, nil
}

func (b *fakeBridge) ParticipantMedia(_ context.Context, account, conference, ref string) (bridge.MediaView, error) {
	_, _, err := b.Participant(account, conference, ref)
	return bridge.MediaView{}, err
}

func (b *fakeBridge) Draining() bool { return b.draining }

// client sends requests to a handler as one account.
type client struct {
	t       *testing.T
	handler http.Handler
	auth    func(*http.Request)
}

// newClient returns a client of account B over a fresh fake bridge.
func newClient(t *testing.T) (*client, *fakeBridge) {
	b := newFake()
	return &client{t, New(Options{Bridge: b, Accounts: twoAccounts, Version: "test"}), bearer(tokenB)}, b
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

// as returns the same client with other credentials.
func (c *client) as(auth func(*http.Request)) *client {
	return &client{c.t, c.handler, auth}
}

// reply is a decoded answer.
type reply struct {
	t      *testing.T
	code   int
	header http.Header
	raw    string
	body   map[string]any
}

// send sends a request with a body of some type, "" for none.
func (c *client) send(method, path, contentType, body string) *reply {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return c.do(r)
}

// do sends a request made by the caller.
func (c *client) do(r *http.Request) *reply {
	c.t.Helper()
	if c.auth != nil {
		c.auth(r)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	a := &reply{t: c.t, code: w.Code, header: w.Header(), raw: w.Body.String()}
	if a.raw != "" {
		if got := a.header.Get("Content-Type"); got != "application/json" {
			c.t.Errorf("%s %s: Content-Type %q", r.Method, r.URL, got)
		}
		if err := json.Unmarshal([]byte(a.raw), &a.body); err != nil {
			c.t.Fatalf("%s %s: %v in %s", r.Method, r.URL, err, a.raw)
		}
	}
	return a
}

func (c *client) get(path string) *reply {
	c.t.Helper()
	return c.send("GET", path, "", "")
}

func (c *client) post(path, form string) *reply {
	c.t.Helper()
	return c.send("POST", path, formType, form)
}

// want fails the test unless the answer has this status.
func (a *reply) want(code int) *reply {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("status %d, want %d: %s", a.code, code, a.raw)
	}
	return a
}

// has fails the test unless a field of the answer has this value. Numbers are
// float64.
func (a *reply) has(name string, value any) *reply {
	a.t.Helper()
	got, there := a.body[name]
	if !there || got != value {
		a.t.Errorf("%s = %#v, want %#v in %s", name, got, value, a.raw)
	}
	return a
}

// telnyxError returns the single error of a Telnyx answer.
func (a *reply) telnyxError() map[string]any {
	a.t.Helper()
	list, _ := a.body["errors"].([]any)
	if len(list) != 1 {
		a.t.Fatalf("not a Telnyx error: %s", a.raw)
	}
	return list[0].(map[string]any)
}

// items returns the array of a page, which must be its only one.
func (a *reply) items() []map[string]any {
	a.t.Helper()
	var all []map[string]any
	arrays := 0
	for _, v := range a.body {
		if list, ok := v.([]any); ok {
			arrays++
			for _, item := range list {
				all = append(all, item.(map[string]any))
			}
		}
	}
	if arrays != 1 {
		a.t.Fatalf("%d arrays in %s", arrays, a.raw)
	}
	return all
}

// bodyRequest returns a POST of a body, without an address to go to.
func bodyRequest(contentType, body string) *http.Request {
	r := &http.Request{Method: "POST", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	r.Header.Set("Content-Type", contentType)
	return r
}
