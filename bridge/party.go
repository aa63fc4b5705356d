package bridge

import (
	"net/url"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/mixer"
)

// maxAnnouncements bounds the announcements that wait for one target.
const maxAnnouncements = 8

// party is a participant as its conference knows it. All of it belongs to the
// clock goroutine of the conference; the steps that are shared out belong to
// whoever took the piece that p is in. It is what every tick looks at, in two
// cache lines; what commands and pictures look at is its profile.
type party struct {
	leg        *media.Leg
	voice      *mixer.Party
	bus        *bus           // of the listeners to its format, nil without a codec
	encoder    *media.Encoder // its own, nil while it shares that of the bus
	beside     *media.Encoder // the one of the bus, while both code the same frames
	coachee    *party         // nil while coaching: silent monitor
	listen     time.Duration  // the conference's age at which the phone may have been silent for too long
	muted      bool
	held       bool
	coaching   bool
	remoteHold bool
	deaf       bool // nothing is sent to it
	comfort    bool // comfort noise may take the place of silence
	prompted   bool // it has private audio, or has just had some
	lost       bool // its phone has been silent for too long
	digit      byte // that came with this tick, 0 for none
	leaves     bool // leaving is set
	alike      int  // for how many ticks encoder and beside were alike
	announce   announcements
	conf       *conference
	*profile
}

// profile is what a party is beyond what every tick looks at. It is apart because
// the allocator shifts what is as large off the cache lines.
type profile struct {
	id      string
	request JoinRequest
	params  MediaParams
	rate    int // of its leg and prompts, 0 before the first tick

	connected  bool   // the call was acknowledged
	coachRef   string // whom to coach once it comes, "" when found
	beepEnter  bool
	beepExit   bool
	endOnExit  bool
	callEnded  bool        // the front end reported it: nothing is left to hang up
	leaving    LeaveReason // "" while here
	waitPrompt Prompt      // what WaitURL names, see waitSilent
	waitMusic  bool        // no WaitURL was given: built-in music

	jitterBuffer JitterBufferSize

	prompts prompts

	created, updated time.Time
	dirty            bool
	view             *ParticipantView
}

// prompts is the private audio of a party: at most one of hold, wait and
// announcement is heard at a time, and the one that stops is faded out.
type prompts struct {
	hold, wait *playback
	playing    *playback // what was heard in the last tick
	retired    []*playback
}

func newParty(c *conference, r JoinRequest, id string, now time.Time) *party {
	o := r.Options
	p := &party{
		conf: c, leg: r.Leg, muted: o.Muted, deaf: true,
		profile: &profile{
			id: id, request: r, endOnExit: o.EndConferenceOnExit,
			beepEnter: o.Beep == BeepOnEnter || o.Beep == BeepAlways,
			beepExit:  o.Beep == BeepOnExit || o.Beep == BeepAlways,
			waitMusic: o.WaitURL == nil, jitterBuffer: o.JitterBufferSize,
			created: c.arrival(now), updated: now, dirty: true,
		},
	}
	if o.Beep == BeepDefault && o.Coach == "" {
		p.beepEnter, p.beepExit = true, true
	}
	if o.WaitURL != nil {
		p.waitPrompt = Prompt{URL: *o.WaitURL, Method: o.WaitMethod}
	}
	return p
}

// arrival is the time of a party that comes now. No two of a conference have the
// same, so that lists are in the order they came.
func (c *conference) arrival(now time.Time) time.Time {
	if !now.After(c.newest) {
		now = c.newest.Add(time.Nanosecond)
	}
	c.newest = now
	return now
}

// touch marks p for the next snapshot.
func (p *party) touch(now time.Time) {
	p.updated, p.dirty = now, true
	p.conf.dirty = true
}

// configure puts the outcome of an offer/answer exchange into force. A phone
// that puts the bridge on hold is muted meanwhile, so that its hold music
// does not reach the conference.
func (p *party) configure(s *media.Setup, now time.Time) {
	m := s.Params()
	p.params = m
	p.deaf = m.Tx.Codec == media.NoCodec || !m.Direction.Sends()
	p.comfort = m.ComfortNoise
	p.leg.Configure(s, now)
	p.conf.adopt(p, s)
	p.conf.gauge = true
	held := len(m.Rx) > 0 && (m.Direction == media.RecvOnly || m.Direction == media.Inactive)
	if held != p.remoteHold {
		p.remoteHold = held
		if held {
			p.conf.emit(Event{Type: EventRemoteHold}, p)
		} else {
			p.conf.emit(Event{Type: EventRemoteResume}, p)
		}
	}
	p.touch(now)
}

// route tells the mixer what p is at present, in a conference that has started
// or not.
func (p *party) route(started bool) {
	s := &p.voice.State
	s.Muted = p.muted || p.remoteHold
	s.Held = p.held
	s.Waiting = !started
	s.Leaving = p.leaves
	s.Coaching = p.coaching
	s.Coachee = nil
	if p.coachee != nil {
		s.Coachee = p.coachee.voice
	}
	s.Deaf = p.deaf
}

// wanted is the private audio p should be hearing when no announcement plays.
func (p *party) wanted() *playback {
	switch {
	case p.held:
		return p.prompts.hold
	case !p.conf.started:
		return p.prompts.wait
	}
	return nil
}

// pullPrompt gives the mixer this tick's private audio of p.
func (p *party) pullPrompt() {
	ps, v := &p.prompts, p.voice
	next := p.wanted()
	var frame []int16
	v.State.Announced = false
	if a, announced := p.announce.pull(p.conf, p); a != nil {
		next, frame = a, announced
		v.State.Announced, v.State.Alone = true, p.conf.bridge.cfg.AnnounceReplaces
	} else if next != nil {
		if frame, _ = next.read(); frame == nil {
			next = nil // not yet: it is faded in when it begins
		}
	}
	v.PromptEnding = nil
	if old := ps.playing; old != nil && old != next {
		v.PromptEnding, _ = old.read()
	}
	v.Prompt, v.PromptFresh = frame, next != nil && next != ps.playing
	ps.playing = next
	p.dropRetired()
	p.prompted = next != nil || v.PromptEnding != nil || p.expectsPrompt()
}

// expectsPrompt reports whether p has private audio, heard or not.
func (p *party) expectsPrompt() bool {
	return p.prompts.hold != nil || p.prompts.wait != nil || len(p.announce.queue) > 0
}

// retire stops pb, after the tick in which it was faded out.
func (p *party) retire(pb *playback) {
	if pb != nil {
		p.prompted = true
		p.prompts.retired = append(p.prompts.retired, pb)
	}
}

func (p *party) dropRetired() {
	for i, pb := range p.prompts.retired {
		pb.stop()
		p.prompts.retired[i] = nil
	}
	p.prompts.retired = p.prompts.retired[:0]
}

// stopPrompts ends all private audio of a party that has left.
func (p *party) stopPrompts() {
	p.retire(p.prompts.hold)
	p.retire(p.prompts.wait)
	p.announce.stop()
	p.dropRetired()
}

// playback makes a prompt for p. For hold and wait a nil want means the
// built-in music and an empty URL silence.
func (p *party) playback(kind prompt.Kind, want *Prompt) *playback {
	r := prompt.Request{Kind: kind, Account: p.request.Account, Rate: p.conf.rate}
	if want != nil {
		r.URL, r.Method, r.Silence = want.URL, want.Method, want.URL == ""
	}
	r.Params = p.fetchParams()
	r.Notify = p.conf.notify(p.id, p.request.Options.Label)
	pb := newPlayback(r)
	p.prompted = true
	p.conf.ask(pb)
	return pb
}

// startWaiting gives p its waiting audio when the conference has not started.
func (p *party) startWaiting() {
	if p.conf.started || p.prompts.wait != nil {
		return
	}
	if p.waitMusic {
		p.prompts.wait = p.playback(prompt.Wait, nil)
		return
	}
	p.prompts.wait = p.playback(prompt.Wait, &p.waitPrompt)
}

// fetchParams are the fields a document fetch carries, as the vendors name
// them.
func (p *party) fetchParams() url.Values {
	v := p.conf.fetchParams()
	v.Set("CallSid", p.id)
	v.Set("CallSidLegacy", p.id)
	v.Set("From", p.request.From)
	v.Set("To", p.request.To)
	v.Set("CallStatus", "in-progress")
	v.Set("Direction", p.request.Direction)
	if l := p.request.Options.Label; l != "" {
		v.Set("ParticipantLabel", l)
	}
	return v
}

// snapshot is the picture of p for readers on other goroutines.
func (p *party) snapshot() *ParticipantView {
	if !p.dirty && p.view != nil {
		return p.view
	}
	v := &ParticipantView{
		CallID: p.id, ConferenceID: p.conf.id, Account: p.conf.account,
		Label: p.request.Options.Label, Status: "connecting",
		Muted: p.muted, Hold: p.held, Coaching: p.coaching,
		BeepOnExit: p.beepExit, EndConferenceOnExit: p.endOnExit,
		StartConferenceOnEnter: p.request.Options.StartConferenceOnEnter,
		Waiting:                !p.conf.started, RemoteHold: p.remoteHold,
		From: p.request.From, To: p.request.To, SIPCallID: p.request.SIPCallID,
		Direction: p.request.Direction, Codec: p.params.Tx.Codec.String(),
		JitterBufferSize: p.jitterBuffer,
		Created:          p.created, Updated: p.updated,
	}
	if p.connected {
		v.Status = "connected"
	}
	if p.coachee != nil {
		v.CoachedCallID = p.coachee.id
	}
	p.view, p.dirty = v, false
	return v
}
