package app

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestStartAndClose: an App answers on the addresses it reports, and leaves no
// goroutine behind (TestMain).
func TestStartAndClose(t *testing.T) {
	cfg := Loopback()
	cfg.Version = "9.8.7"
	a, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a.SIPAddr().Port() == 0 || a.HTTPAddr().Port() == 0 {
		t.Errorf("addresses %s and %s, want real ports", a.SIPAddr(), a.HTTPAddr())
	}
	if !regexp.MustCompile(`^AC[0-9a-f]{32}$`).MatchString(a.Account().SID) || len(a.Account().Token) != 32 {
		t.Errorf("made up the account %s with a token of %d digits", a.Account().SID, len(a.Account().Token))
	}
	res, err := http.Get("http://" + a.HTTPAddr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != 200 || !strings.Contains(string(body), "9.8.7") {
		t.Errorf("/healthz answers %s %s", res.Status, body)
	}
	http.DefaultClient.CloseIdleConnections()
	a.Close()
	a.Close() // again changes nothing
}

func TestAccountsAreMadeUpAnew(t *testing.T) {
	if a, b := NewAccount(), NewAccount(); a.SID == b.SID || a.Token == b.Token {
		t.Error("two made-up accounts are alike")
	}
}

// TestStartFails: what cannot be had is an error that names the setting, and
// everything started before it is gone again (TestMain).
func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	for name, c := range map[string]struct {
		spoil  func(*Config)
		remedy string
	}{
		"http: ":           {func(c *Config) { c.HTTP = taken.Addr().String() }, "another port"},
		"metrics.listen: ": {func(c *Config) { c.Metrics.Listen = taken.Addr().String() }, "another port"},
		"sip: ":            {func(c *Config) { c.SIP[0].At.AddrPort = takenUDP.LocalAddr().(*net.UDPAddr).AddrPort() }, "another port"},
		"rtp: ":            {func(c *Config) { c.RTP.Addr = netip.MustParseAddr("192.0.2.1") }, "address of this machine"},
		"accounts: ":       {func(c *Config) { c.Accounts = []Account{{SID: "AC1"}} }, "token"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Loopback()
			c.spoil(&cfg)
			if a, err := Start(t.Context(), cfg); err == nil {
				a.Close()
				t.Error("started")
			} else if text := err.Error(); !strings.HasPrefix(text, name) || !strings.Contains(text, c.remedy) {
				t.Errorf("error %q, want one that begins with %q and says %q", text, name, c.remedy)
			}
		})
	}
}
