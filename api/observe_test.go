package api

import (
	"slices"
	"testing"
)

// TestObserve: an observer learns of every answer, in words of ours alone.
func TestObserve(t *testing.T) {
	var seen []Answered
	c, _ := newClient(t)
	c.handler = New(Options{Bridge: newFake(), Accounts: twoAccounts, Observe: func(a Answered) {
		a.Took = 0
		seen = append(seen, a)
	}})
	const accounts = "/v2/texml/Accounts/acct-1/"
	c.get("/healthz")
	c.get(accounts + "Conferences")
	c.get(accounts + "Conferences/nowhere")
	c.get(accounts + "Conferences/nowhere/Participants")
	c.post(telnyxAlice, "Muted=true")
	c.get(telnyxAlice + "/Media")
	c.send("DELETE", telnyxAlice, "", "")
	c.send("BREW", telnyxAlice, "", "")
	c.get("/teapot")
	c.as(nil).get(telnyxAlice)
	want := []Answered{
		{"GET", "health", 200, 0},
		{"GET", "conferences", 200, 0},
		{"GET", "conference", 404, 0},
		{"GET", "participants", 404, 0},
		{"POST", "participant", 200, 0},
		{"GET", "media", 200, 0},
		{"DELETE", "participant", 204, 0},
		{"other", "participant", 405, 0},
		{"GET", "none", 404, 0},
		{"GET", "participant", 401, 0},
	}
	if !slices.Equal(seen, want) {
		t.Errorf("observed\n%v, want\n%v", seen, want)
	}
}
