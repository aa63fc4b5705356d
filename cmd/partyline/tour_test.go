//go:build interop

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestInterop_Tour runs the curl part of the README's tour as it is printed,
// with a phone in the conference. It needs bash and curl.
func TestInterop_Tour(t *testing.T) {
	p := startProcess(t, "--account", testAccount.SID+":"+testAccount.Token)
	alice := call(t, p.sip, "alice", "lobby")
	bob := call(t, p.sip, "bob", "lobby")

	script := strings.ReplaceAll(tour(t), "127.0.0.1:8080", p.http.String())
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", script)
	cmd.Env = append(os.Environ(), "ACCOUNT="+testAccount.SID, "TOKEN="+testAccount.Token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`"friendly_name":"lobby"`, `"muted":true`, `"hold":true`, `"end_conference_on_exit":true`,
	} {
		if !strings.Contains(strings.ReplaceAll(string(out), `": `, `":`), want) {
			t.Errorf("the tour never shows %s:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), `"errors"`) {
		t.Errorf("the tour shows an error:\n%s", out)
	}
	alice.wantEnded()
	bob.wantEnded() // its conference ended with alice
	p.signal()
	p.wantExit(0)
}

// tour returns the shell block of the README that talks to the API.
func tour(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(readme), "```sh\n") {
		if code, _, ok := strings.Cut(block, "```"); ok && strings.HasPrefix(code, "API=") {
			return code
		}
	}
	t.Fatal("the README's tour is gone")
	return ""
}
