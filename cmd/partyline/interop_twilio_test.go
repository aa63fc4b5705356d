//go:build interop

package main

import (
	"fmt"
	"testing"
	"time"
)

// The library refuses a slash in a label and leaves % as it is.
const twilioChair = "+1, chair"

// twilioParty is a party that Twilio's library controls.
type twilioParty struct {
	*party
	sdk
	conference step
}

func TestInterop_TwilioSDK(t *testing.T) {
	p := startParty(t, twilioChair)
	w := &twilioParty{party: p, sdk: sdk{startDriver(t, p.http.String()), "twilio", testAccount.SID, testAccount.Token}}
	list := w.do("conferences", step{"list", fields{"friendlyName": "Board Room", "status": "in-progress"}})
	sids := list.column(list.Value, "sid")
	if len(sids) != 1 {
		t.Fatalf("conferences %v", list.Value)
	}
	w.conference = step{"conferences", sids[0]}
	w.reads(t)
	w.updates()
	w.refusals()
	w.endings()
	p.signal()
	p.wantExit(0)
}

// participant calls a method of one participant.
func (w *twilioParty) participant(label string, method ...any) *outcome {
	w.sdk.t.Helper()
	return w.do(w.conference, step{"participants", label}, step(method))
}

func (w *twilioParty) reads(t *testing.T) {
	c := w.do(w.conference, step{"fetch"}).object(fields{"friendlyName": "Board Room", "status": "in-progress"})
	wantRecent(t, time.RFC3339, c["dateCreated"])
	for _, label := range []string{agent, dotted, twilioChair} {
		p := w.participant(label, "fetch").object(fields{"label": label, "status": "connected", "muted": false, "callSidToCoach": nil})
		wantRecent(t, time.RFC3339, p["dateUpdated"])
		w.participant(p["callSid"].(string), "fetch").object(fields{"label": label})
	}
	all := w.do(w.conference, "participants", step{"list", fields{"pageSize": 1}})
	if got := all.column(all.Value, "label"); len(got) != 3 || len(all.Requests) < 3 {
		t.Errorf("pages of one hold %v after %v", got, all.Requests)
	}
}

func (w *twilioParty) updates() {
	bob := w.participant(dotted, "fetch").object(nil)["callSid"]
	w.wantHearing("at first", "bob carol", "alice carol", "alice bob")
	w.participant(agent, "update", fields{"muted": true}).object(fields{"muted": true, "hold": false})
	w.wantHearing("alice muted", "bob carol", "carol", "bob")

	w.participant(agent, "update", fields{"muted": false, "hold": true, "holdUrl": "", "holdMethod": "GET"}).
		object(fields{"muted": false, "hold": true})
	held := w.do(w.conference, "participants", step{"list", fields{"hold": true}})
	if got := fmt.Sprint(held.column(held.Value, "label")); got != "["+agent+"]" {
		w.party.t.Errorf("on hold: %v", got)
	}
	w.wantHearing("alice on hold", "", "carol", "bob")

	w.participant(agent, "update", fields{"hold": false, "coaching": true, "callSidToCoach": bob}).
		object(fields{"hold": false, "coaching": true, "callSidToCoach": bob})
	w.wantHearing("alice coaching bob", "bob carol", "alice carol", "bob")

	w.participant(agent, "update", fields{
		"coaching": false, "beepOnExit": false, "endConferenceOnExit": true, "waitUrl": "", "waitMethod": "GET",
	}).object(fields{"coaching": false, "callSidToCoach": nil, "endConferenceOnExit": true})
	w.participant(agent, "update", fields{"announceUrl": "https://e.x/a.mp3", "announceMethod": "GET"}).object(nil)
}

// twilioMissing is how the library throws a 404.
var twilioMissing = fields{"name": "RestException", "status": 404, "code": 20404}

func (w *twilioParty) refusals() {
	w.do(step{"conferences", "CF0"}, step{"fetch"}).refused(twilioMissing)
	w.participant("nobody", "update", fields{"muted": true}).refused(twilioMissing)
	w.participant(agent, "update", fields{"coaching": true, "callSidToCoach": "CA0"}).refused(fields{"status": 422, "code": 16028})
	w.participant(agent, "update", fields{"holdUrl": "ftp://e.x/"}).refused(fields{"status": 400, "code": 21205})
	stranger := w.sdk
	stranger.token = "wrong"
	stranger.do(w.conference, step{"fetch"}).refused(fields{"status": 401, "code": 20003})
}

func (w *twilioParty) endings() {
	w.participant(dotted, "remove").done()
	w.bob.wantEnded()
	w.participant(dotted, "remove").refused(twilioMissing)
	w.do(w.conference, step{"update", fields{"announceUrl": "https://e.x/a.mp3"}}).object(fields{"status": "in-progress"})
	w.do(w.conference, step{"update", fields{"status": "completed"}}).
		object(fields{"status": "completed", "reasonConferenceEnded": "conference-ended-via-api"})
	w.alice.wantEnded()
	w.carol.wantEnded()
	w.participant(agent, "update", fields{"muted": true}).refused(twilioMissing)
}
