package api

import "partyline/bridge"

// readUpdate reads and binds the body of an update. The name is what the
// client calls this command, "" when it does not: an Idempotency-Key header or
// a command_id parameter.
func readUpdate[U any](x *exchange, bind func(*binder, *dialect) U) (u U, name string, err error) {
	p, err := readParams(x.w, x.r)
	if err != nil {
		return u, "", err
	}
	b := &binder{params: p}
	bound := bind(b, x.dialect)
	name = x.r.Header.Get("Idempotency-Key")
	if id := b.text("command_id"); id != nil {
		name = *id
	}
	if b.err != nil {
		return u, "", b.err
	}
	return bound, name, nil
}

// bindParticipant takes a participant update out of parameters.
func bindParticipant(b *binder, d *dialect) bridge.ParticipantUpdate {
	return bridge.ParticipantUpdate{
		Muted:               b.muted(d),
		Hold:                b.boolean("Hold"),
		HoldURL:             b.prompt("HoldUrl", "HoldMethod", true),
		AnnounceURL:         b.prompt("AnnounceUrl", "AnnounceMethod", false),
		WaitURL:             b.prompt("WaitUrl", "WaitMethod", true),
		BeepOnExit:          b.boolean("BeepOnExit"),
		EndConferenceOnExit: b.boolean("EndConferenceOnExit"),
		Coaching:            b.boolean("Coaching"),
		CallSIDToCoach:      b.text("CallSidToCoach"),
		JitterBufferSize:    b.jitterBufferSize("JitterBufferSize"),
		SendDigits:          b.digits("SendDigits"),
	}
}

// muted returns Muted as the dialect understands it.
func (b *binder) muted(d *dialect) *bool {
	if d.looseMuted {
		return b.looseBoolean("Muted")
	}
	return b.boolean("Muted")
}

// bindConference takes a conference update out of parameters. Of the states
// only completed has an effect.
func bindConference(b *binder, d *dialect) bridge.ConferenceUpdate {
	return bridge.ConferenceUpdate{
		Complete:    b.word("Status", d.settable...) == string(bridge.StatusCompleted),
		AnnounceURL: b.prompt("AnnounceUrl", "AnnounceMethod", false),
	}
}
