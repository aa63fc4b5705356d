package api

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	for path, want := range map[string]target{
		"/v2/texml/Accounts/a/Conferences":                                   {telnyx, "a", conferenceList, "", ""},
		"/texml/Accounts/a/Conferences.json":                                 {telnyx, "a", conferenceList, "", ""},
		"/2010-04-01/Accounts/a/Conferences.json":                            {twilio, "a", conferenceList, "", ""},
		"/2010-04-01/Accounts/a/Conferences/c.json":                          {twilio, "a", oneConference, "c", ""},
		"/2010-04-01/Accounts/a/Conferences/c/Participants.json":             {twilio, "a", participantList, "c", ""},
		"/texml/Accounts/a/Conferences/c/Participants/v3:9X2v_-aiQ":          {telnyx, "a", oneParticipant, "c", "v3:9X2v_-aiQ"},
		"/texml/Accounts/a/Conferences/Room%201/Participants/a%20b%2F%C3%A9": {telnyx, "a", oneParticipant, "Room 1", "a b/é"},
		"/texml/Accounts/a/Conferences/c/Participants/a.b.json":              {telnyx, "a", oneParticipant, "c", "a.b"},
		"/texml/Accounts/a/Conferences/c/Participants/a.json.json":           {telnyx, "a", oneParticipant, "c", "a.json"},
		"/texml/Accounts/a/Conferences/c/Participants/a%2Ejson":              {telnyx, "a", oneParticipant, "c", "a.json"},
		"/texml/Accounts/a/Conferences/c.json/Participants/a":                {telnyx, "a", oneParticipant, "c.json", "a"},
		"/texml/Accounts/a/Conferences/c/Participants/a+b;x=1":               {telnyx, "a", oneParticipant, "c", "a+b;x=1"},
		"/texml/Accounts/a/Conferences/c/Participants/%2e%2e%2f":             {telnyx, "a", oneParticipant, "c", "../"},
	} {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parsePath(u.EscapedPath()); !ok || got != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestParsePathToNothing(t *testing.T) {
	for _, path := range []string{
		"/texml/Accounts/a", "/texml/Accounts/a/", "/texml/Accounts/a/Calls", "/texml/Accounts/a/Conferences/..",
		"/texml/Accounts/a/Conferences/.", "/texml/Accounts/a/Conferences/%2e%2E/Participants", "/texml/Accounts/a/Conferences/",
		"/texml/Accounts/a/Conferences/.json", "/texml/Accounts/a/Conferences/%FF", "/texml/Accounts/a/Conferences/c/Recordings",
		"/texml/Accounts/a/Conferences/c/Participants/p/x",
	} {
		if got, ok := parsePath(path); !ok || got.resource != nothing || got.dialect != telnyx {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for _, path := range []string{"", "/", "*", "/texml/Accounts", "/v3/texml/Accounts/a", "//texml/Accounts/a/Conferences"} {
		if got, ok := parsePath(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestH14_Labels(t *testing.T) {
	c, b := newClient(t)
	for i, path := range []string{"alice", "agent%20one%2F%C3%A9", "agent%20one%2f%c3%a9", "a.b", "a%2Eb", "%61lice.json", "a.b.json"} {
		for _, base := range []string{"/texml", "/v2/texml", "/2010-04-01"} {
			a := c.get(base + "/Accounts/acct-1/Conferences/Room%201234/Participants/" + path)
			if a.code != 200 {
				t.Errorf("%d: %s%s: %d", i, base, path, a.code)
			}
		}
	}
	byID := b.Conferences(sidB)[0]
	c.get("/texml/Accounts/acct-1/Conferences/"+byID.ID+"/Participants/"+byID.Participants[1].CallID).want(200).has("label", "agent one/é")
}

func TestH13_Unknown(t *testing.T) {
	c, _ := newClient(t)
	for _, tail := range []string{
		"/nobody/Conferences", "/acct-1/Conferences/CFnone", "/acct-1/Conferences/CFnone/Participants",
		"/acct-1/Conferences/CFnone/Participants/alice", "/acct-1/Conferences/Room%201234/Participants/CAnone",
		"/acct-1/Conferences/Room%201234/Participants/bob", "/acct-1/Conferences/room%201234",
		"/acct-1/Conferences/Room%201234/Participants/alice/x", "/acct-1", "/acct-1/Calls", "/acct-1/Recordings.json",
	} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			a := c.send(method, "/v2/texml/Accounts"+tail, formType, "")
			if a.code == 405 {
				continue
			}
			if e := a.want(404).telnyxError(); e["detail"] != "Resource not found" || e["code"] != "10005" || e["title"] == "" {
				t.Errorf("%s %s: %s", method, tail, a.raw)
			}
			c.send(method, "/2010-04-01/Accounts"+tail, formType, "").want(404).
				has("code", 20404.0).has("status", 404.0).has("message", "Resource not found").
				has("more_info", "https://www.twilio.com/docs/errors/20404")
		}
	}
}

func TestH27_Methods(t *testing.T) {
	c, _ := newClient(t)
	for path, allow := range map[string]string{
		"/v2/texml/Accounts/acct-1/Conferences":                            "GET",
		"/2010-04-01/Accounts/acct-1/Conferences.json":                     "GET",
		"/v2/texml/Accounts/acct-1/Conferences/Room%201234":                "GET, POST",
		"/2010-04-01/Accounts/acct-1/Conferences/Room%201234/Participants": "GET, POST",
		telnyxAlice: "DELETE, GET, POST",
		twilioAlice: "DELETE, GET, POST",
		"/healthz":  "GET, HEAD",
		"/readyz":   "GET, HEAD",
	} {
		for _, method := range []string{"OPTIONS", "HEAD", "TRACE", "PUT", "PATCH", "CONNECT", "get", "DELETE", "POST", "PROPFIND"} {
			if strings.Contains(allow, method) {
				continue
			}
			r := httptest.NewRequest("GET", path, nil)
			r.Method = method
			a := c.do(r).want(405)
			if a.header.Get("Allow") != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, a.header.Get("Allow"), allow)
			}
			if strings.HasPrefix(path, "/2010") {
				a.has("code", 20004.0)
			} else if a.telnyxError()["code"] != "10030" {
				t.Error(a.raw)
			}
		}
	}
}

func TestH27_Paths(t *testing.T) {
	c, b := newClient(t)
	for _, path := range []string{
		"/", "/v2", "/v2/texml", "/v2/texml/Accounts", "/v2/texml/Accounts/", "/texml/Accounts//Conferences",
		"//v2/texml/Accounts/acct-1/Conferences", "/v2//texml/Accounts/acct-1/Conferences",
		"/v2/texml/Accounts/acct-1//Conferences", "/v2/texml/Accounts/acct-1/Conferences/",
		"/v2/texml/Accounts/acct-1/Conferences/.json", "/v2/texml/Accounts/acct-1/Conferences//Participants",
		"/v2/texml/Accounts/x/../acct-1/Conferences", "/v2/texml/Accounts/./acct-1/Conferences",
		"/v2/texml/Accounts/acct-1/Conferences/..", "/v2/texml/Accounts/acct-1/Conferences/%2e%2e",
		"/v2/texml/Accounts/x/%2e%2e/acct-1/Conferences", "/v2/texml/Accounts/acct-1/Conferences/Room%201234/Participants/../../x",
		"/v2/texml/Accounts/acct-1/Conferences;x=1", "/v2/texml/Accounts/acct-1;x/Conferences",
		"/v2/texml/Accounts/acct-1/Conferences/Room%201234;x/Participants", "/v2;/texml/Accounts/acct-1/Conferences",
		"/v2/texml/accounts/acct-1/conferences", "/V2/texml/Accounts/acct-1/Conferences",
		"/v2/texml/Accounts/acct-1/Conferences.JSON", "/v2/texml/Accounts/acct-1%2FConferences",
		"/v2/texml/Accounts/acct-1/Conferences/%FF", "/v2/texml/Accounts/acct-1/Conferences/%00",
		"/v1/texml/Accounts/acct-1/Conferences", "/2010-04-01/Accounts.json", "/etc/passwd", "/../../etc/passwd",
		"/healthz/", "/healthz.json", "/debug/pprof/", "/metrics",
	} {
		for _, method := range []string{"GET", "POST"} {
			c.send(method, path, formType, "Muted=true&Status=completed").want(404)
		}
	}
	if len(b.updates)+len(b.ended) != 0 {
		t.Error("a crooked path led somewhere")
	}
}

func TestHealth(t *testing.T) {
	c, b := newClient(t)
	c = c.as(nil)
	c.get("/healthz").want(200).has("status", "ok").has("version", "test")
	c.get("/readyz").want(200).has("status", "ok")
	c.send("HEAD", "/readyz", "", "").want(200)
	b.draining = true
	c.get("/readyz").want(503).has("status", "draining")
	c.get("/healthz").want(200)
}

// While the bridge drains, reads and updates go on.
func TestH30_Draining(t *testing.T) {
	c, b := newClient(t)
	b.draining = true
	c.get(telnyxAlice).want(200)
	c.post(telnyxAlice, "Muted=true").want(200).has("muted", true)
	c.send("DELETE", telnyxAlice, "", "").want(204)
}
