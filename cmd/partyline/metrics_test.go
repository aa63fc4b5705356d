package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"partyline/cmd/partyline/internal/app"
)

// TestE2E_Metrics: a call shows in the metrics while it lasts, and in the sums
// after it.
func TestE2E_Metrics(t *testing.T) {
	a := startWith(t, func(cfg *app.Config) { cfg.Metrics.Listen = "127.0.0.1:0" })
	alice := call(t, a.SIPAddr(), "alice", "lobby")
	bob := call(t, a.SIPAddr(), "bob", "lobby")
	wantHearing(t, "at first", map[*caller]string{alice: "bob", bob: "alice"})
	id := callSID(t, a, "lobby", "alice")
	wantMetrics(t, a, `conference="lobby",label=""} `, `call_sid="`+id+`"`, "partyline_participants 2", "partyline_conferences 1", "partyline_sip_calls 2")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, c := range []*caller{alice, bob} {
		if err := c.Hangup(ctx); err != nil {
			t.Fatal(err)
		}
	}
	wantMetrics(t, a, "partyline_participants 0", "partyline_conferences 0", `partyline_participants_left_total{reason="hung-up"} 2`, "partyline_conferences_created_total 1")
}

// wantMetrics waits until a scrape shows all of these.
func wantMetrics(t *testing.T, a *app.App, want ...string) {
	t.Helper()
	var text, missing string
	shown := func() bool {
		res, err := http.Get("http://" + a.MetricsAddr().String() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%s: %v", res.Status, err)
		}
		text, missing = string(body), ""
		for _, w := range want {
			if !strings.Contains(text, w) {
				missing = w
			}
		}
		return missing == ""
	}
	within(t, shown, func() string { return "the metrics do not show " + missing + "\n" + text })
}
