package api

import (
	"net/http"

	"partyline/bridge"
)

// participantUpdate reads the body of a participant update. It reports false
// when the body asks for nothing.
func participantUpdate(w http.ResponseWriter, r *http.Request, d *dialect) (bridge.ParticipantUpdate, bool, error) {
	p, err := readParams(w, r)
	if err != nil {
		return bridge.ParticipantUpdate{}, false, err
	}
	u, bad := bindParticipant(p, d)
	if bad != nil {
		return bridge.ParticipantUpdate{}, false, bad
	}
	return u, u != bridge.ParticipantUpdate{}, nil
}

// bindParticipant turns parameters into an update.
func bindParticipant(p params, d *dialect) (bridge.ParticipantUpdate, *problem) {
	b := &binder{params: p}
	u := bridge.ParticipantUpdate{
		Muted:               b.muted(d),
		Hold:                b.boolean("Hold"),
		HoldURL:             b.prompt("HoldUrl", "HoldMethod", true),
		AnnounceURL:         b.prompt("AnnounceUrl", "AnnounceMethod", false),
		WaitURL:             b.prompt("WaitUrl", "WaitMethod", true),
		BeepOnExit:          b.boolean("BeepOnExit"),
		EndConferenceOnExit: b.boolean("EndConferenceOnExit"),
		Coaching:            b.boolean("Coaching"),
		CallSIDToCoach:      b.text("CallSidToCoach"),
	}
	return u, b.err
}

// muted returns Muted as the dialect understands it.
func (b *binder) muted(d *dialect) *bool {
	if d.looseMuted {
		return b.looseBoolean("Muted")
	}
	return b.boolean("Muted")
}

// conferenceUpdate reads the body of a conference update. It reports false
// when the body asks for nothing.
func conferenceUpdate(w http.ResponseWriter, r *http.Request, d *dialect) (bridge.ConferenceUpdate, bool, error) {
	p, err := readParams(w, r)
	if err != nil {
		return bridge.ConferenceUpdate{}, false, err
	}
	u, bad := bindConference(p, d)
	if bad != nil {
		return bridge.ConferenceUpdate{}, false, bad
	}
	return u, u != bridge.ConferenceUpdate{}, nil
}

// bindConference turns parameters into an update. Of the states only
// completed has an effect.
func bindConference(p params, d *dialect) (bridge.ConferenceUpdate, *problem) {
	b := &binder{params: p}
	u := bridge.ConferenceUpdate{
		Complete:    b.word("Status", d.settable...) == string(bridge.StatusCompleted),
		AnnounceURL: b.prompt("AnnounceUrl", "AnnounceMethod", false),
	}
	return u, b.err
}
