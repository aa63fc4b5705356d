package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/bridge"
)

const conferencesPath = "/v2/texml/Accounts/acct-1/Conferences"

// withConferences returns a client of a bridge with n conferences named c0,
// c1 and so on, each a day younger than the one before.
func withConferences(t *testing.T, n int) (*client, *fakeBridge) {
	c, b := newClient(t)
	b.conferences = nil
	for i := range n {
		f := newConference(sidB, fmt.Sprint(i), fmt.Sprintf("c%d", i))
		f.Created = born.AddDate(0, 0, i)
		f.Updated = f.Created.Add(time.Hour)
		b.conferences = append(b.conferences, f)
	}
	return c, b
}

// names returns the friendly names on a page, in order.
func (a *reply) names() string {
	var all []string
	for _, item := range a.items() {
		name, ok := item["friendly_name"]
		if !ok {
			name = item["label"]
		}
		all = append(all, name.(string))
	}
	return strings.Join(all, " ")
}

func TestH19_Pages(t *testing.T) {
	c, _ := withConferences(t, 5)
	first := c.get(conferencesPath + "?PageSize=2").want(200)
	first.has("page", 0.0).has("page_size", 2.0).has("start", 0.0).has("end", 1.0)
	first.has("first_page_uri", conferencesPath+".json?Page=0&PageSize=2").has("previous_page_uri", nil)
	first.has("uri", conferencesPath+".json?Page=0&PageSize=2")
	if got := first.names(); got != "c4 c3" {
		t.Errorf("page 0 has %s", got)
	}
	next := first.body["next_page_uri"].(string)
	if !strings.HasPrefix(next, conferencesPath+".json?Page=1&PageSize=2&PageToken=PA") {
		t.Errorf("next page at %s", next)
	}
	second := c.get(next).want(200).has("page", 1.0).has("start", 2.0).has("end", 3.0).has("uri", next)
	if got := second.names(); got != "c2 c1" {
		t.Errorf("page 1 has %s", got)
	}
	third := c.get(second.body["next_page_uri"].(string)).want(200).has("next_page_uri", nil).has("start", 4.0).has("end", 4.0)
	if got := third.names(); got != "c0" {
		t.Errorf("page 2 has %s", got)
	}
	back := c.get(third.body["previous_page_uri"].(string)).want(200).has("page", 1.0)
	if got := back.names(); got != "c2 c1" {
		t.Errorf("one page back has %s", got)
	}
	c.get(conferencesPath+"?Page=7&PageSize=2").want(200).has("start", 0.0).has("end", 0.0).has("next_page_uri", nil)
	c.get(conferencesPath+"?Page=2147483647&PageSize=1000").want(200).has("start", 0.0)
	c.get(conferencesPath+"?pagesize=3&page=").want(200).has("page_size", 3.0)
}

func TestH19_PageSizes(t *testing.T) {
	c, _ := withConferences(t, 60)
	for path, want := range map[string]int{
		conferencesPath: 20,
		"/2010-04-01/Accounts/acct-1/Conferences.json": 50,
		conferencesPath + "?PageSize=1000":             60,
		conferencesPath + "?PageSize=60":               60,
	} {
		a := c.get(path).want(200)
		if got := len(a.items()); got != want {
			t.Errorf("%s: %d items, want %d", path, got, want)
		}
		if more := a.body["next_page_uri"] != nil; more != (want < 60) {
			t.Errorf("%s: next page %v", path, a.body["next_page_uri"])
		}
	}
	for _, q := range []string{"Page=-1", "Page=x", "Page=1.5", "Page=99999999999999999999", "PageSize=0", "PageSize=-1", "PageSize=1001", "PageSize=ten", "PageSize=0x10"} {
		name, _, _ := strings.Cut(q, "=")
		for _, list := range []string{"", "/c1/Participants"} {
			if e := c.get(conferencesPath + list + "?" + q).want(400).telnyxError(); e["code"] != "10033" || e["source"].(map[string]any)["pointer"] != "/"+name {
				t.Errorf("%s: %v", q, e)
			}
			a := c.get("/2010-04-01/Accounts/acct-1/Conferences"+list+".json?"+q).want(400).has("code", 20001.0)
			if !strings.Contains(a.body["message"].(string), name+" ") {
				t.Errorf("%s: %s", q, a.raw)
			}
		}
	}
	c.get(conferencesPath + "?PageSize=%zz").want(400)
}

// A client that follows next_page_uri sees every conference that was there
// from beginning to end exactly once, whatever comes and goes meanwhile.
func TestH19_PagesHoldStill(t *testing.T) {
	c, b := withConferences(t, 10)
	var seen []string
	at := conferencesPath + "?PageSize=3"
	for page := 0; at != ""; page++ {
		a := c.get(at).want(200)
		seen = append(seen, strings.Fields(a.names())...)
		at, _ = a.body["next_page_uri"].(string)
		if page == 0 { // the newest, already seen, goes; a newer one comes
			b.conferences[9] = newConference(sidB, "late", "late")
			b.conferences[9].Created = born.AddDate(1, 0, 0)
		}
		if page == 1 { // and the one the next page was to follow
			b.conferences = slices.Delete(b.conferences, 4, 5)
		}
	}
	if got := strings.Join(seen, " "); got != "c9 c8 c7 c6 c5 c4 c3 c2 c1 c0" {
		t.Errorf("seen: %s", got)
	}
}

// Participants that joined in the same instant are neither lost nor doubled
// at the border of two pages.
func TestH19_ParticipantPages(t *testing.T) {
	c, b := newClient(t)
	labels := strings.Fields("a b c d e f g h i j")
	b.conferences[1].Participants = newConference(sidB, "x", "x", labels...).Participants
	for _, p := range b.conferences[1].Participants[3:8] {
		p.Created = born.Add(3 * time.Second)
	}
	var seen []string
	for at := conferencesPath + "/Room%201234/Participants?PageSize=2"; at != ""; {
		a := c.get(at).want(200)
		seen = append(seen, strings.Fields(a.names())...)
		at, _ = a.body["next_page_uri"].(string)
	}
	if got := strings.Join(seen[:3], ""); got != "abc" {
		t.Errorf("first came %s, not those who joined first", got)
	}
	slices.Sort(seen)
	if !slices.Equal(seen, labels) {
		t.Errorf("seen: %v", seen)
	}
}

func TestForeignPageTokens(t *testing.T) {
	c, _ := withConferences(t, 3)
	for _, token := range []string{"abc", "PA", "PA!", "PAeA", "PAeCB5", "DNx", "PAMTIz"} {
		if got := c.get(conferencesPath + "?Page=1&PageSize=1&PageToken=" + token).want(200).names(); got != "c1" {
			t.Errorf("token %s: %s", token, got)
		}
	}
}

func TestH19_ParticipantFilters(t *testing.T) {
	c, b := newClient(t)
	p := b.conferences[1].Participants
	p[0].Muted, p[1].Hold, p[2].Muted, p[2].Coaching = true, true, true, true
	for query, want := range map[string]string{
		"":                          "alice agent one/é a.b",
		"Muted=true":                "alice a.b",
		"Muted=FALSE":               "agent one/é",
		"hold=true":                 "agent one/é",
		"Hold=false&Coaching=false": "alice",
		"Muted=true&Coaching=true":  "a.b",
		"Muted=true&Hold=true":      "",
		"Muted=":                    "alice agent one/é a.b",
	} {
		for _, base := range []string{"/v2/texml", "/2010-04-01"} {
			a := c.get(base + "/Accounts/acct-1/Conferences/Room%201234/Participants.json?" + query).want(200)
			if got := a.names(); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
	}
	// The links to other pages repeat the filters.
	a := c.get(conferencesPath + "/Room%201234/Participants?PageSize=1&muted=True&Junk=1").want(200)
	next := a.body["next_page_uri"].(string)
	if !strings.Contains(next, "Muted=true") || strings.Contains(next, "Junk") || c.get(next).names() != "a.b" {
		t.Errorf("next page at %s", next)
	}
	for _, name := range []string{"Muted", "Hold", "Coaching"} {
		if e := c.get(conferencesPath + "/Room%201234/Participants?" + name + "=banana").want(400).telnyxError(); e["source"].(map[string]any)["pointer"] != "/"+name {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestH19_ConferenceFilters(t *testing.T) {
	c, b := withConferences(t, 3) // on 27, 28 and 29 October 2023 at 07:41:58.123456789
	b.conferences[0].Status = bridge.StatusCompleted
	b.conferences[1].FriendlyName = "room 1 + 2"
	for query, want := range map[string]string{
		"FriendlyName=c0":                                     "c0",
		"FriendlyName=room%201%20%2B%202":                     "room 1 + 2",
		"friendlyname=room+1+%2B+2":                           "room 1 + 2",
		"FriendlyName=C0":                                     "",
		"Status=completed":                                    "c0",
		"Status=in-progress":                                  "c2 room 1 + 2",
		"Status=init":                                         "",
		"Status=":                                             "c2 room 1 + 2 c0",
		"DateCreated=2023-10-28":                              "room 1 + 2",
		"DateCreated=%3D2023-10-28":                           "room 1 + 2",
		"DateCreated=%3E%3D2023-10-28":                        "c2 room 1 + 2",
		"DateCreated=>=2023-10-28":                            "c2 room 1 + 2",
		"DateCreated=%3E2023-10-28":                           "c2",
		"DateCreated=%3C%3D2023-10-28":                        "room 1 + 2 c0",
		"DateCreated=%3C2023-10-28":                           "c0",
		"DateCreated%3E=2023-10-28":                           "c2 room 1 + 2",
		"DateCreated>=2023-10-28":                             "c2 room 1 + 2",
		"DateCreated%3C=2023-10-28":                           "room 1 + 2 c0",
		"DateCreated%3E%3D=2023-10-28":                        "c2 room 1 + 2",
		"DateCreated%3E=2023-10-28&DateCreated%3C=2023-10-28": "room 1 + 2",
		"DateCreated=2023-10-28T07:41:58Z":                    "room 1 + 2",
		"DateCreated=2023-10-28T16:41:58%2B09:00":             "room 1 + 2",
		"DateCreated=>2023-10-28T07:41:57Z":                   "c2 room 1 + 2",
		"DateUpdated%3E=2023-10-29":                           "c2",
		"dateupdated=%3C2023-10-28":                           "c0",
		"DateUpdated=2023-10-28&Status=completed":             "",
	} {
		for _, base := range []string{"/v2/texml", "/2010-04-01"} {
			if got := c.get(base + "/Accounts/acct-1/Conferences?" + query).want(200).names(); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	}
	a := c.get(conferencesPath + "?PageSize=1&DateCreated%3E=2023-10-28").want(200)
	if next := a.body["next_page_uri"].(string); c.get(next).names() != "room 1 + 2" {
		t.Errorf("next page at %s", next)
	}
	for query, name := range map[string]string{
		"Status=busy": "Status", "DateCreated=yesterday": "DateCreated", "DateCreated%3E=2023-13-01": "DateCreated",
		"DateUpdated=%3E": "DateUpdated", "DateUpdated%3C=%3E%3E2023-10-28": "DateUpdated", "DateCreated==2023-10-28": "",
	} {
		a := c.get(conferencesPath + "?" + query)
		if name == "" {
			a.want(200)
			continue
		}
		if e := a.want(400).telnyxError(); e["source"].(map[string]any)["pointer"] != "/"+name {
			t.Errorf("%s: %v", query, e)
		}
	}
}

// An empty list is an empty array, not null.
func TestEmptyLists(t *testing.T) {
	c, b := withConferences(t, 0)
	if a := c.get(conferencesPath).want(200).has("start", 0.0).has("end", 0.0); !strings.Contains(a.raw, `"conferences":[]`) {
		t.Error(a.raw)
	}
	b.conferences = append(b.conferences, newConference(sidB, "", "empty"))
	if a := c.get(conferencesPath + "/empty/Participants").want(200); !strings.Contains(a.raw, `"participants":[]`) {
		t.Error(a.raw)
	}
	c.get(conferencesPath + "/nobody/Participants").want(404)
}
