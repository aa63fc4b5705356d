package bridge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// model is the slow and obvious account of who hears whom.
type model struct {
	names                 []string
	muted, held, coaching map[string]bool
	coachee               map[string]string
}

func newModel(names []string) *model {
	return &model{names, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]string{}}
}

// hears follows the precedence Hold > Muted > Coaching word for word.
func (m *model) hears(listener, talker string) bool {
	switch {
	case listener == talker, m.held[listener], m.held[talker], m.muted[talker]:
		return false
	case m.coaching[talker]:
		return m.coachee[talker] == listener
	}
	return true
}

func (m *model) lines() []string {
	var out []string
	for _, l := range m.names {
		var heard []string
		for _, t := range m.names {
			if m.hears(l, t) {
				heard = append(heard, t)
			}
		}
		out = append(out, l+": "+strings.Join(heard, " "))
	}
	return out
}

// coachLoop reports whether who would coach itself, directly or through others.
func (m *model) coachLoop(who, target string) bool {
	for range m.names {
		if target == who {
			return true
		}
		if !m.coaching[target] {
			return false
		}
		target = m.coachee[target]
	}
	return false
}

// step makes one random update and says what the model expects of it.
func (m *model) step(rng *rand.Rand) (who string, u ParticipantUpdate, want error) {
	who = m.names[rng.IntN(len(m.names))]
	switch rng.IntN(4) {
	case 0:
		m.muted[who] = !m.muted[who]
		u.Muted = new(m.muted[who])
	case 1:
		m.held[who] = !m.held[who]
		u.Hold, u.HoldURL = new(m.held[who]), at("")
	case 2:
		m.coaching[who], m.coachee[who] = false, ""
		u.Coaching = no()
	case 3:
		target := m.names[rng.IntN(len(m.names))]
		u.CallSIDToCoach = &target
		switch {
		case m.coachLoop(who, target):
			want = ErrCoachCycle
		case m.held[target]:
			want = ErrCoachOnHold
		default:
			m.coaching[who], m.coachee[who] = true, target
		}
	}
	return who, u, want
}

// TestHearingWalk compares the wire with the model over random updates.
func TestHearingWalk(t *testing.T) {
	steps := 150
	if testing.Short() {
		steps = 50
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) {
				s.joinAll("sales", "alice", "bob", "carol", "dave", "erin")
				m := newModel(slices.Clone(s.names))
				rng := rand.New(rand.NewPCG(seed, 1))
				for i := range steps {
					who, u, want := m.step(rng)
					if _, err := s.tryUpdate(who, u); err != want {
						t.Fatalf("step %d: %s %+v gives %v, want %v", i, who, u, err, want)
					}
					s.wantHears(fmt.Sprintf("seed %d step %d (%s)", seed, i, who), m.lines()...)
					if t.Failed() {
						return
					}
					for _, g := range s.guests {
						g.phone.Forget()
					}
				}
			})
		})
	}
}
