package mixer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is the slow, obvious mixer: every listener adds up every voice, in
// floating point, with a weight for each sample. It knows nothing of shared
// sums, buses or routes, and does not limit.
type model struct {
	parties []*modelled
	weight  []float64 // of what fades in, over the frame
}

// modelled is what the model remembers of a party.
type modelled struct {
	p        *Party
	gone     bool
	was, is  State
	wasGone  bool
	in, past []float64
	prompted bool
	fresh    bool // joined since the last tick
}

func newModel(m *Mixer) *model {
	return &model{weight: weights(m)}
}

// weights are those of what fades in, over a frame of m.
func weights(m *Mixer) []float64 {
	w := make([]float64, m.FrameLen())
	for i := range w {
		w[i] = 1
		if i < len(m.ramp) {
			w[i] = float64(m.ramp[i]) / float64(unity)
		}
	}
	return w
}

// setRate gives the model frames of m's rate. What was said before is drawn
// out or pushed together on straight lines.
func (md *model) setRate(m *Mixer) {
	md.weight = weights(m)
	n := m.FrameLen()
	for _, d := range md.parties {
		d.past = stretched(d.past, n, len(m.ramp))
	}
}

// stretched is frame in n samples, so that the newest stays where it is. As in
// the mixer the newest is not there to draw a line to, and no more is known
// than a ramp.
func stretched(frame []float64, n, ramp int) []float64 {
	out := make([]float64, n)
	known := len(frame) * ramp / n
	newest := len(frame) - 1
	for j := range out {
		x := float64(newest) - float64(n-1-j)*float64(len(frame))/float64(n)
		x = min(max(x, float64(newest-known)), float64(newest-1))
		i := min(int(x), newest-2)
		out[j] = frame[i] + (x-float64(i))*(frame[i+1]-frame[i])
	}
	return out
}

func (md *model) add(p *Party) {
	md.parties = append(md.parties, &modelled{p: p, fresh: true, past: make([]float64, len(md.weight))})
}

// inRoom: takes part in the talk.
func inRoom(s State, gone bool) bool { return !gone && !s.Held && !s.Waiting && !s.Leaving }

// audible: v's voice goes to l, as far as v and its coaching are concerned.
func (md *model) audible(v *modelled, s State, gone bool, l *modelled, coacheeIn func(*Party) bool) bool {
	if v == l || !inRoom(s, gone) || s.Muted {
		return false
	}
	if !s.Coaching {
		return true
	}
	return s.Coachee == l.p && coacheeIn(l.p)
}

// openness is the gain of voices at an ear.
func openness(s State, gone bool) float64 {
	switch {
	case !inRoom(s, gone) || s.Deaf:
		return 0
	case s.Announced:
		return math.Pow(10, -12./20)
	}
	return 1
}

func (md *model) find(p *Party) *modelled {
	i := slices.IndexFunc(md.parties, func(d *modelled) bool { return d.p == p })
	return md.parties[i]
}

// tick takes the inputs of a tick and returns what each party hears.
func (md *model) tick(r ConferenceAudio) map[*Party][]float64 {
	for _, d := range md.parties {
		d.gone, d.is = d.p.mixer == nil, d.p.State
		d.in = make([]float64, len(d.p.In))
		if d.p.Live {
			for i, v := range d.p.In {
				d.in[i] = float64(v)
			}
		}
	}
	outs := map[*Party][]float64{}
	for _, l := range md.parties {
		if !l.gone && !l.is.Deaf {
			outs[l.p] = md.hear(l, r)
		} else {
			l.prompted = false
		}
	}
	for _, d := range md.parties {
		d.was, d.wasGone, d.fresh = d.is, d.gone, false
		d.past = d.in
	}
	md.parties = slices.DeleteFunc(md.parties, func(d *modelled) bool { return d.gone })
	return outs
}

func (md *model) hear(l *modelled, r ConferenceAudio) []float64 {
	out := make([]float64, len(md.weight))
	before, after := openness(l.was, l.fresh), openness(l.is, false)
	wasIn := func(p *Party) bool { d := md.find(p); return inRoom(d.was, d.wasGone || d.fresh) }
	isIn := func(p *Party) bool { d := md.find(p); return inRoom(d.is, d.gone) }
	for _, v := range md.parties {
		heard := md.audible(v, v.was, v.fresh, l, wasIn)
		hears := md.audible(v, v.is, v.gone, l, isIn)
		for i, w := range md.weight {
			ear := before + (after-before)*w
			switch {
			case after == 0 && heard:
				out[i] += ear * mirrored(v.past, i)
			case after == 0:
			case heard && hears:
				out[i] += ear * v.in[i]
			case hears:
				out[i] += ear * w * v.in[i]
			case heard:
				out[i] += ear * (1 - w) * mirrored(v.past, i)
			}
		}
	}
	here := func(s State, out bool) bool { return !out && !s.Leaving && !s.Held && !s.Deaf }
	md.mix(out, r.Announce, here(l.was, l.fresh), here(l.is, false))
	if l.p != r.BeepExcept {
		md.mix(out, r.Beep, before != 0, after != 0)
	}
	s := l.is
	private := !s.Leaving && (s.Held || s.Waiting || s.Announced) && l.p.Prompt != nil &&
		!(r.Announce != nil && s.Waiting && !s.Held && !s.Announced)
	md.mix(out, l.p.Prompt, l.prompted && !l.p.PromptFresh, private)
	md.mix(out, l.p.PromptEnding, l.prompted, false)
	l.prompted = private
	return out
}

// mirrored is the frame before this one, played backwards from its end.
func mirrored(past []float64, i int) float64 {
	return past[max(0, len(past)-2-i)]
}

func (md *model) mix(out []float64, frame []int16, before, after bool) {
	if frame == nil {
		return
	}
	for i, w := range md.weight {
		switch {
		case before && after:
			w = 1
		case before:
			w = 1 - w
		case !after:
			w = 0
		}
		out[i] += w * float64(frame[i])
	}
}

// walk changes a conference at random, as a careless owner might.
type walk struct {
	rnd     *rand.Rand
	m       *Mixer
	md      *model
	desk    Desk
	parties []*Party
	changes int // the rate changes in one of so many ticks, never for 0
	top     int // loudness
	ticks   int
	shared  int // how often somebody was on bus 0
}

func newWalk(rate, changes int, seed uint64) *walk {
	m := New(rate)
	return &walk{
		rnd: rand.New(rand.NewPCG(7, seed)), m: m, md: newModel(m),
		changes: changes, top: 1500,
	}
}

func (w *walk) one() *Party { return w.parties[w.rnd.IntN(len(w.parties))] }

// step makes one transition.
func (w *walk) step() {
	if len(w.parties) < 2 {
		w.join()
		return
	}
	p := w.one()
	s := &p.State
	flags := []*bool{&s.Muted, &s.Held, &s.Waiting, &s.Leaving, &s.Coaching, &s.Announced, &s.Deaf}
	switch k := w.rnd.IntN(14); {
	case k < 7:
		*flags[k] = !*flags[k]
	case k == 7:
		*s = State{}
	case k == 8 && len(w.parties) < 9:
		w.join()
	case k == 9 && len(w.parties) > 3:
		w.m.Remove(p)
		w.parties = slices.DeleteFunc(w.parties, func(q *Party) bool { return p == q })
	case k == 10:
		s.Coachee = nil
	default:
		s.Coaching, s.Coachee = true, w.one()
	}
}

func (w *walk) join() {
	p := w.m.Add()
	w.parties = append(w.parties, p)
	w.md.add(p)
}

// speak gives everybody and the conference something to say.
func (w *walk) speak() (r ConferenceAudio) {
	noise := func() []int16 {
		p := Party{In: make([]int16, w.m.FrameLen())}
		babble(w.rnd, &p, w.top)
		return p.In
	}
	for _, p := range w.parties {
		if p.Live = w.rnd.IntN(8) != 0; p.Live {
			babble(w.rnd, p, w.top)
		}
		p.Prompt, p.PromptEnding, p.PromptFresh = nil, nil, false
		if w.rnd.IntN(3) != 0 {
			p.Prompt = noise()
			p.PromptFresh = w.rnd.IntN(6) == 0
		}
		if w.rnd.IntN(6) == 0 {
			p.PromptEnding = noise()
		}
	}
	if w.rnd.IntN(5) == 0 {
		r.Announce = noise()
	}
	if w.rnd.IntN(5) == 0 {
		r.Beep, r.BeepExcept = noise(), w.one()
	}
	return r
}

// TestRandomWalkEqualsModel makes transitions in 10,000 of 15,000 ticks, up to three at a time. Outside of fades a
// listener whose ear is fully open gets the exact sum; nowhere does anything
// differ by more than the rounding of its parts.
func TestRandomWalkEqualsModel(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) { walkAlongModel(t, rate, 0) })
	}
	t.Run("changing rate", func(t *testing.T) { walkAlongModel(t, 8000, 4) })
}

// walkAlongModel changes the rate in one of so many ticks, never for 0.
func walkAlongModel(t *testing.T, rate, changes int) {
	t.Parallel()
	w := newWalk(rate, changes, uint64(rate))
	for range 15_000 {
		w.tick(t)
	}
	if w.shared == 0 {
		t.Error("nobody ever shared a bus")
	}
}

// tick changes the conference, mixes once and compares with the model.
func (w *walk) tick(t *testing.T) {
	t.Helper()
	m := w.m
	w.ticks++
	if len(w.parties) < 2 || w.rnd.IntN(3) != 0 {
		for range 1 + w.rnd.IntN(3) {
			w.step()
		}
	}
	if w.changes > 0 && w.rnd.IntN(w.changes) == 0 {
		m.SetRate([]int{8000, 16000, 48000}[w.rnd.IntN(3)])
		w.md.setRate(m)
	}
	m.Begin()
	r := w.speak()
	want := w.md.tick(r)
	m.Mix(r)
	var common []int16
	for k, p := range w.parties {
		out := m.Hear(p, &w.desk)
		if (out == nil) != (want[p] == nil) {
			t.Fatalf("tick %d, party %d: Out is nil: %v", w.ticks, k, out == nil)
		}
		if at, off := farthest(out, want[p]); off > 6 || off > 1 && at >= len(m.ramp) || off > 0 && exact(p, at, m) {
			t.Fatalf("tick %d, party %d, sample %d: got %d, want %.2f\n%+v", w.ticks, k, at, out[at], want[p][at], p.State)
		}
		if p.Bus != 0 {
			continue
		}
		w.shared++
		if common != nil {
			wantFrame(t, "two on bus 0", out, common)
		}
		common = out
	}
}

// exact reports whether sample at of what p hears is made by integers only.
func exact(p *Party, at int, m *Mixer) bool {
	return at >= len(m.ramp) && p.then.ear.voices != duck
}

// farthest is where got is farthest from want, and how far.
func farthest(got []int16, want []float64) (at int, off float64) {
	for i, v := range got {
		if d := math.Abs(float64(v) - want[i]); d > off {
			at, off = i, d
		}
	}
	return at, off
}
