package mixer

import "testing"

// TestPrecedence is the law of who hears whom. Alice, in the state of the
// row, is in a conference with bob, carol and a silent monitor; bob's state is
// given where it matters.
func TestPrecedence(t *testing.T) {
	coach := func(s State) State { s.Coaching = true; return s }
	for _, row := range []struct {
		name     string
		alice    State // Coachee is bob where Coaching is set and alone is not
		alone    bool
		bob      State
		heardBy  string // who hears alice
		hears    string // whom alice hears
		private  string // what alice hears besides voices, at what gain they are
		bobHears string
	}{
		{"speaking", State{}, false, State{}, "bob carol monitor", "bob carol", "announce beep", "alice carol"},
		{"muted", State{Muted: true}, false, State{}, "", "bob carol", "announce beep", "carol"},
		{"held", State{Held: true}, false, State{}, "", "", "prompt", "carol"},
		{"waiting", State{Waiting: true}, false, State{}, "", "", "prompt|announce", "carol"},
		{"leaving", State{Leaving: true}, false, State{}, "", "", "", "carol"},
		{"deaf", State{Deaf: true}, false, State{}, "bob carol monitor", "", "", "alice carol"},
		{"announced", State{Announced: true}, false, State{}, "bob carol monitor", "bob carol", "ducked prompt announce beep", "alice carol"},
		{"held and announced", State{Held: true, Announced: true}, false, State{}, "", "", "prompt", "carol"},
		{"waiting and announced", State{Waiting: true, Announced: true}, false, State{}, "", "", "prompt announce", "carol"},
		{"muted and announced", State{Muted: true, Announced: true}, false, State{}, "", "bob carol", "ducked prompt announce beep", "carol"},
		{"held and waiting", State{Held: true, Waiting: true}, false, State{}, "", "", "prompt", "carol"},
		{"held and muted", State{Held: true, Muted: true}, false, State{}, "", "", "prompt", "carol"},
		{"leaving and all else", coach(State{Leaving: true, Held: true, Waiting: true, Muted: true, Announced: true}), false, State{}, "", "", "", "carol"},

		{"coach", coach(State{}), false, State{}, "bob", "bob carol", "announce beep", "alice carol"},
		{"monitor", coach(State{}), true, State{}, "", "bob carol", "announce beep", "carol"},
		{"muted coach", coach(State{Muted: true}), false, State{}, "", "bob carol", "announce beep", "carol"},
		{"held coach", coach(State{Held: true}), false, State{}, "", "", "prompt", "carol"},
		{"waiting coach", coach(State{Waiting: true}), false, State{}, "", "", "prompt|announce", "carol"},
		{"deaf coach", coach(State{Deaf: true}), false, State{}, "bob", "", "", "alice carol"},
		{"announced coach", coach(State{Announced: true}), false, State{}, "bob", "bob carol", "ducked prompt announce beep", "alice carol"},

		{"coach of a muted one", coach(State{}), false, State{Muted: true}, "bob", "carol", "announce beep", "alice carol"},
		{"coach of an announced one", coach(State{}), false, State{Announced: true}, "bob", "bob carol", "announce beep", "alice carol"},
		{"coach of a held one", coach(State{}), false, State{Held: true}, "", "carol", "announce beep", ""},
		{"coach of a waiting one", coach(State{}), false, State{Waiting: true}, "", "carol", "announce beep", ""},
		{"coach of a leaving one", coach(State{}), false, State{Leaving: true}, "", "carol", "announce beep", ""},
		{"coach of a deaf one", coach(State{}), false, State{Deaf: true}, "", "bob carol", "announce beep", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := New(8000)
			alice, bob, carol, monitor := m.Add(), m.Add(), m.Add(), m.Add()
			monitor.State.Coaching = true
			alice.State, bob.State = row.alice, row.bob
			if row.alice.Coaching && !row.alone {
				alice.State.Coachee = bob
			}
			m.route()
			names := map[string]*Party{"alice": alice, "bob": bob, "carol": carol, "monitor": monitor}
			wantWords(t, "hear alice", listeners(names, alice), row.heardBy)
			wantWords(t, "alice hears", voices(names, alice), row.hears)
			wantWords(t, "bob hears", voices(names, bob), row.bobHears)
			wantWords(t, "alice also hears", row.private, alice.now.ear.String())
		})
	}
}

func wantWords(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

var inOrder = []string{"alice", "bob", "carol", "monitor"}

// heardRoute reports whether q hears p by their routes.
func heardRoute(p, q *Party) bool {
	return p != q && q.now.ear.voices != 0 && p.now.reaches(q)
}

func listeners(names map[string]*Party, p *Party) (words string) {
	for _, n := range inOrder {
		if heardRoute(p, names[n]) {
			words = join(words, n)
		}
	}
	return words
}

func voices(names map[string]*Party, q *Party) (words string) {
	for _, n := range inOrder {
		if heardRoute(names[n], q) {
			words = join(words, n)
		}
	}
	return words
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// String describes e without its voices.
func (e ear) String() (s string) {
	if e.yields {
		return "prompt|announce"
	}
	if e.voices == duck {
		s = "ducked"
	}
	for _, part := range []struct {
		name string
		open bool
	}{{"prompt", e.prompt}, {"announce", e.announce}, {"beep", e.beep}} {
		if part.open {
			s = join(s, part.name)
		}
	}
	return s
}

func TestCoachesDoNotHearEachOther(t *testing.T) {
	m := New(8000)
	agent, first, second := m.Add(), m.Add(), m.Add()
	for _, c := range []*Party{first, second} {
		c.State = State{Coaching: true, Coachee: agent}
	}
	m.route()
	if heardRoute(first, second) || heardRoute(second, first) {
		t.Error("coaches of one coachee hear each other")
	}
	if !heardRoute(first, agent) || !heardRoute(second, agent) {
		t.Error("the coachee misses a coach")
	}
	second.State.Coachee = first
	m.route()
	if !heardRoute(second, first) || heardRoute(first, second) || heardRoute(second, agent) {
		t.Error("a coach of a coach must be heard by that coach alone")
	}
}

func TestCyclesAndStrangersAreSafe(t *testing.T) {
	m, other := New(8000), New(8000)
	a, b, c := m.Add(), m.Add(), m.Add()
	stranger := other.Add()
	for _, targets := range [][2]*Party{{a, b}, {b, a}, {stranger, a}, {nil, stranger}} {
		a.State = State{Coaching: true, Coachee: targets[0]}
		b.State = State{Coaching: true, Coachee: targets[1]}
		a.Live, b.Live = true, true
		for range 3 {
			m.Mix(ConferenceAudio{})
		}
		if heardRoute(a, c) || heardRoute(b, c) {
			t.Fatal("a coach reaches the conference")
		}
	}
	if a.now.whisper != nil || b.now.whisper != nil {
		t.Error("whispers go to nobody and to another conference's party")
	}
}

func TestRemovedCoacheeLeavesASilentCoach(t *testing.T) {
	m, ps := crew(3)
	coach, coachee, other := ps[0], ps[1], ps[2]
	coach.State = State{Coaching: true, Coachee: coachee}
	m.Mix(ConferenceAudio{})
	m.Remove(coachee)
	if coach.State.Coachee != nil || !coach.State.Coaching {
		t.Error("the coach did not become a monitor")
	}
	for range 3 {
		m.Mix(ConferenceAudio{})
	}
	wantFrame(t, "the other hears", other.Out, sumOf())
	coach.State.Coachee = coachee
	m.Mix(ConferenceAudio{})
	wantFrame(t, "the other hears, coachee set again", other.Out, sumOf())
	wantFrame(t, "the coach hears", coach.Out, other.In)
	m.Remove(coachee)
	New(8000).Remove(other)
	m.Mix(ConferenceAudio{})
	wantFrame(t, "the coach still hears", coach.Out, other.In)
}
