package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestH15_Credentials(t *testing.T) {
	c, _ := newClient(t)
	const telnyxPath, twilioPath = "/v2/texml/Accounts/acct-1/Conferences", "/2010-04-01/Accounts/acct-1/Conferences.json"
	header := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["Authorization"] = values }
	}
	for name, auth := range map[string]func(*http.Request){
		"bearer":       bearer(tokenB),
		"bearer, case": header("bearer   " + tokenB + " "),
		"basic":        basic(sidB, tokenB),
	} {
		t.Run(name, func(t *testing.T) {
			c.as(auth).get(telnyxPath).want(200)
			c.as(auth).get(twilioPath).want(200)
		})
	}
	for name, auth := range map[string]func(*http.Request){
		"none":                 nil,
		"wrong token":          bearer("nobody"),
		"empty bearer":         header("Bearer "),
		"empty":                header(""),
		"no scheme":            header(tokenB),
		"other scheme":         header("Digest " + tokenB),
		"cut token":            bearer(tokenB[:len(tokenB)-1]),
		"longer token":         bearer(tokenB + "x"),
		"basic, wrong":         basic(sidB, "nobody"),
		"basic, empty":         basic(sidB, ""),
		"basic, no user":       basic("", tokenB),
		"basic, other user":    basic(sidA, tokenB),
		"basic, unknown user":  basic("SKx", tokenB),
		"basic, not base64":    header("Basic !!!"),
		"two headers":          header("Bearer "+tokenB, "Bearer "+tokenB),
		"token in query":       func(r *http.Request) { r.URL.RawQuery = "token=" + tokenB },
		"token with its id":    bearer(sidB + ":" + tokenB),
		"basic, colon in user": basic(sidB+":"+tokenB, ""),
	} {
		t.Run(name, func(t *testing.T) {
			a := c.as(auth).get(telnyxPath).want(401)
			if a.telnyxError()["code"] != "10009" {
				t.Error(a.raw)
			}
			a = c.as(auth).get(twilioPath).want(401).has("code", 20003.0)
			if got := a.header.Values("WWW-Authenticate"); len(got) != 2 || !strings.HasPrefix(got[0], "Bearer ") || !strings.HasPrefix(got[1], "Basic ") {
				t.Errorf("WWW-Authenticate: %q", got)
			}
		})
	}
}

// Every resource of another account answers as one that nobody has, byte for
// byte, whatever the method and body.
func TestH15_NoOracle(t *testing.T) {
	c, b := newClient(t)
	foreign := b.Conferences(sidA)[0]
	for _, base := range []string{"/v2/texml/Accounts/", "/2010-04-01/Accounts/"} {
		nobody := c.get(base + "ACnobody/Conferences").want(404).raw
		for _, path := range []string{
			sidA + "/Conferences",
			sidA + "/Conferences/" + foreign.ID,
			sidA + "/Conferences/" + foreign.ID + "/Participants/" + foreign.Participants[0].CallID,
			sidB + "/Conferences/" + foreign.ID,
			sidB + "/Conferences/" + foreign.ID + "/Participants",
			sidB + "/Conferences/Room%201234/Participants/" + foreign.Participants[0].CallID,
			"ACnobody/Conferences/" + foreign.ID,
		} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				a := c.send(method, base+path, formType, "Muted=true")
				if strings.HasPrefix(path, sidB) && a.code == 405 {
					continue // an own path without this method
				}
				if a.want(404); a.raw != nobody {
					t.Errorf("%s %s answers %s", method, path, a.raw)
				}
			}
		}
	}
	if len(b.updates)+len(b.ended) != 0 || foreign.Participants[0].Muted {
		t.Error("a foreign participant was touched")
	}
}

// Two accounts with conferences and labels of the same name see only theirs.
func TestAccountsAreApart(t *testing.T) {
	c, b := newClient(t)
	a := c.as(bearer(tokenA))
	a.post("/texml/Accounts/"+sidA+"/Conferences/Room%201234/Participants/alice", "Muted=true").want(200)
	c.get(telnyxAlice).want(200).has("muted", false).has("account_sid", sidB)
	items := a.get("/texml/Accounts/" + sidA + "/Conferences").want(200).items()
	if len(items) != 1 || items[0]["sid"] != b.Conferences(sidA)[0].ID {
		t.Errorf("account A sees %v", items)
	}
}

func TestEmptyTokensLetNobodyIn(t *testing.T) {
	h := New(Options{Bridge: newFake(), Accounts: []Account{{sidA, ""}, {"", "x"}}})
	c := &client{t, h, basic(sidA, "")}
	c.get("/v2/texml/Accounts/" + sidA + "/Conferences").want(401)
	c.as(bearer("x")).get("/v2/texml/Accounts/" + sidA + "/Conferences").want(401)
}

// A browser that has learned Basic credentials must not lend them to a web
// page from elsewhere.
func TestCrossOriginRequests(t *testing.T) {
	c, b := newClient(t)
	foreign := func(r *http.Request) {
		r.SetBasicAuth(sidB, tokenB)
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	if e := c.as(foreign).post(telnyxAlice, "Muted=true").want(403).telnyxError(); e["code"] != "10010" {
		t.Error(e)
	}
	c.as(foreign).send("DELETE", twilioAlice, "", "").want(403).has("code", 20403.0)
	if len(b.updates) != 0 {
		t.Error("the update came through")
	}
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Bridge: newFake(), Accounts: twoAccounts, RateLimit: 3})
		c := &client{t, h, bearer(tokenB)}
		for left := 2; left >= 0; left-- {
			a := c.get(telnyxAlice).want(200)
			for name, want := range map[string]string{"X-Ratelimit-Limit": "3", "X-Ratelimit-Remaining": strconv.Itoa(left), "X-Ratelimit-Reset": "1"} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		}
		a := c.get(telnyxAlice).want(429)
		if a.header.Get("Retry-After") != "1" || a.telnyxError()["code"] != "10011" {
			t.Errorf("%v %s", a.header, a.raw)
		}
		c.get(twilioAlice).want(429).has("code", 20429.0)
		c.as(bearer(tokenA)).get("/texml/Accounts/" + sidA + "/Conferences").want(200) // has a bucket of its own
		c.as(bearer("nobody")).get(telnyxAlice).want(401)
		c.as(nil).get("/readyz").want(200)
		time.Sleep(time.Second)
		c.get(telnyxAlice).want(200)
	})
}

func TestNoRateLimit(t *testing.T) {
	c, _ := newClient(t)
	for range 1000 {
		if a := c.get(telnyxAlice).want(200); a.header.Get("X-Ratelimit-Limit") != "" {
			t.Fatal("a limit is announced where there is none")
		}
	}
}

func TestCheckListen(t *testing.T) {
	one := []Account{{"acct-1", "x"}}
	for addr, loopback := range map[string]bool{
		"127.0.0.1:8080": true, "127.9.9.9:0": true, "[::1]:8080": true, "localhost:80": true, "LOCALHOST:80": true,
		"[::ffff:127.0.0.1]:80": true,
		":8080":                 false, "0.0.0.0:8080": false, "[::]:8080": false, "192.0.2.1:80": false,
		"example.com:80": false, "localhost.example.com:80": false, "[fe80::1%25lo]:80": false,
	} {
		err := CheckListen(addr, nil)
		if (err == nil) != loopback {
			t.Errorf("%s without an account: %v", addr, err)
		}
		if err != nil && !(strings.Contains(err.Error(), "--account SID:TOKEN") && strings.Contains(err.Error(), addr)) {
			t.Errorf("%s: no help in %q", addr, err)
		}
		if err := CheckListen(addr, one); err != nil {
			t.Errorf("%s with an account: %v", addr, err)
		}
	}
	for _, addr := range []string{"", "8080", "127.0.0.1", "::1"} {
		if CheckListen(addr, one) == nil {
			t.Errorf("%q passed", addr)
		}
	}
}

func TestCheckAccounts(t *testing.T) {
	if err := CheckAccounts([]Account{{"AC1", "x"}, {"b_2.c-d", `y:"~`}}); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]Account{
		{{"", "secret"}}, {{"a", ""}}, {{"a:b", "secret"}}, {{"a/b", "secret"}}, {{"a b", "secret"}}, {{"é", "secret"}}, {{"..", "secret"}},
		{{"a", "sec ret"}}, {{"a", "sécret"}}, {{"a", "secret\n"}},
		{{"a", "x"}, {"a", "secret"}}, {{"a", "secret"}, {"b", "secret"}},
	} {
		err := CheckAccounts(bad)
		if err == nil || strings.Contains(err.Error(), "ecret") {
			t.Errorf("%v: %v", bad, err)
		}
		if CheckListen("127.0.0.1:1", bad) == nil {
			t.Errorf("%v may listen", bad)
		}
	}
}

// Nothing a client sends as a secret may show up in a log, at any level.
func TestLogsHoldNoCredentials(t *testing.T) {
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	h := New(Options{Bridge: newFake(), Accounts: twoAccounts, Log: slog.New(slog.NewTextHandler(&log, level))})
	for _, auth := range []func(*http.Request){bearer(tokenB), basic(sidB, tokenB), bearer("wrong-secret"), basic(sidB, "wrong-secret")} {
		c := &client{t, h, auth}
		c.get(telnyxAlice + "?PageToken=query-secret")
		c.post(twilioAlice, "HoldUrl=http://u:body-secret@e.x/&Muted=true")
	}
	slog.New(slog.NewTextHandler(&log, level)).Info("x", "account", twoAccounts[1], "accounts", twoAccounts)
	for _, secret := range []string{tokenA, tokenB, "secret", "Bearer", "Basic"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, log.String())
		}
	}
	if !strings.Contains(log.String(), "account="+sidB) || !strings.Contains(log.String(), "status=401") {
		t.Errorf("the log says too little:\n%s", log.String())
	}
}

// What changes something is logged by default, and reading is not.
func TestChangesAreLogged(t *testing.T) {
	var log bytes.Buffer
	h := New(Options{Bridge: newFake(), Accounts: twoAccounts, Log: slog.New(slog.NewTextHandler(&log, nil))})
	c := &client{t, h, bearer(tokenB)}
	c.get(telnyxAlice).want(200)
	if log.Len() != 0 {
		t.Errorf("a fetch is logged: %s", log.String())
	}
	c.post(telnyxAlice, "Muted=true").want(200)
	c.send("DELETE", telnyxAlice, "", "").want(204)
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "method=POST") || !strings.Contains(text, "method=DELETE") {
		t.Errorf("logged: %s", text)
	}
}

func TestRequestIDsAndSecurityHeaders(t *testing.T) {
	c, _ := newClient(t)
	seen := map[string]bool{}
	for _, path := range []string{telnyxAlice, telnyxAlice, "/nowhere", "/healthz", "/v2/texml/Accounts/x"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Request-Id", "chosen by the client")
		h := c.do(r).header
		id := h.Get("X-Request-Id")
		if len(id) != 32 || seen[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		seen[id] = true
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}
