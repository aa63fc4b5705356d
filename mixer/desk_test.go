package mixer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHearIsMix: what Mix leaves to Hear is what it would have worked out
// itself, in a walk of 3,000 ticks through states, voices so loud that the
// limiter works, and silence. The buses are the same.
func TestHearIsMix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at, late := New(8000), New(8000)
	late.Late()
	var here, there []*Party
	for range 6 {
		here, there = append(here, at.Add()), append(there, late.Add())
	}
	var d Desk
	left := 0
	for tick := range 3000 {
		if rng.IntN(10) == 0 {
			i, s := rng.IntN(6), State{Muted: rng.IntN(3) == 0, Held: rng.IntN(5) == 0, Coaching: rng.IntN(5) == 0}
			here[i].State, there[i].State = s, s
			if s.Coaching {
				here[i].State.Coachee, there[i].State.Coachee = here[(i+1)%6], there[(i+1)%6]
			}
		}
		loud := 1 << rng.IntN(16)
		for i, p := range here {
			p.Live = rng.IntN(4) > 0
			there[i].Live = p.Live
			for j := range p.In {
				p.In[j] = 0
				if p.Live {
					p.In[j] = int16(rng.IntN(2*loud) - loud)
				}
			}
			copy(there[i].In, p.In)
		}
		at.Mix(ConferenceAudio{})
		late.Mix(ConferenceAudio{})
		for i, p := range here {
			if out := there[i].Out; out != nil && len(out) == 0 {
				left++
			}
			if heard := late.Hear(there[i], &d); !slices.Equal(heard, p.Out) || there[i].Bus != p.Bus {
				t.Fatalf("tick %d: party %d hears otherwise than without a Desk", tick, i)
			}
		}
	}
	if left < 3000 {
		t.Errorf("only %d mixes were left to Hear", left)
	}
}
