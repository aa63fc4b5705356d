package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"partyline/cmd/partyline/internal/app"
	"partyline/mixer/tone"
	"partyline/sip/phone"
)

// These tests run the whole program over real sockets. They look at what was
// heard and what was answered, never at how long it took: patience only bounds
// how long a broken bridge can keep them.
const patience = 30 * time.Second

// runMain makes the test binary behave as the program.
const runMain = "PARTYLINE_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// testAccount owns the calls of these tests.
var testAccount = app.Account{SID: "AC00000000000000000000000000000001", Token: "secret"}

// startApp starts a bridge in this process, on free ports of loopback.
func startApp(t *testing.T) *app.App {
	t.Helper()
	cfg := app.Loopback()
	cfg.Accounts = []app.Account{testAccount}
	a, err := app.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return a
}

// voices are the tones the phones speak, by name.
var voices = map[string]int{"alice": tone.Set[0], "bob": tone.Set[1], "carol": tone.Set[2]}

// caller is a phone in a call.
type caller struct {
	*phone.Call
	t     *testing.T
	name  string
	phone *phone.Phone
}

// call lets a new phone, which speaks its name's tone, call a conference.
func call(t *testing.T, sip netip.AddrPort, name, conference string) *caller {
	t.Helper()
	voice := &tone.Sine{Hz: voices[name], Level: -20}
	p, err := phone.New(phone.Config{Name: name, Voice: voice.Fill})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := p.Call(ctx, "sip:"+conference+"@"+sip.String())
	if err != nil {
		t.Fatalf("%s calls %s: %v", name, conference, err)
	}
	return &caller{c, t, name, p}
}

// wantHearing lets all callers listen for a second and compares whom each of
// them hears with want, as in "alice bob".
func wantHearing(t *testing.T, when string, want map[*caller]string) {
	t.Helper()
	var listening sync.WaitGroup
	for c, names := range want {
		listening.Go(func() { c.wantHears(when, names) })
	}
	listening.Wait()
}

// wantHears is wantHearing for one caller. What comes first is left out: it
// may have been on its way before the last request, and a beep may be in it.
func (c *caller) wantHears(when, want string) {
	c.t.Helper()
	const settling, window = 800 * time.Millisecond, 8000
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	samples, err := c.Listen(ctx, c.Mark(), settling+time.Second)
	if err != nil {
		c.t.Errorf("%s, %s: %v", when, c.name, err)
		return
	}
	samples = samples[len(samples)-window:]
	if got := tone.Hears(samples, 8000, voices); got != want {
		c.t.Errorf("%s, %s hears %q, want %q", when, c.name, got, want)
	}
}

// wantEnded waits until the bridge has hung up.
func (c *caller) wantEnded() {
	c.t.Helper()
	select {
	case <-c.Done():
	case <-time.After(patience):
		c.t.Fatalf("%s was not hung up", c.name)
	}
	if c.EndReason() == "hung up" || c.EndReason() == "unplugged" {
		c.t.Errorf("%s ended the call itself: %s", c.name, c.EndReason())
	}
}

// request sends one request to the control API and returns the decoded body.
func request(t *testing.T, a *app.App, method, path string, form url.Values) map[string]any {
	t.Helper()
	target := "http://" + a.HTTPAddr().String() + "/v2/texml/Accounts/" + testAccount.SID + "/Conferences" + path
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+testAccount.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s %v", method, path, res.Status, data, err)
	}
	var body map[string]any
	if len(data) > 0 {
		if err := json.Unmarshal(data, &body); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return body
}

// callSID finds the participant whose phone has that name.
func callSID(t *testing.T, a *app.App, conference, name string) string {
	t.Helper()
	list, _ := request(t, a, "GET", "/"+conference+"/Participants", nil)["participants"].([]any)
	for _, item := range list {
		p := item.(map[string]any)
		if from, _ := p["from"].(string); strings.Contains(from, name) {
			return p["call_sid"].(string)
		}
	}
	t.Fatalf("%s is not among the participants %v", name, list)
	return ""
}

// process is the program, running.
type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	stdout    string          // the file it writes to
	stderr    strings.Builder // complete after wantExit
	sip, http netip.AddrPort
	listeners []netip.AddrPort // all SIP addresses; the first is sip
	log       sync.WaitGroup
}

var readyLine = regexp.MustCompile(`^ready sip=(\S+) http=(\S+)$`)

// startProcess runs `partyline serve` on free ports of loopback and waits for
// the line that says it accepts calls.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t}
	p.cmd = exec.Command(os.Args[0], append([]string{"serve", "--sip", "udp:127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = append(os.Environ(), runMain+"=1")
	p.stdout = filepath.Join(t.TempDir(), "stdout")
	stdout, err := os.Create(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	p.cmd.Stdout = stdout
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	ready := make(chan []string, 1)
	p.log.Go(func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.stderr.WriteString(lines.Text() + "\n")
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m
			}
		}
	})
	select {
	case m := <-ready:
		for addr := range strings.SplitSeq(m[1], ",") {
			p.listeners = append(p.listeners, netip.MustParseAddrPort(addr))
		}
		p.sip, p.http = p.listeners[0], netip.MustParseAddrPort(m[2])
	case <-time.After(patience):
		t.Fatal("not ready")
	}
	return p
}

// signal sends SIGTERM.
func (p *process) signal() {
	p.t.Helper()
	p.send(syscall.SIGTERM)
}

func (p *process) send(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// wantExit waits for the end of the program.
func (p *process) wantExit(status int) {
	p.t.Helper()
	timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	defer timer.Stop()
	p.log.Wait()
	err := p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d (%v), want %d", got, err, status)
	}
}

// within asks again for some seconds until something holds, or says why it
// fails. That is too short for the bridge to give up a dead call by itself.
func within(t *testing.T, holds func() bool, why func() string) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(5 * time.Second); !holds(); <-again.C {
		if time.Now().After(end) {
			t.Error(why())
			return
		}
	}
}
