package main

import (
	"strings"
	"testing"
)

// TestRun: the exit status tells a mistake in the settings (2) from a failure
// (1), and what was asked for goes to standard output.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string // what stands in them; "" for nothing at all
	}{
		{"version", 0, "partyline " + version, ""},
		{"--help", 0, "demo", ""},
		{"serve --help", 0, "$PARTYLINE_FETCH_ALLOW", ""},
		{"", 2, "", "serve"},
		{"sing", 2, "", "sing"},
		{"serve --config /nowhere.yaml", 2, "", "/nowhere.yaml"},
		{"serve --http 0.0.0.0:0", 2, "", "without an account"},
		{"serve --rtp 192.0.2.1:20000-20001 --http 127.0.0.1:0 --sip udp:127.0.0.1:0", 1, "", "rtp"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr strings.Builder
			if status := run(strings.Fields(c.args), &stdout, &stderr); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			wantText(t, "standard output", stdout.String(), c.stdout)
			wantText(t, "standard error", stderr.String(), c.stderr)
		})
	}
}

func wantText(t *testing.T, where, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("%s is %q, want %q in it", where, got, want)
	}
}
