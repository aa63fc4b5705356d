package mixer

import (
	"math/rand/v2"
	"testing"
)

// poison fills all that outlives no tick with noise, as loud as it goes.
func (s *Scratch) poison(rnd *rand.Rand) {
	for _, frames := range [][]int16{s.in, s.out, s.rising, s.falling, s.common} {
		for i := range frames {
			frames[i] = int16(rnd.Uint32())
		}
	}
	for _, frames := range [][]int32{s.sum, s.shared, s.acc, s.past} {
		for i := range frames {
			frames[i] = int32(rnd.Uint32())
		}
	}
	s.full = s.shared[:min(160, len(s.shared))]
}

// TestNothingLeaksThroughAScratch lets conferences of all rates that come and
// go and change take turns on one scratch, in any order, and fills it with
// noise between any two of them. Each of them must hear what it would hear alone.
func TestNothingLeaksThroughAScratch(t *testing.T) {
	s := NewScratch()
	rnd := rand.New(rand.NewPCG(13, 1))
	start := func(rate, changes, seed int) *walk {
		w := newWalk(rate, changes, uint64(seed))
		w.m.Share(s)
		if seed%2 == 0 {
			w.m.Late()
		}
		return w
	}
	var walks []*walk
	for k, rate := range []int{8000, 16000, 48000, 8000, 8000} {
		walks = append(walks, start(rate, 4*(k/4), k))
	}
	for i := range 5_000 {
		k := rnd.IntN(len(walks))
		if rnd.IntN(100) == 0 {
			walks[k] = start([]int{8000, 16000}[rnd.IntN(2)], 4*rnd.IntN(2), i)
		}
		s.poison(rnd)
		walks[k].tick(t)
	}
}

// TestAScratchGrowsUnderOthers: a conference whose scratch moved while it did
// nothing goes on as if nothing had happened.
func TestAScratchGrowsUnderOthers(t *testing.T) {
	s := NewScratch()
	first, second := newWalk(8000, 0, 1), newWalk(16000, 0, 2)
	first.m.Share(s)
	second.m.Share(s)
	for range 200 {
		for _, w := range []*walk{first, second} {
			w.tick(t)
			w.m.Begin()
			for k, p := range w.m.parties {
				if &p.In[0] != &s.in[k*w.m.FrameLen()] {
					t.Fatalf("party %d speaks elsewhere", k)
				}
			}
		}
		s.poison(first.rnd)
		s.moves++
		s.in = append([]int16(nil), s.in...)
	}
}

// TestWhoIsGoneIsNotHeard: in the tick in which a party that had left is
// dropped, those behind it still hear everybody but themselves.
func TestWhoIsGoneIsNotHeard(t *testing.T) {
	m := New(8000)
	m.Share(NewScratch())
	m.Late()
	var ps []*Party
	for range 4 {
		ps = append(ps, m.Add())
	}
	var d Desk
	tick := func() {
		m.Begin()
		for k, p := range ps {
			p.Live = true
			fill(p.In, int16(100<<k))
		}
		m.Mix(ConferenceAudio{})
	}
	tick()
	ps[0].State.Leaving = true
	tick()
	m.Remove(ps[0])
	ps = ps[1:]
	for range 3 {
		tick()
		for k, p := range ps {
			wantFrame(t, "the others", m.Hear(p, &d), fill(make([]int16, 160), int16(700-100<<k)))
		}
	}
}

// TestBeginHandsOutWhatIsThere: parties that are added, removed and moved never
// have a sample of In in common.
func TestBeginHandsOutWhatIsThere(t *testing.T) {
	s := NewScratch()
	m, other := New(8000), New(48000)
	m.Share(s)
	other.Share(s)
	rnd := rand.New(rand.NewPCG(5, 6))
	var ps []*Party
	for range 500 {
		switch rnd.IntN(4) {
		case 0:
			if len(ps) > 0 {
				k := rnd.IntN(len(ps))
				m.Remove(ps[k])
				ps = append(ps[:k], ps[k+1:]...)
			}
		case 1:
			other.Add()
		default:
			ps = append(ps, m.Add())
		}
		m.Begin()
		for k, p := range ps {
			fill(p.In, int16(k))
		}
		for k, p := range ps {
			wantFrame(t, "In", p.In, fill(make([]int16, 160), int16(k)))
		}
		m.Mix(ConferenceAudio{})
	}
}

// TestInStaysInAScratchOfOnesOwn: what a party says lasts until its owner
// writes to In again, whoever comes and goes.
func TestInStaysInAScratchOfOnesOwn(t *testing.T) {
	m, ps := crew(5)
	for k, p := range ps {
		fill(p.In, int16(100+k))
	}
	m.Remove(ps[1])
	for range 50 {
		m.Add()
	}
	for range 2 {
		m.Mix(ConferenceAudio{})
		for _, k := range []int{0, 2, 3, 4} {
			wantFrame(t, "In", ps[k].In, fill(make([]int16, 160), int16(100+k)))
		}
	}
}

// TestMixAllocatesNothingInATown holds for all that happens to towns, changes
// of what everybody does included.
func TestMixAllocatesNothingInATown(t *testing.T) {
	for _, c := range cases {
		w := newTown(10, c)
		for k := range w.mixers {
			w.listenTo(k)
			w.mix(k)
		}
		tick := 0
		if got := testing.AllocsPerRun(100, func() {
			for k := range w.mixers {
				w.parties[k][tick%10].State.Muted = tick%3 == 0
				w.listenTo(k)
				w.mix(k)
			}
			tick++
		}); got != 0 {
			t.Errorf("%s: %v allocations per tick", c.name, got)
		}
	}
}
