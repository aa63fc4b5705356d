//go:build interop

package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

const telnyxChair = "50%/chair?"

// telnyxParty is a party that Telnyx's library controls.
type telnyxParty struct {
	*party
	sdk
	sid string // of the conference
}

func TestInterop_TelnyxSDK(t *testing.T) {
	p := startParty(t, telnyxChair)
	x := &telnyxParty{party: p, sdk: sdk{startDriver(t, p.http.String()), "telnyx", testAccount.SID, testAccount.Token}}
	list := x.conferences("retrieveConferences", x.account, fields{"FriendlyName": "Board Room", "DateCreated": ">=2023-05-22"})
	sids := list.column(list.object(fields{"page": 0, "page_size": 20, "next_page_uri": nil})["conferences"], "sid")
	if len(sids) != 1 {
		t.Fatalf("conferences %v", list.Value)
	}
	x.sid = sids[0]
	x.reads(t)
	x.updates()
	x.refusals()
	x.endings()
	x.pages(t)
	p.signal()
	p.wantExit(0)
}

// conferences calls a method of the conferences.
func (x *telnyxParty) conferences(method ...any) *outcome {
	x.sdk.t.Helper()
	return x.do("texml", "accounts", "conferences", step(method))
}

// participant calls a method of one participant, in a conference that is named
// by its name.
func (x *telnyxParty) participant(method, label string, parameters fields) *outcome {
	x.sdk.t.Helper()
	all := fields{"account_sid": x.account, "conference_sid": "Board Room"}
	maps.Copy(all, parameters)
	return x.do("texml", "accounts", "conferences", "participants", step{method, label, all})
}

func (x *telnyxParty) reads(t *testing.T) {
	account := fields{"account_sid": x.account}
	c := x.conferences("retrieve", x.sid, account).object(fields{"friendly_name": "Board Room", "api_version": "v2/texml"})
	wantRecent(t, time.RFC1123Z, c["date_created"])
	for _, label := range []string{agent, dotted, telnyxChair} {
		p := x.participant("retrieve", label, nil).object(fields{"label": label, "status": "connected", "conference_sid": x.sid})
		wantRecent(t, time.RFC1123Z, p["date_updated"])
		x.participant("retrieve", p["call_sid"].(string), nil).object(fields{"label": label})
	}
	all := x.do("texml", "accounts", "conferences", "participants", step{"retrieveParticipants", x.sid, account})
	if got := all.column(all.object(nil)["participants"], "label"); len(got) != 3 {
		t.Errorf("participants %v", got)
	}
}

func (x *telnyxParty) updates() {
	bob := x.participant("retrieve", dotted, nil).object(nil)["call_sid"]
	x.wantHearing("at first", "bob carol", "alice carol", "alice bob")
	x.participant("update", agent, fields{"Muted": true}).object(fields{"muted": true, "hold": false})
	x.wantHearing("alice muted", "bob carol", "carol", "bob")

	x.participant("update", agent, fields{"Muted": false, "Hold": true, "HoldUrl": "", "HoldMethod": "GET"}).
		object(fields{"muted": false, "hold": true})
	x.wantHearing("alice on hold", "", "carol", "bob")

	x.participant("update", agent, fields{"Hold": false, "Coaching": true, "CallSidToCoach": bob}).
		object(fields{"hold": false, "coaching": true, "coaching_call_sid": bob})
	x.wantHearing("alice coaching bob", "bob carol", "alice carol", "bob")

	x.participant("update", agent, fields{"Coaching": false, "BeepOnExit": false, "EndConferenceOnExit": true, "WaitUrl": ""}).
		object(fields{"coaching": false, "coaching_call_sid": nil, "end_conference_on_exit": true})
	x.participant("update", agent, fields{"AnnounceUrl": "https://e.x/a.mp3", "AnnounceMethod": "GET"}).object(nil)
	x.participant("update", agent, nil).object(fields{"end_conference_on_exit": true})
}

// telnyxMissing is how the library throws a 404.
var telnyxMissing = fields{"name": "NotFoundError", "status": 404}

func (x *telnyxParty) refusals() {
	x.conferences("retrieve", "CF0", fields{"account_sid": x.account}).refused(telnyxMissing)
	x.participant("retrieve", "agent/one é", nil).refused(telnyxMissing)
	x.participant("update", agent, fields{"Coaching": true, "CallSidToCoach": "CA0"}).
		refused(fields{"name": "UnprocessableEntityError", "status": 422})
	x.participant("update", agent, fields{"HoldUrl": "ftp://e.x/"}).refused(fields{"status": 422})
	x.participant("update", agent, fields{"HoldMethod": "PUT"}).refused(fields{"name": "BadRequestError"})
	stranger := x.sdk
	stranger.token = "wrong"
	stranger.do("texml", "accounts", "conferences", step{"retrieve", x.sid, fields{"account_sid": x.account}}).
		refused(fields{"name": "AuthenticationError", "status": 401})
}

func (x *telnyxParty) endings() {
	x.participant("delete", dotted, nil).done()
	x.bob.wantEnded()
	x.participant("delete", dotted, nil).refused(telnyxMissing)
	x.conferences("update", x.sid, fields{"account_sid": x.account, "AnnounceUrl": "https://e.x/a.mp3", "AnnounceMethod": "GET"}).
		object(fields{"status": "in-progress"})
	x.conferences("update", x.sid, fields{"account_sid": x.account, "Status": "completed"}).
		object(fields{"status": "completed", "reason_conference_ended": "conference-ended-via-api"})
	x.alice.wantEnded()
	x.carol.wantEnded()
}

// pages makes conferences and turns the pages of their list as the library
// leaves it to its user: by the token in the link to the next page.
func (x *telnyxParty) pages(t *testing.T) {
	const n = 5
	for i := range n {
		call(t, x.sip, "alice", fmt.Sprint("paged-", i))
	}
	seen := map[string]bool{}
	query := fields{"Status": "in-progress", "PageSize": 2}
	for number := 0; ; number++ {
		page := x.conferences("retrieveConferences", x.account, query).object(fields{"page": number, "page_size": 2})
		for _, c := range page["conferences"].([]any) {
			seen[c.(fields)["sid"].(string)] = true
		}
		next, more := page["next_page_uri"].(string)
		if !more {
			if len(seen) != n || number != 2 {
				t.Errorf("pages 0 to %d show %v", number, seen)
			}
			return
		}
		_, token, _ := strings.Cut(next, "PageToken=")
		query["Page"], query["PageToken"] = number+1, token
	}
}
