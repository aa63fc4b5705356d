package api

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"partyline/bridge"
)

// twilioDate is the one pattern that Twilio's JavaScript library parses.
var twilioDate = regexp.MustCompile(`^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} \+0000$`)

// request is one line of a client library's traffic.
type request struct {
	method, path, body string
	status             int
}

// TestTelnyxClientRequests replays what the JavaScript library sends. In the
// paths CF and CA stand for ids that the bridge gave out.
func TestTelnyxClientRequests(t *testing.T) {
	const conferences = "/v2/texml/Accounts/acct-1/Conferences"
	for _, q := range []request{
		{"GET", conferences + "?FriendlyName=room%201&Status=in-progress&DateCreated=%3E%3D2023-05-22&Page=0&PageSize=20&PageToken=abc", "", 200},
		{"GET", conferences + "/CF", "", 200},
		{"POST", conferences + "/CF", "Status=completed&AnnounceUrl=https%3A%2F%2Fe.x%2Fa%3Fb%3D1%26c%3D2&AnnounceMethod=GET", 200},
		{"GET", conferences + "/CF/Recordings", "", 404},
		{"GET", conferences + "/CF/Recordings.json", "", 404},
		{"GET", conferences + "/CF/Participants", "", 200},
		{"GET", conferences + "/CF/Participants/CA", "", 200},
		{"GET", conferences + "/Room%201234/Participants/agent%20one%2F%C3%A9", "", 200},
		{"POST", conferences + "/CF/Participants/CA", "Muted=true&Hold=false&HoldUrl=https%3A%2F%2Fe.x%2Fhold.mp3%3Fx%3D1%26y%3Da%20b&HoldMethod=GET&AnnounceUrl=https%3A%2F%2Fe.x%2Fsay.xml&AnnounceMethod=POST&WaitUrl=&BeepOnExit=false&EndConferenceOnExit=true&Coaching=true&CallSidToCoach=v3%3Aother", 200},
		{"POST", conferences + "/CF/Participants/CA", "", 200},
		{"POST", conferences + "/CF/Participants", "Timeout=30&From=%2B16175551212&To=sip%3Abob%4010.0.0.1%3A5060&Label=agent%201", 404},
		{"DELETE", conferences + "/CF/Participants/CA", "", 204},
		{"POST", "/v2/texml/Accounts/acct-1/Calls/CA", "Status=completed", 404},
	} {
		t.Run(q.method+" "+q.path, func(t *testing.T) {
			c, b := newClient(t)
			r := httptest.NewRequest(q.method, withIDs(q.path, b.Conferences(sidB)[0]), strings.NewReader(q.body))
			r.Header.Set("Accept", "application/json")
			r.Header.Set("User-Agent", "Telnyx/JS 7.24.0")
			r.Header.Set("X-Stainless-Retry-Count", "0")
			if q.method == "POST" {
				r.Header.Set("Content-Type", formType)
			}
			a := c.do(r).want(q.status)
			if q.status == 404 && a.telnyxError()["detail"] != "Resource not found" {
				t.Errorf("404 says %s", a.raw)
			}
			wantReadable(t, a)
		})
	}
}

// TestTwilioClientRequests replays what the JavaScript and Go libraries send.
func TestTwilioClientRequests(t *testing.T) {
	const conferences = "/2010-04-01/Accounts/" + sidA + "/Conferences"
	for _, q := range []request{
		{"GET", conferences + ".json?DateCreated%3E=2023-05-22&FriendlyName=room%201&Status=in-progress&PageSize=20", "", 200},
		{"GET", conferences + ".json?DateCreated%3E=2023-05-22&FriendlyName=room+1&PageSize=5&Status=in-progress", "", 200},
		{"GET", conferences + "/CF.json", "", 200},
		{"POST", conferences + "/CF.json", "Status=completed&AnnounceUrl=https%3A%2F%2Fe.x%2Fa&AnnounceMethod=GET", 200},
		{"GET", conferences + "/CF/Participants.json?Muted=true&Hold=false&Coaching=false&PageSize=20", "", 200},
		{"GET", conferences + "/CF/Participants/CA.json", "", 200},
		{"GET", conferences + "/CF/Participants/a.b.json", "", 200},
		{"POST", conferences + "/CF/Participants/CA.json", "Muted=true&Hold=false&HoldUrl=https%3A%2F%2Fe.x%2Fh&HoldMethod=GET&AnnounceUrl=https%3A%2F%2Fe.x%2Fa&AnnounceMethod=POST&WaitUrl=&WaitMethod=GET&BeepOnExit=false&EndConferenceOnExit=true&Coaching=true&CallSidToCoach=CAddd", 200},
		{"POST", conferences + "/CF/Participants/CA.json", "AnnounceMethod=POST&AnnounceUrl=https%3A%2F%2Fe.x%2Fa&BeepOnExit=false&CallSidToCoach=CAddd&Coaching=true&EndConferenceOnExit=true&Hold=false&HoldMethod=GET&HoldUrl=https%3A%2F%2Fe.x%2Fa+b&Muted=true&WaitMethod=GET&WaitUrl=", 200},
		{"POST", conferences + "/Room%201234/Participants.json", "From=%2B1&To=%2B2&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing", 404},
		{"DELETE", conferences + "/CF/Participants/CA.json", "", 204},
		{"GET", conferences + "/CF/Recordings.json?PageSize=1", "", 404},
		{"POST", conferences + "/CF/Recordings/Twilio.CURRENT.json", "Status=paused&PauseBehavior=silence", 404},
		{"POST", "/2010-04-01/Accounts/" + sidA + "/Calls/CA.json", "Status=completed", 404},
	} {
		t.Run(q.method+" "+q.path, func(t *testing.T) {
			c, b := newClient(t)
			c = c.as(basic(sidA, tokenA))
			r := httptest.NewRequest(q.method, withIDs(q.path, b.Conferences(sidA)[0]), strings.NewReader(q.body))
			r.Host = "api.twilio.com"              // the Go library leaves it so
			r.Header.Set("Content-Type", formType) // and sets this on GET and DELETE too
			a := c.do(r).want(q.status)
			if q.status == 404 {
				a.has("code", 20404.0).has("status", 404.0).has("message", "Resource not found")
			}
			wantReadable(t, a)
		})
	}
}

// withIDs puts the ids of a conference and its first participant into a path.
func withIDs(path string, c *bridge.ConferenceView) string {
	return strings.NewReplacer("/CF", "/"+c.ID, "/CA", "/"+c.Participants[0].CallID).Replace(path)
}

// wantReadable checks an answer the way the client libraries take it apart:
// dates by pattern, every page with a single array besides its links.
func wantReadable(t *testing.T, a *reply) {
	t.Helper()
	if a.body["page_size"] != nil {
		a.items()
	}
	for name, v := range a.body {
		if strings.HasPrefix(name, "date_") && !twilioDate.MatchString(v.(string)) {
			t.Errorf("%s = %v", name, v)
		}
	}
}

func TestParticipantFields(t *testing.T) {
	c, b := newClient(t)
	want := b.Conferences(sidB)[0].Participants[0]
	want.Coaching, want.CoachedCallID = true, "CAcoachee"
	tail := "/acct-1/Conferences/" + want.ConferenceID + "/Participants/" + want.CallID
	for _, base := range []string{"/v2/texml/Accounts", "/2010-04-01/Accounts"} {
		a := c.get(base + tail).want(200)
		a.has("account_sid", "acct-1").has("call_sid", want.CallID).has("call_sid_legacy", want.CallID)
		a.has("conference_sid", want.ConferenceID).has("label", "alice").has("status", "connected")
		a.has("muted", false).has("hold", false).has("coaching", true)
		a.has("coaching_call_sid", "CAcoachee").has("coaching_call_sid_legacy", "CAcoachee").has("call_sid_to_coach", "CAcoachee")
		a.has("start_conference_on_enter", true).has("end_conference_on_exit", false).has("queue_time", nil)
		a.has("date_created", "Fri, 27 Oct 2023 07:41:58 +0000").has("uri", base+tail+".json")
		a.has("from", "sip:phone@example.com").has("to", "sip:support@example.com").has("sip_call_id", "x@y")
		a.has("direction", "inbound").has("codec", "PCMU").has("waiting", false).has("remote_hold", false)
	}
	want.Waiting = true
	c.get("/v2/texml/Accounts"+tail).has("waiting", true).has("remote_hold", false)
	want.Waiting, want.RemoteHold = false, true
	c.get("/v2/texml/Accounts"+tail).has("waiting", false).has("remote_hold", true)
	c.get("/texml/Accounts"+tail).want(200).has("uri", "/v2/texml/Accounts"+tail+".json").has("api_version", "v2/texml")

	want.Coaching, want.CoachedCallID, want.Label, want.Status = false, "", "", "completed"
	c.get("/v2/texml/Accounts"+tail).want(200).has("status", "completed").has("label", nil).has("coaching_call_sid", nil)
	c.get("/2010-04-01/Accounts"+tail).want(200).has("status", "complete").has("call_sid_to_coach", nil)
}

func TestConferenceFields(t *testing.T) {
	c, b := newClient(t)
	want := b.Conferences(sidB)[0]
	want.Created = want.Created.In(time.FixedZone("far east", 9*3600)) // is to come out in UTC
	self := "/2010-04-01/Accounts/acct-1/Conferences/" + want.ID
	a := c.get(self + ".json").want(200)
	a.has("sid", want.ID).has("account_sid", "acct-1").has("friendly_name", "Room 1234").has("api_version", "2010-04-01")
	a.has("status", "in-progress").has("reason_conference_ended", nil).has("call_sid_ending_conference", nil)
	a.has("date_created", "Fri, 27 Oct 2023 07:41:58 +0000").has("uri", self+".json")
	links := a.body["subresource_uris"].(map[string]any)
	if links["participants"] != self+"/Participants.json" || links["recordings"] != self+"/Recordings.json" {
		t.Errorf("subresource_uris: %v", links)
	}
	c.get(links["participants"].(string)).want(200)
	c.get("/v2/texml/Accounts/acct-1/Conferences/"+want.ID).want(200).has("api_version", "v2/texml").
		has("uri", "/v2/texml/Accounts/acct-1/Conferences/"+want.ID+".json")
}

func TestH25_ConferenceCompleted(t *testing.T) {
	c, b := newClient(t)
	path := "/v2/texml/Accounts/acct-1/Conferences/Room%201234"
	c.post(path, "Status=COMPLETED").want(200).has("status", "completed").has("reason_conference_ended", "conference-ended-via-api")
	if items := c.get(path + "/Participants").want(200).items(); len(items) != 0 {
		t.Errorf("a completed conference has %d participants", len(items))
	}
	c.get(path + "/Participants/alice").want(404)

	// Only completed has an effect; Twilio knows no other value.
	c.post(path, "Status=in-progress").want(200)
	c.post("/2010-04-01/Accounts/acct-1/Conferences/Room%201234", "Status=in-progress").want(400)
	for _, bad := range []string{"Status=", "Status=done"} {
		if e := c.post(path, bad).want(400).telnyxError(); e["source"].(map[string]any)["pointer"] != "/Status" {
			t.Errorf("%s: %v", bad, e)
		}
	}
	if len(b.ended) != 1 {
		t.Errorf("the bridge saw %d updates", len(b.ended))
	}
}

func TestH26_ConferenceAnnouncement(t *testing.T) {
	c, b := newClient(t)
	path := "/texml/Accounts/acct-1/Conferences/Room%201234"
	c.post(path, "announceurl=http%3A%2F%2Fe.x%2Fa.mp3&AnnounceMethod=get").want(200)
	if got := *b.ended[0].AnnounceURL; got != (bridge.Prompt{URL: "http://e.x/a.mp3", Method: "GET"}) || b.ended[0].Complete {
		t.Errorf("the bridge saw %+v", b.ended[0])
	}
	c.post(path, "AnnounceUrl=").want(422)
	c.post("/2010-04-01/Accounts/acct-1/Conferences/Room%201234", "AnnounceUrl=ftp://e.x/").want(400).has("code", 21205.0)
}

func TestH18_RemoveTwice(t *testing.T) {
	c, _ := newClient(t)
	path := "/v2/texml/Accounts/acct-1/Conferences/Room%201234/Participants/alice"
	if a := c.send("DELETE", path, "", "").want(204); a.raw != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("204 has a body: %q", a.raw)
	}
	c.send("DELETE", path, "", "").want(404)
	c.send("DELETE", "/2010-04-01/Accounts/acct-1/Conferences/Room%201234/Participants/a.b.json", "", "").want(204)
}
