//go:build interop

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// These tests let the vendors' own client libraries, in the versions that
// testdata/interop/sdk pins, control the running program while phones are in
// its conferences. They fail when node and npm are not installed.

// sdkConfig lets a phone choose its label: NAME~LABEL dials conference NAME.
const sdkConfig = `
admission:
  - user: '/(?P<conference>[^~]+)~(?P<label>.+)/'
    conference: ${conference}
    label: ${label}
  - user: '*'
`

// driver is the Node.js program that holds the client libraries.
type driver struct {
	t      *testing.T
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// startDriver installs the libraries in a folder of its own and starts the
// driver, which will talk to the API at http://addr.
func startDriver(t *testing.T, addr string) *driver {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "interop", "sdk"))); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	cmd := exec.Command("node", "driver.mjs", "http://"+addr)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() // the driver's loop ends with its input
		if err := cmd.Wait(); err != nil {
			t.Errorf("the driver ended with %v", err)
		}
	})
	return &driver{t, stdin, bufio.NewReader(stdout)}
}

// step is a call of a method, as the driver takes it. A property is its bare
// name.
type step []any

type fields = map[string]any

// outcome is what a chain of calls gave.
type outcome struct {
	t        *testing.T
	of       string // what was called
	Value    any
	Error    fields
	Requests []string
}

// sdk is one client library with one account's credentials.
type sdk struct {
	*driver
	name, account, token string
}

// do follows steps from a new client.
func (s sdk) do(steps ...any) *outcome {
	s.t.Helper()
	command, err := json.Marshal(fields{"sdk": s.name, "account": s.account, "token": s.token, "steps": steps})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.stdin, "%s\n", command); err != nil {
		s.t.Fatal(err)
	}
	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("%s: the driver is gone: %v", command, err)
	}
	o := &outcome{t: s.t, of: fmt.Sprint(s.name, steps)}
	if err := json.Unmarshal(line, o); err != nil {
		s.t.Fatalf("%s: %v in %s", command, err, line)
	}
	return o
}

// object returns the result, which must be an object with these fields among
// its own.
func (o *outcome) object(want fields) fields {
	o.t.Helper()
	got, ok := o.Value.(fields)
	if !ok || o.Error != nil {
		o.t.Fatalf("%s gives %v, error %v", o.of, o.Value, o.Error)
	}
	o.compare(got, want)
	return got
}

// refused checks the error that the library threw, and that it did not try
// again.
func (o *outcome) refused(want fields) {
	o.t.Helper()
	if o.Error == nil {
		o.t.Fatalf("%s gives %v, want an error", o.of, o.Value)
	}
	o.compare(o.Error, want)
	if len(o.Requests) != 1 {
		o.t.Errorf("%s was tried %d times: %v", o.of, len(o.Requests), o.Requests)
	}
}

// done checks that a removal went well.
func (o *outcome) done() {
	o.t.Helper()
	if o.Error != nil {
		o.t.Fatalf("%s: %v", o.of, o.Error)
	}
}

// compare looks at the wanted fields only.
func (o *outcome) compare(got, want fields) {
	o.t.Helper()
	for name, value := range want {
		if g, there := got[name]; !there || fmt.Sprint(g) != fmt.Sprint(value) {
			o.t.Errorf("%s: %s = %v, want %v in %v", o.of, name, g, value, got)
		}
	}
}

// column returns one field of each object in a list.
func (o *outcome) column(list any, name string) (all []string) {
	o.t.Helper()
	items, ok := list.([]any)
	if !ok {
		o.t.Fatalf("%s gives no list: %v, error %v", o.of, o.Value, o.Error)
	}
	for _, item := range items {
		all = append(all, fmt.Sprint(item.(fields)[name]))
	}
	return all
}

// The labels of alice and bob.
const agent, dotted = "agent one", "a.bé"

// party is a conference with three phones in it.
type party struct {
	*process
	alice, bob, carol *caller
}

// startParty starts the program and lets the phones call "Board Room", with
// labels that are not easy to get into a path.
func startParty(t *testing.T, carol string) *party {
	t.Helper()
	p := &party{process: startProcess(t, "--config", writeFile(t, sdkConfig), "--account", testAccount.SID+":"+testAccount.Token)}
	join := func(name, label string) *caller {
		return call(t, p.sip, name, "Board%20Room~"+url.PathEscape(label))
	}
	p.alice, p.bob, p.carol = join("alice", agent), join("bob", dotted), join("carol", carol)
	return p
}

// wantHearing compares whom each of the three hears.
func (p *party) wantHearing(when, alice, bob, carol string) {
	p.t.Helper()
	wantHearing(p.t, when, map[*caller]string{p.alice: alice, p.bob: bob, p.carol: carol})
}

// wantRecent checks a time that a library has parsed or left as it was.
func wantRecent(t *testing.T, layout string, value any) {
	t.Helper()
	at, err := time.Parse(layout, fmt.Sprint(value))
	if err != nil || at.After(time.Now().Add(time.Second)) || time.Since(at) > 5*time.Minute {
		t.Errorf("%v is not a time of this test: %v", value, err)
	}
}
