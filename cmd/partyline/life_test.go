package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"partyline/cmd/partyline/internal/app"
	"partyline/sip"
	"partyline/sip/phone"
)

// startWith is startApp with settings changed.
func startWith(t *testing.T, change func(*app.Config)) *app.App {
	t.Helper()
	cfg := app.Loopback()
	cfg.Accounts = []app.Account{testAccount}
	change(&cfg)
	a, err := app.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return a
}

// TestS30_FullSeenFromPhones: the phone that comes too late gets 486 and a
// reason, and the others stay in their call.
func TestS30_FullSeenFromPhones(t *testing.T) {
	a := startWith(t, func(c *app.Config) {
		c.Admission = []sip.Rule{{User: "*", MaxParticipants: 2}}
	})
	alice := call(t, a.SIPAddr(), "alice", "small")
	bob := call(t, a.SIPAddr(), "bob", "small")
	p, err := phone.New(phone.Config{Name: "carol"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = p.Call(ctx, "sip:small@"+a.SIPAddr().String())
	var refused *phone.Refused
	if !errors.As(err, &refused) || refused.Status != 486 || !strings.Contains(refused.Header("Reason"), "full") {
		t.Errorf("the third call got %v, want 486 with a Reason", err)
	}
	wantHearing(t, "afterwards", map[*caller]string{alice: "bob", bob: "alice"})
}

// TestH08_WaitingSeenFromPhones: guests wait in silence until the host comes,
// and then all hear each other.
func TestH08_WaitingSeenFromPhones(t *testing.T) {
	no, silence := false, ""
	a := startWith(t, func(c *app.Config) {
		c.Admission = []sip.Rule{
			{User: "guest-*", Conference: "$1", StartConferenceOnEnter: &no, WaitURL: &silence},
			{User: "*"},
		}
	})
	alice := call(t, a.SIPAddr(), "alice", "guest-board")
	bob := call(t, a.SIPAddr(), "bob", "guest-board")
	if c := request(t, a, "GET", "/board", nil); c["status"] != "init" {
		t.Errorf("status %v before the host is there, want init", c["status"])
	}
	wantHearing(t, "while waiting", map[*caller]string{alice: "", bob: ""})
	carol := call(t, a.SIPAddr(), "carol", "board")
	wantHearing(t, "once started", map[*caller]string{alice: "bob carol", bob: "alice carol", carol: "alice bob"})
	if c := request(t, a, "GET", "/board", nil); c["status"] != "in-progress" {
		t.Errorf("status %v with the host, want in-progress", c["status"])
	}
}

// TestR26_UnpluggedEndsConference: a phone that vanishes without a BYE leaves
// by the RTP time-out, and its EndConferenceOnExit counts then too.
func TestR26_UnpluggedEndsConference(t *testing.T) {
	a := startWith(t, func(c *app.Config) { c.RTPTimeout = 2 * time.Second })
	alice := call(t, a.SIPAddr(), "alice", "board")
	bob := call(t, a.SIPAddr(), "bob", "board")
	request(t, a, "POST", "/board/Participants/"+callSID(t, a, "board", "alice"), url.Values{"EndConferenceOnExit": {"true"}})
	alice.phone.Close()
	bob.wantEnded()
}

// TestM14_DeleteEndsConference: so does its removal over HTTP.
func TestM14_DeleteEndsConference(t *testing.T) {
	a := startApp(t)
	alice := call(t, a.SIPAddr(), "alice", "board")
	bob := call(t, a.SIPAddr(), "bob", "board")
	participant := "/board/Participants/" + callSID(t, a, "board", "alice")
	request(t, a, "POST", participant, url.Values{"EndConferenceOnExit": {"true"}})
	request(t, a, "DELETE", participant, nil)
	alice.wantEnded()
	bob.wantEnded()
}

// TestM13_ExitBeepSeenFromPhones: who stays hears a beep. These phones are
// silent, so any sound is one.
func TestM13_ExitBeepSeenFromPhones(t *testing.T) {
	a := startApp(t)
	dave := call(t, a.SIPAddr(), "dave", "lobby")
	erin := call(t, a.SIPAddr(), "erin", "lobby")
	frank := call(t, a.SIPAddr(), "frank", "lobby")
	request(t, a, "POST", "/lobby/Participants/"+callSID(t, a, "lobby", "frank"), url.Values{"BeepOnExit": {"true"}})
	wantSilence(t, "before", dave, erin) // the beeps of those who came are over then
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	marks := []int{dave.Mark(), erin.Mark()}
	if err := frank.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	for i, c := range []*caller{dave, erin} {
		samples, err := c.Listen(ctx, marks[i], time.Second)
		if err != nil || loudest(samples) < audible {
			t.Errorf("%s heard no beep: %v", c.name, err)
		}
	}
	wantSilence(t, "after", dave, erin)
}

// audible is far above coding noise and far below a beep.
const audible = 500

func loudest(samples []int16) int {
	m := 0
	for _, s := range samples {
		m = max(m, int(s), -int(s))
	}
	return m
}

// wantSilence lets the callers listen and checks the last half second.
func wantSilence(t *testing.T, when string, callers ...*caller) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var marks []int
	for _, c := range callers {
		marks = append(marks, c.Mark())
	}
	for i, c := range callers {
		samples, err := c.Listen(ctx, marks[i], 1500*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if loudest(samples[len(samples)-4000:]) >= audible {
			t.Errorf("%s, %s hears a sound", when, c.name)
		}
	}
}

// TestS64_ByeWhileFetching: a BYE is answered although the HoldUrl's server
// never does, and that server sees its connection close.
func TestS64_ByeWhileFetching(t *testing.T) {
	asked, gone := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	defer server.Close()
	a := startWith(t, func(c *app.Config) {
		c.Fetch.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	alice := call(t, a.SIPAddr(), "alice", "lobby")
	call(t, a.SIPAddr(), "bob", "lobby")
	request(t, a, "POST", "/lobby/Participants/"+callSID(t, a, "lobby", "alice"),
		url.Values{"Hold": {"true"}, "HoldUrl": {server.URL + "/hold.mp3"}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	wantSignal(ctx, t, "request for the hold music", asked)
	if err := alice.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	wantSignal(ctx, t, "end of the fetch", gone)
}

func wantSignal(ctx context.Context, t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-ctx.Done():
		t.Fatalf("no %s", what)
	}
}
