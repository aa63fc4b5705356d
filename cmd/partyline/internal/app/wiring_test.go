package app

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"partyline/api"
	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/sip"
	"partyline/sip/sdp"
)

// TestSettingsReachTheirPart: each setting is passed on. Only the addresses of
// HTTP and RTP, which are listened on, and the log level are not seen here.
func TestSettingsReachTheirPart(t *testing.T) {
	network := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	a := &App{log: slog.New(slog.DiscardHandler), accounts: []Account{{"AC1", "x"}, {"AC2", "y"}}, cfg: Config{
		SIP:             []Listen{{At: Address{"udp", netip.MustParseAddrPort("127.0.0.1:1")}}, {At: Address{"udp", netip.MustParseAddrPort("[::1]:2")}, SRTP: "required"}},
		Codecs:          []string{"pcma", "opus"},
		CodecOrder:      "own",
		ComfortNoise:    true,
		MaxRate:         16000,
		ClampDTMF:       true,
		RTPSource:       "probation",
		Advertise:       netip.MustParseAddr("203.0.113.7"),
		Fetch:           Fetch{Allow: network},
		MaxCalls:        1,
		MaxParticipants: 2,
		MinToStart:      3,
		RTPTimeout:      4 * time.Second,
		MaxAge:          5 * time.Hour,
		AnnounceMode:    "replace",
		Metrics:         Metrics{Token: "7", Participants: 8},
		Admission:       []sip.Rule{{User: "*"}},
		Version:         "6",
	}}
	for _, c := range []struct{ got, want any }{
		{a.promptOptions(), prompt.Options{Allow: network, Log: a.log}},
		{a.bridgeConfig(nil).AnnounceReplaces, true},
		{a.bridgeConfig(nil).MaxParticipants, 2},
		{a.bridgeConfig(nil).MinToStart, 3},
		{a.bridgeConfig(nil).RTPTimeout, 4 * time.Second},
		{a.bridgeConfig(nil).MaxAge, 5 * time.Hour},
		{a.bridgeConfig(nil).MaxRate, 16000},
		{a.bridgeConfig(nil).ClampDTMF, true},
		{a.bridgeConfig(nil).Source, media.SourceProbation},
		{a.metricsOptions().Token, "7"},
		{a.metricsOptions().Participants, 8},
		{a.metricsOptions().Version, "6"},
		{withoutObserver(a.apiOptions()), api.Options{
			Bridge: (*bridge.Bridge)(nil), Accounts: []api.Account{{SID: "AC1", Token: "x"}, {SID: "AC2", Token: "y"}},
			RateLimit: api.DefaultRateLimit, Log: a.log, Version: "6",
		}},
		{a.sipOptions(), sip.Options{
			Log:    a.log,
			Listen: []sip.Listener{{Addr: "udp:127.0.0.1:1", SRTP: sdp.SRTPOptional}, {Addr: "udp:[::1]:2", SRTP: sdp.SRTPRequired}},
			Codecs: []bridge.Codec{bridge.PCMA, bridge.Opus}, OwnOrder: true, ComfortNoise: true, Advertise: a.cfg.Advertise,
			Account: "AC1", Rules: a.cfg.Admission, MaxCalls: 1,
		}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
	a.cfg.RTPTimeout, a.cfg.AnnounceMode = 0, "mix"
	if b := a.bridgeConfig(nil); b.RTPTimeout >= 0 || b.AnnounceReplaces {
		t.Errorf("rtp_timeout 0 and mix become %v and %v", b.RTPTimeout, b.AnnounceReplaces)
	}
}

// withoutObserver are options that can be compared.
func withoutObserver(o api.Options) api.Options {
	o.Observe = nil
	return o
}

// TestMetrics: the metrics are where the settings say, for who has the token,
// and count what the API and SIP do.
func TestMetrics(t *testing.T) {
	cfg := Loopback()
	cfg.Metrics = Metrics{Listen: "127.0.0.1:0", Token: "secret", Participants: 1}
	cfg.Version = "9.8.7"
	a, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if res, err := http.Get("http://" + a.HTTPAddr().String() + "/metrics"); err != nil || res.StatusCode != 404 {
		t.Errorf("the API's listener answers %v, %v; want 404", res, err)
	} else {
		res.Body.Close()
	}
	get := func(token string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+a.MetricsAddr().String()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := get("guess"); status != 401 || strings.Contains(body, "partyline_") {
		t.Errorf("a wrong token gets %d: %s", status, body)
	}
	status, body := get("secret")
	for _, want := range []string{
		`version="9.8.7"`, "partyline_sip_calls 0", "partyline_conferences 0",
		`partyline_http_requests_total{method="GET",resource="none",status="404"} 1`,
	} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d without %s in\n%s", status, want, body)
		}
	}
}

// TestCrowd: one client that holds as many connections as it may gets no
// further one, and those it has still serve.
func TestCrowd(t *testing.T) {
	a, err := Start(t.Context(), Loopback())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const most = 250
	var first net.Conn
	for range most {
		c := dial(t, a)
		defer c.Close()
		if first == nil {
			first = c
		}
	}
	late := dial(t, a)
	defer late.Close()
	late.SetReadDeadline(time.Now().Add(5 * time.Second)) // sooner than a silent client is cut
	if _, err := late.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one too many was let in: %v", err)
	}
	client := http.Client{Transport: &http.Transport{Dial: func(string, string) (net.Conn, error) { return first, nil }}}
	res, err := client.Get("http://" + a.HTTPAddr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 200 {
		t.Errorf("the first one got %s, %v", res.Status, err)
	}
}

func dial(t *testing.T, a *App) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", a.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
