package mixer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"partyline/mixer/tone"
)

func TestM03_ToneHasNoHoles(t *testing.T) {
	m := New(8000)
	talker, quiet, listener := m.Add(), m.Add(), m.Add()
	quiet.Live, talker.Live = true, true
	s := tone.Sine{Hz: 1000, Level: -10}
	heard := make([]int16, 0, 600*8000)
	for range 600 * 50 {
		s.Fill(talker.In)
		m.Mix(ConferenceAudio{})
		heard = append(heard, listener.Out...)
	}
	if h := tone.FindHoles(heard[160:], 8000, 1000); h.Count != 0 {
		t.Errorf("ten minutes of tone: %+v", h)
	}
}

// TestM06_NoSteps puts every transition at a sample peak that lasts: all
// sources are constant, so that each step is the mixer's own.
func TestM06_NoSteps(t *testing.T) {
	states := transitions()
	for from, s := range states {
		for to, u := range states {
			pl := newPlateau()
			pl.run(t, "from the start", 4)
			pl.set(s)
			pl.run(t, "to "+from, 12)
			pl.set(u)
			pl.run(t, from+" to "+to, 12)
			pl.m.Remove(pl.parties[0])
			pl.run(t, to+" to gone", 2)
		}
	}
}

// plateau is alice, bob and a muted carol, all of whose sources are constant.
type plateau struct {
	m       *Mixer
	parties []*Party
	last    [3]int16 // what each heard last
}

func newPlateau() *plateau {
	pl := &plateau{m: New(8000)}
	for range pl.last {
		p := pl.m.Add()
		p.Live = true
		fill(p.In, 20000)
		pl.parties = append(pl.parties, p)
	}
	pl.parties[2].State.Muted = true
	return pl
}

// set gives alice a state and the prompt that goes with it.
func (pl *plateau) set(s State) {
	alice := pl.parties[0]
	if s.Coaching {
		s.Coachee = pl.parties[1]
	}
	alice.State = s
	switch had := alice.Prompt != nil; {
	case hasPrompt(s) && !had:
		alice.Prompt, alice.PromptFresh = fill(make([]int16, 160), 15000), true
	case !hasPrompt(s) && had:
		alice.Prompt, alice.PromptEnding = nil, alice.Prompt
	}
}

// run mixes some ticks and fails on a step above 10 % of full scale.
func (pl *plateau) run(t *testing.T, what string, ticks int) {
	t.Helper()
	for range ticks {
		pl.m.Mix(ConferenceAudio{})
		for k, p := range pl.parties {
			p.PromptFresh, p.PromptEnding = false, nil
			if p.Out == nil {
				continue
			}
			if step := tone.MaxStep(append([]int16{pl.last[k]}, p.Out...)); step > 0.10 {
				t.Errorf("%s: %s hears a step of %.2f", what, inOrder[k], step)
			}
			pl.last[k] = p.Out[159]
		}
	}
}

func hasPrompt(s State) bool { return s.Held || s.Waiting || s.Announced }

func fill(frame []int16, v int16) []int16 {
	for i := range frame {
		frame[i] = v
	}
	return frame
}

// transitions are the states between which parties are moved. Deaf is left
// out: nothing is sent to a deaf party, so it may start and stop anyhow.
func transitions() map[string]State {
	return map[string]State{
		"speaking":       {},
		"muted":          {Muted: true},
		"held":           {Held: true},
		"waiting":        {Waiting: true},
		"leaving":        {Leaving: true},
		"coaching":       {Coaching: true},
		"announced":      {Announced: true},
		"held announced": {Held: true, Announced: true},
		"muted coaching": {Muted: true, Coaching: true},
	}
}

// TestM11_CoachNeverLeaks switches a coach 1,000 times between all states in
// which the conference must not hear it: not one sample may differ from the conference
// without the coach.
func TestM11_CoachNeverLeaks(t *testing.T) {
	m, ps := crew(5)
	coach, agent, second, customer, monitor := ps[0], ps[1], ps[2], ps[3], ps[4]
	monitor.State.Coaching = true
	rnd := rand.New(rand.NewPCG(11, 0))
	coach.State.Coaching = true
	m.Mix(ConferenceAudio{})
	m.Mix(ConferenceAudio{})
	for i := range 1000 {
		coach.State = State{
			Coaching: true,
			Coachee:  []*Party{nil, agent, second}[rnd.IntN(3)],
			Muted:    rnd.IntN(4) == 0,
			Held:     rnd.IntN(8) == 0,
		}
		for _, p := range ps {
			babble(rnd, p, 3000)
		}
		m.Mix(ConferenceAudio{})
		what := fmt.Sprintf("toggle %d", i)
		wantFrame(t, what+": the customer hears", customer.Out, sumOf(agent, second))
		wantFrame(t, what+": the monitor hears", monitor.Out, sumOf(agent, second, customer))
	}
}

// TestM11_NothingSaidAfterTheChangeLeaks runs two conferences that differ only
// in what one party says while its state keeps it from another. The other
// must hear the same in both, from the first sample of the change on.
func TestM11_NothingSaidAfterTheChangeLeaks(t *testing.T) {
	type conference struct {
		m                *Mixer
		alice, bob, dave *Party
	}
	start := func() *conference {
		m := New(8000)
		return &conference{m, m.Add(), m.Add(), m.Add()}
	}
	one, two := start(), start()
	rnd := rand.New(rand.NewPCG(11, 1))
	states := slices.Collect(func(yield func(State) bool) {
		for _, s := range transitions() {
			if !yield(s) {
				return
			}
		}
	})
	for i := range 5000 {
		s, seed := states[rnd.IntN(len(states))], rnd.Uint64()
		secret := s != State{} && s != State{Announced: true}
		for k, c := range []*conference{one, two} {
			same := rand.New(rand.NewPCG(seed, 0))
			babble(same, c.bob, 9000)
			babble(same, c.dave, 9000)
			if secret {
				same = rand.New(rand.NewPCG(seed, uint64(k)))
			}
			babble(same, c.alice, 9000)
			c.alice.State = s
			if s.Coaching {
				c.alice.State.Coachee = c.bob
			}
			c.m.Mix(ConferenceAudio{})
		}
		wantFrame(t, fmt.Sprintf("change %d to %+v", i, s), one.dave.Out, two.dave.Out)
	}
}

// TestHoldIsDeafAtOnce: what the conference says after a hold never reaches the
// held, not even in the fade.
func TestHoldIsDeafAtOnce(t *testing.T) {
	for name, s := range map[string]State{"held": {Held: true}, "waiting": {Waiting: true}, "leaving": {Leaving: true}} {
		var heard [2][]int16
		for k := range heard {
			m, ps := crew(4)
			ps[2].State = State{Coaching: true, Coachee: ps[0]}
			m.Mix(ConferenceAudio{})
			ps[0].State = s
			for _, p := range ps[1:] {
				babble(rand.New(rand.NewPCG(1, uint64(k))), p, 2000)
			}
			m.Mix(ConferenceAudio{})
			heard[k] = slices.Clone(ps[0].Out)
		}
		wantFrame(t, name, heard[1], heard[0])
	}
}

func TestRetargetIsContinuousForWhoeverHeardBefore(t *testing.T) {
	m, ps := crew(3)
	coach, agent, customer := ps[0], ps[1], ps[2]
	rnd := rand.New(rand.NewPCG(12, 0))
	for i := range 50 {
		coach.State = State{Coaching: i%2 == 0, Coachee: agent}
		for _, p := range ps {
			babble(rnd, p, 3000)
		}
		m.Mix(ConferenceAudio{})
		wantFrame(t, "the agent hears coach and customer", agent.Out, sumOf(coach, customer))
	}
}

func TestM12_AnnouncementsReachTheirEars(t *testing.T) {
	m, ps := crew(6)
	for _, p := range ps {
		p.Live = false
	}
	ps[1].State.Muted, ps[2].State.Coaching = true, true
	ps[3].State.Held, ps[4].State.Waiting = true, true
	music, private := fill(make([]int16, 160), 50), fill(make([]int16, 160), 70)
	ps[3].Prompt, ps[4].Prompt = music, music
	ps[5].State.Announced, ps[5].Prompt = true, private
	announce, beep := fill(make([]int16, 160), 1000), fill(make([]int16, 160), 300)
	want := func(what string, levels ...int16) {
		t.Helper()
		for k, v := range levels {
			wantFrame(t, fmt.Sprintf("%s, party %d", what, k), ps[k].Out, fill(make([]int16, 160), v))
		}
	}
	mix := func(r ConferenceAudio) {
		m.Mix(r)
		m.Mix(r)
	}
	mix(ConferenceAudio{})
	want("private only", 0, 0, 0, 50, 50, 70)
	mix(ConferenceAudio{Announce: announce})
	want("conference announcement", 1000, 1000, 1000, 50, 1000, 1070)
	mix(ConferenceAudio{Beep: beep, BeepExcept: ps[0]})
	want("beep", 0, 300, 300, 50, 50, 370)
	mix(ConferenceAudio{Announce: announce, Beep: beep, BeepExcept: ps[1]})
	want("both", 1300, 1000, 1300, 50, 1000, 1370)
}

func TestAnnouncedHearsTheConferenceDucked(t *testing.T) {
	m, ps := crew(2)
	ps[0].State.Announced = true
	s := tone.Sine{Hz: 1000, Level: -20}
	var heard []int16
	for range 50 {
		s.Fill(ps[1].In)
		m.Mix(ConferenceAudio{})
		heard = append(heard, ps[0].Out...)
	}
	if l := tone.Level(heard, 8000, 1000); math.Abs(l+32) > 0.1 {
		t.Errorf("the conference is at %.2f dBov under the announcement, want -32", l)
	}
}

func TestM17_FirstWordIsKept(t *testing.T) {
	m, ps := crew(2)
	ps[0].Live = false
	for range 50 {
		m.Mix(ConferenceAudio{})
	}
	babble(rand.New(rand.NewPCG(17, 0)), ps[0], 5000)
	m.Mix(ConferenceAudio{})
	wantFrame(t, "the first frame of a word", ps[1].Out, ps[0].In)
}

func TestPromptsFadeInAndOut(t *testing.T) {
	m, ps := crew(1)
	p := ps[0]
	p.State.Held, p.Live = true, false
	m.Mix(ConferenceAudio{})
	p.Prompt, p.PromptFresh = fill(make([]int16, 160), 10000), true
	m.Mix(ConferenceAudio{})
	wantMonotonic(t, "in", p.Out, 0, 10000)
	p.PromptFresh = false
	m.Mix(ConferenceAudio{})
	wantFrame(t, "steady", p.Out, p.Prompt)
	p.PromptEnding, p.Prompt = p.Prompt, nil
	p.State.Held = false
	m.Mix(ConferenceAudio{})
	slices.Reverse(p.Out[:64])
	wantMonotonic(t, "out", p.Out[:64], 0, 10000)
	p.PromptEnding = nil
	m.Mix(ConferenceAudio{})
	wantFrame(t, "after", p.Out, m.silence())
}

// TestHoldKeepsTheLimiter: the gain comes back under the prompt as slowly as
// under voices.
func TestHoldKeepsTheLimiter(t *testing.T) {
	m, ps := crew(4)
	for range 3 {
		for _, p := range ps {
			fill(p.In, 20000)
		}
		m.Mix(ConferenceAudio{})
	}
	p := ps[0]
	p.State.Held, p.Prompt = true, fill(make([]int16, 160), 15000)
	m.Mix(ConferenceAudio{})
	want, acc := make([]int16, 160), make([]int32, 160)
	add(acc, p.Prompt)
	if p.limiter == idle {
		t.Fatal("the limiter does not work")
	}
	for tick := range 20 {
		own := p.limiter
		own.limit(want, acc)
		m.Mix(ConferenceAudio{})
		wantFrame(t, fmt.Sprintf("tick %d", tick), p.Out, want)
	}
	wantFrame(t, "at rest", p.Out, p.Prompt)
}

func wantMonotonic(t *testing.T, what string, frame []int16, from, to int16) {
	t.Helper()
	if !slices.IsSorted(frame) || frame[0] > from+to/50 || frame[len(frame)-1] < to-to/50 {
		t.Errorf("%s: no fade: %v", what, frame)
	}
}

func TestDeafPartyHasNoOut(t *testing.T) {
	m, ps := crew(3)
	ps[0].State.Deaf = true
	m.Mix(ConferenceAudio{})
	if ps[0].Out != nil || ps[0].Bus == 0 {
		t.Errorf("Out has %d samples on bus %d, want none of its own", len(ps[0].Out), ps[0].Bus)
	}
	wantFrame(t, "others hear the deaf one", ps[1].Out, sumOf(ps[0], ps[2]))
	ps[0].State.Deaf = false
	m.Mix(ConferenceAudio{})
	wantFrame(t, "after the fade-in it hears", ps[0].Out[64:], sumOf(ps[1], ps[2])[64:])
}

// TestBusesAreWhatUnsharedMixersGive lets loud parties fall silent and speak
// again, and gives each a limiter of its own to compare with.
func TestBusesAreWhatUnsharedMixersGive(t *testing.T) {
	m, ps := crew(8)
	ps[6].State.Muted, ps[7].State.Muted = true, true
	m.Mix(ConferenceAudio{})
	rnd := rand.New(rand.NewPCG(19, 0))
	own := make([]limiter, len(ps))
	for i := range own {
		own[i] = idle
	}
	shared, alone := 0, 0
	acc, want := make([]int32, 160), make([]int16, 160)
	for tick := range 3000 {
		for _, p := range ps {
			babble(rnd, p, 15000)
			p.Live = rnd.IntN(3) != 0 && tick%100 < 80
		}
		m.Mix(ConferenceAudio{})
		for i, p := range ps {
			clear(acc)
			for _, q := range ps[:6] {
				if q != p && q.Live {
					add(acc, q.In)
				}
			}
			own[i].limit(want, acc)
			wantFrame(t, fmt.Sprintf("tick %d, party %d on bus %d", tick, i, p.Bus), p.Out, want)
			if p.Bus == 0 {
				shared++
			} else {
				alone++
			}
			if p.Bus == 0 && &p.Out[0] != &ps[7].Out[0] {
				t.Fatalf("tick %d: bus 0 was computed twice", tick)
			}
		}
		if tick%100 == 99 && ps[0].Bus != 0 {
			t.Fatalf("tick %d: a silent party does not share the common mix", tick)
		}
	}
	if shared < 6000 || alone < 6000 {
		t.Errorf("%d shared and %d of one's own", shared, alone)
	}
}

// TestShortCutsAreExact lets parties say a single sample each, all of them at once
// and so that some mixes just fit and others just do not, and compares with what
// a limiter of each party's own makes of the sum.
func TestShortCutsAreExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(19, 1))
	want, acc := make([]int16, 160), make([]int32, 160)
	for round := range 20_000 {
		m := New(8000)
		ps := make([]*Party, 3)
		for i := range ps {
			ps[i] = m.Add()
		}
		m.Mix(ConferenceAudio{})
		var said [3]int32
		said[0] = int32(rnd.IntN(1<<16) - 1<<15)
		said[1] = int32(rnd.IntN(1<<16) - 1<<15)
		full := int32(rnd.IntN(1<<16) - 1<<15)
		if rnd.IntN(2) == 0 { // the first one's mix is about as loud as it may be
			full = said[0] + int32(1-2*rnd.IntN(2))*(32767+int32(rnd.IntN(5)-2))
		}
		said[2] = min(max(full-said[0]-said[1], -32768), 32767)
		for i, p := range ps {
			p.Live, p.In[77] = true, int16(said[i])
		}
		m.Mix(ConferenceAudio{})
		for i, p := range ps {
			clear(acc)
			acc[77] = said[0] + said[1] + said[2] - said[i]
			own := idle
			own.limit(want, acc)
			wantFrame(t, fmt.Sprintf("round %d, party %d, who says %d of %v", round, i, said[i], said), p.Out, want)
		}
	}
}

func TestBusNumbersAreStableAndUnique(t *testing.T) {
	m, ps := crew(4)
	seen := map[int]bool{}
	for _, p := range ps {
		if p.Bus == 0 || seen[p.Bus] {
			t.Fatalf("bus %d", p.Bus)
		}
		seen[p.Bus] = true
	}
	m.Remove(ps[1])
	p := m.Add()
	if seen[p.Bus] {
		t.Errorf("bus %d was given out twice", p.Bus)
	}
}

func TestMixAllocatesNothing(t *testing.T) {
	for _, n := range []int{2, 10, 100} {
		m, ps := crew(n)
		prompt := make([]int16, 160)
		tick := 0
		got := testing.AllocsPerRun(200, func() {
			tick++
			for i, p := range ps {
				p.State = State{
					Muted:     (i+tick)%7 == 0,
					Held:      (i+tick)%11 == 0,
					Announced: (i+tick)%5 == 0,
					Coaching:  (i+tick)%3 == 0,
					Coachee:   ps[(i*i+tick)%n],
				}
				p.Prompt = prompt
				fill(p.In, int16(tick%3)*10000)
			}
			m.Mix(ConferenceAudio{Announce: prompt, Beep: prompt, BeepExcept: ps[0]})
		})
		if got != 0 {
			t.Errorf("%d parties: %v allocations per Mix", n, got)
		}
	}
}

func TestLevel(t *testing.T) {
	for _, want := range []float64{-3.02, -10, -31, -60} {
		s := tone.Sine{Hz: 1000, Level: want}
		frame := make([]int16, 160)
		s.Fill(frame)
		if got := float64(Level(frame)); math.Abs(got-tone.Power(frame)) > 0.002 {
			t.Errorf("level %.3f, want %.3f", got, tone.Power(frame))
		}
	}
	if l := Level(fill(make([]int16, 160), -32768)); l != 0 {
		t.Errorf("full-scale square: %v", l)
	}
	one := make([]int16, 160)
	one[0] = 1
	if l := Level(one); math.Abs(float64(l)-tone.Power(one)) > 0.002 {
		t.Errorf("one bit: %v, want %.3f", l, tone.Power(one))
	}
	m, ps := crew(3)
	ps[0].Live, ps[1].State.Muted = false, true
	m.Mix(ConferenceAudio{})
	if ps[0].Level != LevelFloor || ps[1].Level != Level(ps[1].In) || ps[2].Level != Level(ps[2].In) {
		t.Errorf("levels %v %v %v", ps[0].Level, ps[1].Level, ps[2].Level)
	}
}
