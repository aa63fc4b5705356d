package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/bridge"
)

const (
	telnyxAlice = "/v2/texml/Accounts/acct-1/Conferences/Room%201234/Participants/alice"
	twilioAlice = "/2010-04-01/Accounts/acct-1/Conferences/Room%201234/Participants/alice.json"
)

func ptr[T any](v T) *T { return &v }

// bound sends one participant update and returns what the bridge got of it,
// with the answer.
func bound(t *testing.T, path, contentType, body string) (bridge.ParticipantUpdate, *reply) {
	t.Helper()
	c, b := newClient(t)
	a := c.send("POST", path, contentType, body)
	if len(b.updates) > 1 {
		t.Fatalf("the bridge saw %d updates", len(b.updates))
	}
	if len(b.updates) == 0 {
		return bridge.ParticipantUpdate{}, a
	}
	return b.updates[0], a
}

// wantRefused checks that an update was refused whole, and names its
// parameter under either prefix.
func wantRefused(t *testing.T, body, name string, telnyxStatus int, telnyxCode string, twilioStatus, twilioCode int) {
	t.Helper()
	u, a := bound(t, telnyxAlice, formType, body)
	e := a.want(telnyxStatus).telnyxError()
	if e["code"] != telnyxCode || !strings.Contains(e["detail"].(string), name) || e["source"].(map[string]any)["pointer"] != "/"+name {
		t.Errorf("%s: %v", body, e)
	}
	if u != (bridge.ParticipantUpdate{}) {
		t.Errorf("%s: the bridge saw %+v", body, u)
	}
	u, a = bound(t, twilioAlice, formType, body)
	a.want(twilioStatus).has("code", float64(twilioCode)).has("status", float64(twilioStatus)).
		has("more_info", fmt.Sprintf("https://www.twilio.com/docs/errors/%d", twilioCode))
	if !strings.Contains(a.body["message"].(string), name) {
		t.Errorf("%s: %s", body, a.raw)
	}
	if u != (bridge.ParticipantUpdate{}) {
		t.Errorf("%s: the bridge saw %+v", body, u)
	}
}

func TestH01_Muted(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "True": true, "TRUE": true, "false": false, "False": false} {
		for _, path := range []string{telnyxAlice, twilioAlice} {
			u, a := bound(t, path, formType, "Muted="+value)
			if a.want(200).has("muted", want); u.Muted == nil || *u.Muted != want {
				t.Errorf("Muted=%s gave %v", value, u.Muted)
			}
		}
	}
	// Twilio documents that every other value counts as false.
	for _, value := range []string{"", "yes", "1", "0", "banana", "%20true"} {
		u, a := bound(t, twilioAlice, formType, "Muted="+value)
		if a.want(200).has("muted", false); u.Muted == nil || *u.Muted {
			t.Errorf("Twilio: Muted=%s gave %v", value, u.Muted)
		}
		_, a = bound(t, telnyxAlice, formType, "Muted="+value)
		if e := a.want(400).telnyxError(); e["code"] != "10015" || e["source"].(map[string]any)["pointer"] != "/Muted" {
			t.Errorf("Telnyx: Muted=%s gave %v", value, e)
		}
	}
}

func TestH02_Hold(t *testing.T) {
	for body, want := range map[string]bridge.ParticipantUpdate{
		"Hold=true":          {Hold: ptr(true)},
		"Hold=true&HoldUrl=": {Hold: ptr(true), HoldURL: &bridge.Prompt{}},
		"Hold=true&HoldUrl=http://e.x/h.mp3&HoldMethod=POST": {Hold: ptr(true), HoldURL: &bridge.Prompt{URL: "http://e.x/h.mp3", Method: "POST"}},
		"HoldUrl=http://e.x/h.mp3":                           {HoldURL: &bridge.Prompt{URL: "http://e.x/h.mp3"}},
		"Hold=false":                                         {Hold: ptr(false)},
		"HoldMethod=GET":                                     {}, // a method without a URL says nothing
	} {
		u, a := bound(t, telnyxAlice, formType, body)
		a.want(200)
		if diff := cmp.Diff(want, u); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestH02_BadBooleans(t *testing.T) {
	for _, name := range []string{"Hold", "BeepOnExit", "EndConferenceOnExit", "Coaching"} {
		for _, value := range []string{"banana", "", "1", "on"} {
			wantRefused(t, name+"="+value, name, 400, "10015", 400, 20001)
		}
	}
}

func TestH05_Methods(t *testing.T) {
	for _, name := range []string{"HoldMethod", "AnnounceMethod", "WaitMethod"} {
		urlName := strings.TrimSuffix(name, "Method") + "Url"
		for _, value := range []string{"get", "Post", "POST"} {
			u, a := bound(t, twilioAlice, formType, urlName+"=http://e.x/&"+name+"="+value)
			a.want(200)
			for _, p := range []*bridge.Prompt{u.HoldURL, u.AnnounceURL, u.WaitURL} {
				if p != nil && p.Method != strings.ToUpper(value) {
					t.Errorf("%s=%s gave %q", name, value, p.Method)
				}
			}
		}
		for _, value := range []string{"PUT", "", "GET%20", "DELETE"} {
			wantRefused(t, name+"="+value, name, 400, "10032", 400, 21209)
		}
	}
}

func TestH06_AnnounceURL(t *testing.T) {
	u, a := bound(t, telnyxAlice, formType, "AnnounceUrl=https%3A%2F%2Fe.x%2Fa%3Fb%3D1&AnnounceMethod=POST")
	a.want(200)
	if want := (bridge.ParticipantUpdate{AnnounceURL: &bridge.Prompt{URL: "https://e.x/a?b=1", Method: "POST"}}); !cmp.Equal(want, u) {
		t.Error(cmp.Diff(want, u))
	}
	wantRefused(t, "AnnounceUrl=", "AnnounceUrl", 422, "10003", 400, 21205)
}

func TestH08_WaitURL(t *testing.T) {
	for body, want := range map[string]*bridge.Prompt{
		"WaitUrl=":                                {},
		"WaitUrl=&WaitMethod=GET":                 {Method: "GET"},
		"WaitURL=http://e.x/w.mp3":                {URL: "http://e.x/w.mp3"},
		"waiturl=http://e.x/w.mp3&waitmethod=gEt": {URL: "http://e.x/w.mp3", Method: "GET"},
		"Unknown=1":                               nil,
	} {
		for _, path := range []string{telnyxAlice, twilioAlice} { // Telnyx has no WaitMethod; we take it there too
			u, a := bound(t, path, formType, body)
			a.want(200)
			if diff := cmp.Diff(want, u.WaitURL); diff != "" {
				t.Errorf("%s: %s", body, diff)
			}
		}
	}
}

func TestURLs(t *testing.T) {
	const host = "http://e.x/"
	for text, want := range map[string]string{
		"https://e.x/hold.mp3?x=1&y=a b":             "https://e.x/hold.mp3?x=1&y=a%20b",
		"HTTP://E.x/a":                               "HTTP://E.x/a",
		"http://e.x/a b?é=ü+%20":                     "http://e.x/a%20b?%C3%A9=%C3%BC+%20",
		"http://[2001:db8::1]:8080/a":                "http://[2001:db8::1]:8080/a",
		"http://e.x?a;b|c":                           "http://e.x?a;b|c",
		host + strings.Repeat("a", maxURL-len(host)): host + strings.Repeat("a", maxURL-len(host)),
	} {
		u, a := bound(t, telnyxAlice, formType, "HoldUrl="+url.QueryEscape(text))
		a.want(200)
		if u.HoldURL.URL != want {
			t.Errorf("%q gave %q", text, u.HoldURL.URL)
		}
	}
	for _, text := range []string{
		"ftp://e.x/a", "file:///etc/passwd", "javascript:alert(1)", "data:audio/wav;base64,AAAA",
		"/relative", "e.x/a", "//e.x/a", "http:", "http://", "http:///a", "http:e.x", "http://:80/a", " ",
		"http://user@e.x/", "http://user:secret@e.x/", "http://@e.x/",
		"http://e.x/\r\nX: y", "http://e.x/\x00", "http://e.x/\u0085", "http://e.x/\x7f", "\thttp://e.x/",
		"http://e.x:0/", "http://e.x:65536/", "http://e.x:http/", "http://[::1/", "http://e.x/%zz",
		host + strings.Repeat("a", maxURL-len(host)+1),
	} {
		for _, name := range []string{"HoldUrl", "AnnounceUrl", "WaitUrl"} {
			wantRefused(t, name+"="+url.QueryEscape(text), name, 422, "10003", 400, 21205)
		}
	}
}

// One bad parameter keeps all the good ones next to it from taking effect.
func TestUpdateIsAllOrNothing(t *testing.T) {
	wantRefused(t, "Muted=true&Hold=true&BeepOnExit=maybe&WaitUrl=", "BeepOnExit", 400, "10015", 400, 20001)
	wantRefused(t, "WaitUrl=gopher://e.x&Muted=true", "WaitUrl", 422, "10003", 400, 21205)
}

func TestEmptyBodyChangesNothing(t *testing.T) {
	for _, contentType := range []string{"", formType, jsonType, "text/plain"} {
		u, a := bound(t, telnyxAlice, contentType, "")
		a.want(200).has("label", "alice").has("muted", false)
		if u != (bridge.ParticipantUpdate{}) {
			t.Errorf("an empty %q body changed %+v", contentType, u)
		}
	}
	_, a := bound(t, telnyxAlice+"x", formType, "")
	a.want(404)
	_, a = bound(t, telnyxAlice, jsonType, "{}")
	a.want(200)
}

func TestH17_NamesAndRepetition(t *testing.T) {
	want := bridge.ParticipantUpdate{HoldURL: &bridge.Prompt{URL: "http://e.x/2"}}
	for _, q := range [][2]string{
		{formType, "HoldUrl=http://e.x/2"}, {formType, "HoldURL=http://e.x/2"}, {formType, "holdurl=http://e.x/2"},
		{formType, "HOLDURL=http://e.x/2"}, {formType, "Hold%55rl=http://e.x/2"},
		{formType, "HoldUrl=http://e.x/1&HoldURL=http://e.x/2"},          // the last one counts
		{formType, "HoldUrl=ftp://e.x/1&holdurl=http://e.x/2"},           // and the others are not looked at
		{formType, "&&HoldUrl=http://e.x/2&x&=&Unknown=1&Muted%20=true"}, // the rest is unknown
		{jsonType, `{"HoldUrl":"http://e.x/2"}`}, {jsonType, ` {"holdURL" : "http:\/\/e.x\/\u0032"} `},
		{jsonType, `{"HoldUrl":"http://e.x/1","HOLDURL":"http://e.x/2","Muted":null,"CustomHeaders":[{"name":"X"}]}`},
	} {
		u, a := bound(t, telnyxAlice, q[0], q[1])
		a.want(200)
		if diff := cmp.Diff(want, u); diff != "" {
			t.Errorf("%s: %s", q[1], diff)
		}
	}
}

func TestJSONValues(t *testing.T) {
	want := bridge.ParticipantUpdate{Muted: ptr(true), Hold: ptr(false), WaitURL: &bridge.Prompt{}, CallSIDToCoach: ptr("CA1")}
	for _, body := range []string{
		`{"Muted":true,"Hold":false,"WaitUrl":"","CallSidToCoach":"CA1"}`,
		`{"Muted":"TRUE","Hold":"false","WaitUrl":"","CallSidToCoach":"CA1"}`,
	} {
		u, a := bound(t, twilioAlice, "application/json; charset=UTF-8", body)
		a.want(200)
		if diff := cmp.Diff(want, u); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	for _, body := range []string{`{"Hold":1}`, `{"Hold":[true]}`, `{"Hold":{}}`} {
		_, a := bound(t, telnyxAlice, jsonType, body)
		if e := a.want(400).telnyxError(); e["source"].(map[string]any)["pointer"] != "/Hold" {
			t.Errorf("%s: %v", body, e)
		}
	}
	_, a := bound(t, twilioAlice, jsonType, `{"Muted":[]}`) // loose, but not that loose
	a.want(400)
}

func TestH16_Bodies(t *testing.T) {
	many := strings.Repeat("a=&", maxParams)
	for _, q := range []struct {
		contentType, body string
		status            int
		code              string
	}{
		{"", "Muted=true", 200, ""},
		{formType, "Muted=true", 200, ""},
		{"Application/X-WWW-Form-URLEncoded; charset=utf-8", "Muted=true", 200, ""},
		{formType + "; charset=US-ASCII", "Muted=true", 200, ""},
		{jsonType, `{"Muted":true}`, 200, ""},
		{formType + "; charset=iso-8859-1", "Muted=true", 415, "10024"},
		{jsonType + "; charset=utf-16", `{"Muted":true}`, 415, "10024"},
		{"text/plain", "Muted=true", 415, "10024"},
		{"multipart/form-data; boundary=x", "--x--", 415, "10024"},
		{"application/xml", "<Muted/>", 415, "10024"},
		{"nonsense/", "Muted=true", 415, "10024"},
		{formType, "Muted=tr%zze", 400, "10028"},
		{formType, "Muted=%ff", 400, "10028"},
		{formType, "%=true", 400, "10028"},
		{formType, "Muted=\xff", 400, "10028"},
		{jsonType, "{\"Muted\":\"\xff\"}", 400, "10028"},
		{jsonType, `Muted=true`, 400, "10023"},
		{jsonType, `{"Muted":true`, 400, "10023"},
		{jsonType, `{"Muted":true}}`, 400, "10023"},
		{jsonType, `{"Muted":true} {}`, 400, "10023"},
		{jsonType, `{"Muted":true,}`, 400, "10023"},
		{jsonType, `{"Muted"}`, 400, "10023"},
		{jsonType, `{1:true}`, 400, "10023"},
		{jsonType, `["Muted"]`, 400, "10023"},
		{jsonType, `null`, 400, "10023"},
		{jsonType, ` `, 400, "10023"},
		{jsonType, `{"a":` + strings.Repeat("[", 20000), 400, "10023"},
		{formType, many + "Muted=true", 400, "10015"},
		{formType, many[3:] + "Muted=true", 200, ""},
		{jsonType, "{" + strings.Repeat(`"a":1,`, maxParams) + `"Muted":true}`, 400, "10015"},
		{formType, strings.Repeat("a", maxBody), 200, ""},
		{formType, strings.Repeat("a", maxBody+1), 413, "10015"},
		{formType, strings.Repeat("a", 10<<20), 413, "10015"},
	} {
		for _, path := range []string{telnyxAlice, twilioAlice} {
			u, a := bound(t, path, q.contentType, q.body)
			if a.code != q.status {
				t.Fatalf("%s %.80q: status %d, want %d", q.contentType, q.body, a.code, q.status)
			}
			if q.status != 200 && u != (bridge.ParticipantUpdate{}) {
				t.Errorf("%s %.80q: the bridge saw %+v", q.contentType, q.body, u)
			}
			if q.status != 200 && path == telnyxAlice && a.telnyxError()["code"] != q.code {
				t.Errorf("%s %.80q: %s", q.contentType, q.body, a.raw)
			}
			if q.status != 200 && path == twilioAlice {
				a.has("status", float64(q.status))
			}
		}
	}
}

func TestH16_ContentEncoding(t *testing.T) {
	c, _ := newClient(t)
	gzipped := func(r *http.Request) { bearer(tokenB)(r); r.Header.Set("Content-Encoding", "gzip") }
	c.as(gzipped).post(telnyxAlice, "Muted=true").want(415)
}

// FuzzBind feeds the binder any body of any type. Whatever comes, the answer
// is an update or a refusal in the 400s, and nothing that reaches the bridge
// breaks the rules for URLs and methods.
func FuzzBind(f *testing.F) {
	for _, body := range []string{
		"Muted=true&Hold=false&HoldUrl=https%3A%2F%2Fe.x%2Fhold.mp3%3Fx%3D1%26y%3Da%20b&HoldMethod=GET&WaitUrl=",
		"AnnounceUrl=http://e.x/\u00e9&Status=completed", `{"Muted":true,"HoldUrl":"http://e.x/h","x":[{}]}`,
		"=&&%", "{", `{"Hold":null}`, "Muted=%FF",
	} {
		f.Add(formType, body)
		f.Add(jsonType, body)
	}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		for _, d := range []*dialect{telnyx, twilio} {
			x := func() *exchange { return &exchange{target{dialect: d}, nil, bodyRequest(contentType, body)} }
			u, _, err := readUpdate(x(), bindParticipant)
			wantLawful(t, d, err, u.HoldURL, u.AnnounceURL, u.WaitURL)
			if u.AnnounceURL != nil && u.AnnounceURL.URL == "" {
				t.Error("an announcement of nothing")
			}
			v, _, err := readUpdate(x(), bindConference)
			wantLawful(t, d, err, v.AnnounceURL)
		}
	})
}

// wantLawful checks one outcome of the binder.
func wantLawful(t *testing.T, d *dialect, err error, prompts ...*bridge.Prompt) {
	t.Helper()
	if err != nil {
		p, ok := err.(*problem)
		if !ok || d.status(p) < 400 || d.status(p) > 499 || d.status(p) == 409 || p.detail == "" {
			t.Errorf("refused with %#v", err)
		}
	}
	for _, p := range prompts {
		if p == nil {
			continue
		}
		if err != nil {
			t.Error("refused, and yet there is something of it")
		}
		if p.Method != "" && p.Method != "GET" && p.Method != "POST" {
			t.Errorf("method %q", p.Method)
		}
		if u, err := url.Parse(p.URL); p.URL != "" && (err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("URL %q", p.URL)
		}
		if strings.ContainsFunc(p.URL, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("URL %q", p.URL)
		}
	}
}
