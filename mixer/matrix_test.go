package mixer

import (
	"maps"
	"slices"
	"testing"

	"partyline/mixer/tone"
)

// hearing is a conference in which everybody speaks a tone of its own.
type hearing struct {
	m       *Mixer
	names   []string
	parties map[string]*Party
	voices  map[string]*tone.Sine
	tones   map[string]int
	prompts map[string]*tone.Sine // private audio, a tone per party
}

func newHearing(names ...string) *hearing {
	h := &hearing{
		m: New(8000), names: names,
		parties: map[string]*Party{}, voices: map[string]*tone.Sine{},
		tones: map[string]int{}, prompts: map[string]*tone.Sine{},
	}
	for i, n := range names {
		p := h.m.Add()
		p.Live = true
		h.parties[n] = p
		h.tones[n], h.tones[n+"'s-prompt"] = tone.Set[i], tone.Set[i+len(names)]
		h.voices[n] = &tone.Sine{Hz: tone.Set[i], Level: -24}
		h.prompts[n] = &tone.Sine{Hz: tone.Set[i+len(names)], Level: -24}
	}
	return h
}

// set gives a party a state and the prompt that goes with it.
func (h *hearing) set(name string, s State) {
	p := h.parties[name]
	had := p.Prompt != nil
	p.State, p.PromptEnding, p.Prompt = s, nil, nil
	if hasPrompt(s) {
		p.Prompt, p.PromptFresh = make([]int16, 160), !had
	} else if had {
		p.PromptEnding = make([]int16, 160)
		h.prompts[name].Fill(p.PromptEnding)
	}
}

// listen runs 200 ms and returns what everybody received.
func (h *hearing) listen() map[string][]int16 {
	heard := map[string][]int16{}
	for range 10 {
		for n, p := range h.parties {
			h.voices[n].Fill(p.In)
			if p.Prompt != nil {
				h.prompts[n].Fill(p.Prompt)
			}
		}
		h.m.Mix(ConferenceAudio{})
		for n, p := range h.parties {
			out := p.Out
			if out == nil {
				out = h.m.silence()
			}
			heard[n] = append(heard[n], out...)
			p.PromptFresh, p.PromptEnding = false, nil
		}
	}
	return heard
}

// TestHearingMatrix is the literal table of who hears whom, in tones.
func TestHearingMatrix(t *testing.T) {
	everybody := map[string]string{"alice": "bob carol", "bob": "alice carol", "carol": "alice bob"}
	for _, c := range []struct {
		name  string
		state map[string]State // Coachee is bob
		want  map[string]string
	}{
		{"all speak", nil, everybody},
		{"alice muted", map[string]State{"alice": {Muted: true}},
			map[string]string{"alice": "bob carol", "bob": "carol", "carol": "bob"}},
		{"alice held", map[string]State{"alice": {Held: true}},
			map[string]string{"alice": "alice's-prompt", "bob": "carol", "carol": "bob"}},
		{"alice held, muted and coaching", map[string]State{"alice": {Held: true, Muted: true, Coaching: true}},
			map[string]string{"alice": "alice's-prompt", "bob": "carol", "carol": "bob"}},
		{"alice waiting", map[string]State{"alice": {Waiting: true}},
			map[string]string{"alice": "alice's-prompt", "bob": "carol", "carol": "bob"}},
		{"alice leaving", map[string]State{"alice": {Leaving: true}},
			map[string]string{"alice": "", "bob": "carol", "carol": "bob"}},
		{"alice deaf", map[string]State{"alice": {Deaf: true}},
			map[string]string{"alice": "", "bob": "alice carol", "carol": "alice bob"}},
		{"alice announced", map[string]State{"alice": {Announced: true}},
			map[string]string{"alice": "alice's-prompt bob carol", "bob": "alice carol", "carol": "alice bob"}},
		{"alice coaching bob", map[string]State{"alice": {Coaching: true}},
			map[string]string{"alice": "bob carol", "bob": "alice carol", "carol": "bob"}},
		{"alice and carol coaching bob", map[string]State{"alice": {Coaching: true}, "carol": {Coaching: true}},
			map[string]string{"alice": "bob", "bob": "alice carol", "carol": "bob"}},
		{"alice coaching bob, muted", map[string]State{"alice": {Coaching: true, Muted: true}},
			map[string]string{"alice": "bob carol", "bob": "carol", "carol": "bob"}},
		{"alice coaching bob, who is held", map[string]State{"alice": {Coaching: true}, "bob": {Held: true}},
			map[string]string{"alice": "carol", "bob": "bob's-prompt", "carol": ""}},
		{"alice coaching bob, who is announced", map[string]State{"alice": {Coaching: true}, "bob": {Announced: true}},
			map[string]string{"alice": "bob carol", "bob": "alice bob's-prompt carol", "carol": "bob"}},
		{"all held", map[string]State{"alice": {Held: true}, "bob": {Held: true}, "carol": {Held: true}},
			map[string]string{"alice": "alice's-prompt", "bob": "bob's-prompt", "carol": "carol's-prompt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHearing("alice", "bob", "carol")
			h.listen()
			for n, s := range c.state {
				h.set(n, withCoachee(h, s))
			}
			h.wantHeard(t, c.want)
			for _, n := range h.names {
				h.set(n, State{})
			}
			h.wantHeard(t, everybody)
		})
	}
}

func withCoachee(h *hearing, s State) State {
	if s.Coaching {
		s.Coachee = h.parties["bob"]
	}
	return s
}

// wantHeard listens and fails where what is heard differs from want. The
// window starts with the tick of the change, whose fade it hardly weighs.
func (h *hearing) wantHeard(t *testing.T, want map[string]string) {
	t.Helper()
	for n, samples := range h.listen() {
		if got := tone.Hears(samples, 8000, h.tones); got != want[n] {
			t.Errorf("%s hears %q, want %q", n, got, want[n])
		}
	}
}

// TestM10_HearingOfEveryPairInEveryTransition moves one party from every
// state to every other while another is in each state in turn, for every
// ordered pair, and asks the plain rules of the model who is to be heard.
func TestM10_HearingOfEveryPairInEveryTransition(t *testing.T) {
	states := transitions()
	states["deaf"] = State{Deaf: true}
	names := slices.Sorted(maps.Keys(states))
	for fixed, u := range states {
		t.Run("with bob "+fixed, func(t *testing.T) {
			h := newHearing("alice", "bob", "carol")
			h.listen()
			h.set("bob", forBob(h, u))
			for i, from := range names {
				for _, to := range names[i:] {
					h.move(t, "alice", from, to, states)
					h.move(t, "alice", to, from, states)
				}
			}
		})
	}
}

// forBob makes bob coach carol, so that no two coach each other.
func forBob(h *hearing, s State) State {
	if s.Coaching {
		s.Coachee = h.parties["carol"]
	}
	return s
}

// move brings a party from one state to another and checks who hears whom.
func (h *hearing) move(t *testing.T, name, from, to string, states map[string]State) {
	t.Helper()
	h.set(name, withCoachee(h, states[to]))
	h.wantByRules(t, from+" to "+to)
}

func (h *hearing) wantByRules(t *testing.T, what string) {
	t.Helper()
	for listener, samples := range h.listen() {
		l := h.parties[listener]
		for voice, v := range h.parties {
			want := openness(l.State, false) != 0 && speaksTo(v, l)
			if got := tone.Level(samples, 8000, h.tones[voice]) > tone.Threshold; got != want {
				t.Fatalf("%s: %s hears %s: %v, want %v", what, listener, voice, got, want)
			}
		}
	}
}

// speaksTo states the rules of voices once more, for two parties.
func speaksTo(v, l *Party) bool {
	s := v.State
	switch {
	case v == l, s.Muted, !inRoom(s, false):
		return false
	case s.Coaching:
		return s.Coachee == l && inRoom(l.State, false)
	}
	return true
}
