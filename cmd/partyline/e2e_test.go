package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"partyline/sip/phone"
)

// TestE2E_Mute is the thinnest whole path: two phones, one conference, one
// update.
func TestE2E_Mute(t *testing.T) {
	a := startApp(t)
	alice := call(t, a.SIPAddr(), "alice", "lobby")
	bob := call(t, a.SIPAddr(), "bob", "lobby")
	wantHearing(t, "at first", map[*caller]string{alice: "bob", bob: "alice"})

	participant := "/lobby/Participants/" + callSID(t, a, "lobby", "alice")
	body := request(t, a, "POST", participant, url.Values{"Muted": {"true"}})
	if body["muted"] != true {
		t.Errorf("muted = %v in the answer, want true", body["muted"])
	}
	wantHearing(t, "with alice muted", map[*caller]string{alice: "bob", bob: ""})

	request(t, a, "POST", participant, url.Values{"Muted": {"false"}})
	wantHearing(t, "with alice unmuted", map[*caller]string{alice: "bob", bob: "alice"})
}

// TestM14_EndConferenceOnExit: when the participant with the flag hangs up,
// all others get a BYE, and the name is free for a new conference.
func TestM14_EndConferenceOnExit(t *testing.T) {
	a := startApp(t)
	alice := call(t, a.SIPAddr(), "alice", "board")
	bob := call(t, a.SIPAddr(), "bob", "board")
	carol := call(t, a.SIPAddr(), "carol", "board")
	request(t, a, "POST", "/board/Participants/"+callSID(t, a, "board", "alice"),
		url.Values{"EndConferenceOnExit": {"true"}})
	first := request(t, a, "GET", "/board", nil)

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := alice.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	bob.wantEnded()
	carol.wantEnded()

	call(t, a.SIPAddr(), "bob", "board")
	if second := request(t, a, "GET", "/board", nil); second["sid"] == first["sid"] {
		t.Error("a call after the end joined the ended conference")
	}
	ended := request(t, a, "GET", "/"+first["sid"].(string), nil)
	if ended["status"] != "completed" || ended["reason_conference_ended"] != "participant-with-end-conference-on-exit-left" {
		t.Errorf("status %v, reason %v", ended["status"], ended["reason_conference_ended"])
	}
}

// TestL01_Drain: SIGTERM ends all calls with a BYE and the program with 0.
func TestL01_Drain(t *testing.T) {
	p := startProcess(t)
	alice := call(t, p.sip, "alice", "lobby")
	bob := call(t, p.sip, "bob", "sales")
	p.signal()
	alice.wantEnded()
	bob.wantEnded()
	p.wantExit(0)
}

// TestL02_SecondSignal: while a phone leaves its BYE unanswered the bridge
// waits and refuses calls; the second SIGTERM ends it.
func TestL02_SecondSignal(t *testing.T) {
	p := startProcess(t)
	alice := call(t, p.sip, "alice", "lobby")
	bob := call(t, p.sip, "bob", "lobby")
	alice.phone.Close()
	p.signal()
	bob.wantEnded()

	carol, err := phone.New(phone.Config{Name: "carol"})
	if err != nil {
		t.Fatal(err)
	}
	defer carol.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = carol.Call(ctx, "sip:lobby@"+p.sip.String())
	var refused *phone.Refused
	if !errors.As(err, &refused) || refused.Status != 503 || refused.Header("Retry-After") == "" {
		t.Errorf("a call while draining got %v, want 503 with Retry-After", err)
	}
	p.signal()
	p.wantExit(0)
}

// TestServeListeners: calls come in at every SIP address, into the same
// conferences; the ready line and the greeting name all. SIGINT drains too.
func TestServeListeners(t *testing.T) {
	p := startProcess(t, "--sip", "udp:127.0.0.2:0")
	if len(p.listeners) != 2 || p.listeners[0].Addr() == p.listeners[1].Addr() {
		t.Fatalf("ready at %v, want two addresses", p.listeners)
	}
	alice := call(t, p.listeners[0], "alice", "lobby")
	bob := call(t, p.listeners[1], "bob", "lobby")
	wantHearing(t, "at two addresses", map[*caller]string{alice: "bob", bob: "alice"})
	p.send(syscall.SIGINT)
	alice.wantEnded()
	bob.wantEnded()
	p.wantExit(0)
	out, err := os.ReadFile(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range p.listeners {
		if !strings.Contains(string(out), "sip:lobby@"+addr.String()) {
			t.Errorf("the greeting does not name %s:\n%s", addr, out)
		}
	}
}

var curlLine = regexp.MustCompile(`(?m)curl -s -H "([^:]+): ([^"]+)" "(http://[^"]+)"$`)

// TestServeGreeting: what serve prints for a person to try does work.
func TestServeGreeting(t *testing.T) {
	p := startProcess(t)
	out, err := os.ReadFile(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	target := regexp.MustCompile(`sip:(\w+)@(\S+)`).FindStringSubmatch(string(out))
	curl := curlLine.FindStringSubmatch(string(out))
	if target == nil || curl == nil {
		t.Fatalf("no SIP URI or no curl line in %q", out)
	}
	call(t, netip.MustParseAddrPort(target[2]), "alice", target[1])

	r, err := http.NewRequestWithContext(t.Context(), "GET", curl[3], nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(curl[1], curl[2])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), `"friendly_name":"`+target[1]+`"`) {
		t.Errorf("%s answers %s: %s", curl[0], res.Status, body)
	}
	p.signal()
	p.wantExit(0)
}

// TestServeKeepsSecrets: a token that was given is shown nowhere, whatever is
// logged and whoever sends it.
func TestServeKeepsSecrets(t *testing.T) {
	p := startProcess(t, "--account", testAccount.SID+":hunter2hunter2", "--log-level", "debug")
	alice := call(t, p.sip, "alice", "lobby")
	for _, credentials := range [][2]string{{testAccount.SID, "hunter2hunter2"}, {testAccount.SID, "hunter2"}, {"hunter2hunter2", "x"}} {
		for _, auth := range []func(*http.Request){
			func(r *http.Request) { r.SetBasicAuth(credentials[0], credentials[1]) },
			func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+credentials[1]) },
		} {
			p.get(auth)
		}
	}
	p.signal()
	alice.wantEnded()
	p.wantExit(0)
	out, err := os.ReadFile(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	if all := string(out) + p.stderr.String(); strings.Contains(all, "hunter2") {
		t.Errorf("the token is shown:\n%s", all)
	}
	if !strings.Contains(string(out), testAccount.SID) || !strings.Contains(p.stderr.String(), "status=200") {
		t.Errorf("the greeting %q does not name the account, or nothing was logged:\n%s", out, p.stderr.String())
	}
}

// TestS109_NamesOfPhones: what a phone writes into its names cannot break out
// of a JSON string or a line of the log.
func TestS109_NamesOfPhones(t *testing.T) {
	p := startProcess(t, "--account", testAccount.SID+":"+testAccount.Token, "--log-level", "debug")
	for _, name := range []string{"%22%2c%22muted%22:1", "<b>&amp;", "x%0d%0aready%20sip=evil", "tab%09", "%e2%80%ae%e2%80%a8x", "%ff%fe"} {
		evil, err := phone.New(phone.Config{Name: strings.ReplaceAll(strings.ReplaceAll(name, "<", "%3c"), ">", "%3e")})
		if err != nil {
			t.Fatal(err)
		}
		defer evil.Close()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, err = evil.Call(ctx, "sip:"+url.PathEscape("<script>\"\\\u2028")+"@"+p.sip.String(),
			phone.WithHeader("Subject", name), phone.WithHeader("P-Asserted-Identity", "<sip:"+name+"@x>"))
		var refused *phone.Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := evil.Call(ctx, "sip:"+name+"@"+p.sip.String()); err != nil && !errors.As(err, &refused) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	status, body := p.get(func(r *http.Request) { r.SetBasicAuth(testAccount.SID, testAccount.Token) })
	if status != 200 || !json.Valid([]byte(body)) || !strings.Contains(body, `"<script>\"\\\u2028"`) {
		t.Errorf("%d %s", status, body)
	}
	p.signal()
	p.wantExit(0)
	for line := range strings.Lines(p.stderr.String()) {
		if !strings.HasPrefix(line, "time=") && !readyLine.MatchString(strings.TrimSpace(line)) || strings.HasPrefix(line, "ready sip=evil") {
			t.Errorf("a line of the log is %q", line)
		}
	}
}

// get lists the conferences of the test's account.
func (p *process) get(auth func(*http.Request)) (status int, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET",
		"http://"+p.http.String()+"/v2/texml/Accounts/"+testAccount.SID+"/Conferences", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	auth(r)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(data)
}
