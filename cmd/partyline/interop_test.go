//go:build interop

package main

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"partyline/cmd/partyline/internal/app"
)

// The interop tests let programs that others wrote call the bridge: SIPp here,
// baresip in interop_baresip_test.go. They fail when these are not installed:
// Debian packages sip-tester and baresip-core.

// sippResult is what SIPp counted.
type sippResult struct {
	successful, failed int
	screen             string // its closing screens
}

var sippCounter = regexp.MustCompile(`(Successful|Failed) call +\| +\d+ +\| +(\d+)`)

// sipp runs a scenario of testdata/interop until all its calls are over.
func sipp(t *testing.T, sip netip.AddrPort, scenario, conference string, args ...string) sippResult {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", "interop", scenario))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sipp", append([]string{
		"-sf", file, "-s", conference, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin",
		"-recv_timeout", "20000", "-trace_err", "-error_file", "errors.txt", sip.String(),
	}, args...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("SIPp did not run: %v", err)
	}
	r := sippResult{screen: string(out)}
	for _, m := range sippCounter.FindAllStringSubmatch(r.screen, -1) {
		n, _ := strconv.Atoi(m[2])
		if m[1] == "Successful" {
			r.successful = n
		} else {
			r.failed = n
		}
	}
	return r
}

// wantSuccessful checks that n calls were made and all went as the scenario
// says.
func (r sippResult) wantSuccessful(t *testing.T, n int) {
	t.Helper()
	if r.successful != n || r.failed != 0 {
		t.Errorf("%d calls went well and %d failed, want %d and 0\n%s", r.successful, r.failed, n, r.screen)
	}
}

// wantNoGhosts waits until the API lists no conference any more, and so no
// participant: a BYE is answered first and takes effect with the next tick.
func wantNoGhosts(t *testing.T, a *app.App) {
	t.Helper()
	ghosts := func() (all []string) {
		for _, status := range []string{"init", "in-progress"} {
			for _, c := range request(t, a, "GET", "?Status="+status, nil)["conferences"].([]any) {
				name := c.(map[string]any)["friendly_name"].(string)
				all = append(all, name+" with "+strings.Join(callers(t, a, name), " "))
			}
		}
		return all
	}
	within(t, func() bool { return len(ghosts()) == 0 }, func() string { return strings.Join(ghosts(), ", ") + " is still there" })
}

// wantOnly waits until the API lists one participant in a conference.
func wantOnly(t *testing.T, a *app.App, conference, name string) {
	t.Helper()
	within(t,
		func() bool {
			all := callers(t, a, conference)
			return len(all) == 1 && strings.Contains(all[0], name)
		},
		func() string { return fmt.Sprint(callers(t, a, conference), " are listed, want only ", name) })
}

// callers lists who the API says is in a conference.
func callers(t *testing.T, a *app.App, conference string) (from []string) {
	t.Helper()
	list := request(t, a, "GET", "/"+conference+"/Participants?PageSize=1000", nil)["participants"].([]any)
	for _, p := range list {
		from = append(from, p.(map[string]any)["from"].(string))
	}
	return from
}

func TestInterop_SIPpCalls(t *testing.T) {
	a := startApp(t)
	sipp(t, a.SIPAddr(), "call.xml", "lobby", "-m", "20", "-r", "20", "-d", "300").wantSuccessful(t, 20)
	wantNoGhosts(t, a)
}

// TestS32_SIPpLosesTenPercent: with every tenth SIP message lost either way,
// all calls are made, each one once.
func TestS32_SIPpLosesTenPercent(t *testing.T) {
	a := startApp(t)
	sipp(t, a.SIPAddr(), "call.xml", "lobby", "-m", "50", "-r", "50", "-d", "300", "-lost", "10").wantSuccessful(t, 50)
	wantNoGhosts(t, a)
}

// TestInterop_SIPpCancels: a CANCEL right behind the INVITE ends the call,
// whether it comes before the 200 or after it.
func TestInterop_SIPpCancels(t *testing.T) {
	a := startApp(t)
	// Unexpected messages are let pass: what overtakes is sent again.
	r := sipp(t, a.SIPAddr(), "cancel.xml", "lobby", "-m", "200", "-r", "100", "-default_behaviors", "none")
	r.wantSuccessful(t, 200)
	wantNoGhosts(t, a)
}

// TestInterop_SIPp200Calls: 200 calls are in one conference at a time, and a
// phone that is in it too hears no hole.
func TestInterop_SIPp200Calls(t *testing.T) {
	a := startApp(t)
	carol := call(t, a.SIPAddr(), "carol", "hall")
	done := make(chan sippResult, 1)
	go func() {
		done <- sipp(t, a.SIPAddr(), "call.xml", "hall", "-m", "200", "-r", "100", "-l", "200", "-d", "8000")
	}()
	most := 0
	for running := true; running; {
		select {
		case r := <-done:
			r.wantSuccessful(t, 200)
			running = false
		default:
			most = max(most, len(callers(t, a, "hall")))
			carol.hear(200 * time.Millisecond) // passes the time
		}
	}
	if most != 201 {
		t.Errorf("at most %d participants were listed, want 201", most)
	}
	wantOnly(t, a, "hall", "carol")
	if s := carol.Stats(); s.Lost > 0 || s.Restarts > 0 {
		t.Errorf("carol's stream has holes: %+v", s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := carol.Hangup(ctx); err != nil {
		t.Error(err)
	}
	wantNoGhosts(t, a)
}

// hear returns the next audio that arrives.
func (c *caller) hear(d time.Duration) []int16 {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	samples, err := c.Listen(ctx, c.Mark(), d)
	if err != nil {
		c.t.Fatalf("%s: %v", c.name, err)
	}
	return samples
}
