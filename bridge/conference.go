package bridge

import (
	"net/url"
	"sync/atomic"
	"time"

	"partyline/bridge/prompt"
	"partyline/mixer"
)

// narrowband is the rate of a conference of G.711 phones, in Hz.
const narrowband = 8000

// commandQueue bounds the commands that wait for one conference's next tick.
const commandQueue = 256

// conference is one mix. Everything below the line belongs to the clock
// goroutine that owns it; other goroutines post commands and read the view.
//
//	init ──first starter joins──► in-progress ──last leaves, end on exit, API──► completed
type conference struct {
	bridge  *Bridge
	clock   *clock
	id      string
	account string
	name    string
	created time.Time

	door     chan<- arrival // of its clock
	commands chan command
	view     atomic.Pointer[ConferenceView]
	sequence atomic.Uint64
	done     chan struct{} // closed when the last tick has run

	// owned by the clock goroutine

	mixer     *mixer.Mixer
	parties   []*party
	buses     []*bus
	started   bool
	dirty     bool
	gauge     bool          // the rate has to be found anew
	turning   bool          // it changes in the next tick
	rate      int           // of the mix, in Hz
	now       time.Time     // of the present tick
	age       time.Duration // in the present tick
	departing int           // parties that are gone after this tick
	encodes   uint64        // since the beginning
	announce  announcements
	beeps     beeps
	happened  []happening
	replies   []reply
	pending   []action // what the outbox had no room for
	work      work     // receiving and sending

	newest  time.Time // when the last party came
	ended   EndReason
	endedBy string
	updated time.Time
}

// happening is an event and the participant it is about, nil for none.
type happening struct {
	event Event
	p     *party
}

func newConference(b *Bridge, account, name string, now time.Time) *conference {
	c := &conference{
		bridge: b, id: newID("CF"), account: account, name: name,
		created: now, updated: now, rate: narrowband, dirty: true,
		commands: make(chan command, commandQueue),
		done:     make(chan struct{}),
		mixer:    mixer.New(narrowband),
		beeps:    newBeeps(),
	}
	c.mixer.Late()
	c.work.done = make(chan struct{}, 1)
	c.view.Store(c.snapshot())
	return c
}

// find returns the participant with that call id or, failing that, label.
func (c *conference) find(ref string) *party {
	var labelled *party
	for _, p := range c.parties {
		if p.leaving != "" {
			continue
		}
		if p.id == ref {
			return p
		}
		if labelled == nil && ref != "" && p.request.Options.Label == ref {
			labelled = p
		}
	}
	return labelled
}

// present counts the participants that are not leaving.
func (c *conference) present() int {
	n := 0
	for _, p := range c.parties {
		if p.leaving == "" {
			n++
		}
	}
	return n
}

// maybeStart starts the conference when enough have come and one of them may
// start it. All waiting participants start in the same tick.
func (c *conference) maybeStart(now time.Time) {
	if c.started || c.ended != "" || c.present() < c.bridge.cfg.MinToStart {
		return
	}
	for _, p := range c.parties {
		if p.leaving == "" && p.request.Options.StartConferenceOnEnter {
			c.start(now)
			return
		}
	}
}

func (c *conference) start(now time.Time) {
	c.started = true
	c.touch(now)
	c.emit(Event{Type: EventConferenceStart}, nil)
	for _, p := range c.parties {
		p.touch(now)
		p.retire(p.prompts.wait)
		p.prompts.wait = nil
	}
}

// leave takes p out. It is faded out in this tick and gone after it.
func (c *conference) leave(p *party, why LeaveReason, now time.Time) {
	if p.leaving != "" {
		return
	}
	p.leaving, p.leaves = why, true
	c.departing++
	c.touch(now)
	for _, q := range c.parties {
		if q.coachee == p { // the coach becomes a silent monitor, never audible to all
			q.coachee = nil
			q.touch(now)
			c.emit(Event{Type: EventModify, Reason: "coachee-left"}, q)
		}
	}
	if p.beepExit && c.started {
		c.beeps.add(exiting, nil) // a leaver's ear is closed
	}
	c.emit(Event{Type: EventLeave, Reason: string(why)}, p)
	if !p.callEnded {
		c.do(action{call: p.request.Call, reason: why})
	}
	c.maybeEnd(p, why, now)
}

// maybeEnd ends the conference when p's leaving calls for it.
func (c *conference) maybeEnd(p *party, why LeaveReason, now time.Time) {
	kicked := why == Removed
	switch {
	case c.ended != "":
	case p.endOnExit && kicked:
		c.end(EndModeratorKicked, p.id, ConferenceEnded, now)
	case p.endOnExit:
		c.end(EndModeratorLeft, p.id, ConferenceEnded, now)
	case c.present() > 0:
	case kicked:
		c.end(EndLastKicked, p.id, ConferenceEnded, now)
	default:
		c.end(EndLastLeft, p.id, ConferenceEnded, now)
	}
}

// end completes the conference and hangs everybody up.
func (c *conference) end(why EndReason, by string, leave LeaveReason, now time.Time) {
	if c.ended != "" {
		return
	}
	c.ended, c.endedBy = why, by
	c.touch(now)
	for _, p := range c.parties {
		c.leave(p, leave, now)
	}
	c.emit(Event{Type: EventConferenceEnd, Reason: string(why), CallID: by}, nil)
}

func (c *conference) touch(now time.Time) { c.updated, c.dirty = now, true }

// fetchParams are the fields of a fetch for the whole conference.
func (c *conference) fetchParams() url.Values {
	return url.Values{
		"AccountSid":    {c.account},
		"ConferenceSid": {c.id},
		"FriendlyName":  {c.name},
		"ApiVersion":    {"v2/texml"},
	}
}

// emit notes e, about p or about the whole conference when p is nil, until
// publish: by then the tick has settled what p looks like.
func (c *conference) emit(e Event, p *party) {
	e.Time = c.now
	e.Account, e.ConferenceID, e.FriendlyName = c.account, c.id, c.name
	if p != nil {
		e.CallID, e.Label = p.id, p.request.Options.Label
	}
	c.happened = append(c.happened, happening{e, p})
}

// tell hands the tick's events to the bridge.
func (c *conference) tell() {
	for i, h := range c.happened {
		h.event.Sequence = c.sequence.Add(1) - 1
		if h.p != nil {
			h.event.Participant = h.p.snapshot()
		}
		c.bridge.publish(h.event)
		c.happened[i] = happening{}
	}
	c.happened = c.happened[:0]
}

// notify returns what a prompt calls, on its own goroutine, when something
// about its URL is worth telling.
func (c *conference) notify(callID, label string) func(prompt.Event) {
	return func(pe prompt.Event) {
		c.bridge.publish(Event{
			Type: EventPrompt, Sequence: c.sequence.Add(1) - 1, Time: time.Now(),
			Account: c.account, ConferenceID: c.id, FriendlyName: c.name,
			CallID: callID, Label: label,
			Reason: string(pe.Kind) + " " + pe.Reason, URL: pe.URL,
		})
	}
}

// snapshot is the picture of c for readers on other goroutines.
func (c *conference) snapshot() *ConferenceView {
	v := &ConferenceView{
		ID: c.id, Account: c.account, FriendlyName: c.name, Status: StatusInit,
		EndReason: c.ended, EndedBy: c.endedBy, Created: c.created, Updated: c.updated,
	}
	switch {
	case c.ended != "":
		v.Status = StatusCompleted
	case c.started:
		v.Status = StatusInProgress
	}
	v.Participants = make([]*ParticipantView, 0, len(c.parties))
	for _, p := range c.parties {
		if p.leaving == "" {
			v.Participants = append(v.Participants, p.snapshot())
		}
	}
	return v
}
