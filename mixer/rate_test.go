package mixer

import (
	"math/rand/v2"
	"testing"

	"partyline/mixer/tone"
)

// TestM16_ChangeOfRateIsExact: what is mixed after a change of rate is what a
// mixer of that rate always was: one voice comes out sample for sample.
func TestM16_ChangeOfRateIsExact(t *testing.T) {
	m, ps := crew(3)
	ps[1].State.Muted, ps[2].State.Muted = true, true
	m.Mix(ConferenceAudio{})
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, rate := range []int{16000, 48000, 8000, 48000, 16000, 8000} {
		m.SetRate(rate)
		for range 3 {
			if len(ps[0].In) != rate/50 || m.FrameLen() != rate/50 {
				t.Fatalf("at %d Hz a frame has %d samples", rate, len(ps[0].In))
			}
			babble(rnd, ps[0], 32767)
			m.Mix(ConferenceAudio{})
			wantFrame(t, "a listener hears the talker", ps[1].Out, ps[0].In)
			wantFrame(t, "the talker hears nothing", ps[0].Out, make([]int16, rate/50))
		}
	}
}

// TestM06_NoStepAtAnotherRate fades a constant voice in the tick in which the
// rate changes, every way.
func TestM06_NoStepAtAnotherRate(t *testing.T) {
	for _, from := range []int{8000, 16000, 48000} {
		for _, to := range []int{8000, 16000, 48000} {
			for name, s := range transitions() {
				m := New(from)
				a, b := m.Add(), m.Add()
				a.Live = true
				for range 3 {
					fill(a.In, 20000)
					m.Mix(ConferenceAudio{})
				}
				last := b.Out[len(b.Out)-1]
				m.SetRate(to)
				if a.State = s; s.Coaching {
					a.State.Coachee = b
				}
				fill(a.In, 20000)
				m.Mix(ConferenceAudio{})
				if step := tone.MaxStep(append([]int16{last}, b.Out...)); step > 0.10 {
					t.Errorf("from %d to %d Hz while %s: a step of %.2f", from, to, name, step)
				}
			}
		}
	}
}

// TestSetRateKeepsLimiters: a gain that is down stays down.
func TestSetRateKeepsLimiters(t *testing.T) {
	m := New(8000)
	a, b, c := m.Add(), m.Add(), m.Add()
	for range 5 {
		for _, p := range []*Party{a, b} {
			p.Live = true
			fill(p.In, 30000)
		}
		m.Mix(ConferenceAudio{})
	}
	before := c.limiter
	m.SetRate(48000)
	if c.limiter != before || before == idle {
		t.Errorf("the limiter is %+v, was %+v", c.limiter, before)
	}
}

// TestMixAllocatesNothingAfterSetRate; nor does SetRate when the frames have
// been as long before.
func TestMixAllocatesNothingAfterSetRate(t *testing.T) {
	m, _ := crew(10)
	rates := []int{48000, 16000, 8000}
	for _, rate := range rates {
		m.SetRate(rate)
	}
	i := 0
	if n := testing.AllocsPerRun(100, func() {
		m.SetRate(rates[i%3])
		m.Mix(ConferenceAudio{})
		i++
	}); n != 0 {
		t.Errorf("a change of rate and a mix allocate %v times", n)
	}
}
