package mixer

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkMix mixes one tick of a conference at 8 kHz. Voices are noise at
// −26 dBov, at which a hundred keep every limiter at work, or at −40 dBov,
// at which they fit.
func BenchmarkMix(b *testing.B) {
	for _, n := range []int{3, 10, 100, 1000} {
		b.Run(fmt.Sprintf("talkers=%d", n), func(b *testing.B) { benchmarkMix(b, n, n, loud) })
	}
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("talkers=3/parties=%d", n), func(b *testing.B) { benchmarkMix(b, n, 3, loud) })
	}
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("quiet/talkers=%d", n), func(b *testing.B) { benchmarkMix(b, n, n, quiet) })
	}
}

// Peaks of noise at −26 and −40 dBov.
const loud, quiet = 2800, 570

func benchmarkMix(b *testing.B, parties, talkers, top int) {
	m := New(8000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range parties {
		p := m.Add()
		if i < talkers {
			babble(rnd, p, top)
		}
	}
	m.Mix(ConferenceAudio{})
	b.ReportAllocs()
	for b.Loop() {
		m.Mix(ConferenceAudio{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*parties), "ns/participant")
}

// BenchmarkConferences mixes a thousand parties, all of them talking, in
// conferences of ten that share a Scratch. In every case of cases some are
// something else than talkers; the last part of the name says how far the
// caches have gone cold when a conference has its turn.
func BenchmarkConferences(b *testing.B) {
	for _, c := range cases {
		b.Run(c.name+"/warm", func(b *testing.B) { benchmarkConferences(b, c, 0) })
		b.Run(c.name+"/cold", func(b *testing.B) { benchmarkConferences(b, c, 400<<10) })
	}
}

// town is many conferences on one clock.
type town struct {
	mixers  []*Mixer
	parties [][]*Party
	audio   []ConferenceAudio
	voices  [][]int16 // what parties say, one after the other
}

// townCase is what happens to a town: set is called for each party, with its
// number, the one after it in its conference, and what the conference has to say.
type townCase struct {
	name string
	set  func(i int, p, next *Party, r *ConferenceAudio)
}

var cases = []townCase{
	{"talking", func(int, *Party, *Party, *ConferenceAudio) {}},
	{"100 coaches", func(i int, p, next *Party, _ *ConferenceAudio) {
		if i%10 == 0 {
			p.State.Coaching, p.State.Coachee = true, next
		}
	}},
	{"300 held", func(i int, p, _ *Party, _ *ConferenceAudio) {
		if i%10 < 3 {
			p.State.Held, p.Prompt = true, jingle
		}
	}},
	{"100 announcements", func(i int, p, _ *Party, _ *ConferenceAudio) {
		if i%10 == 0 {
			p.State.Announced, p.Prompt = true, jingle
		}
	}},
	{"announced to all", func(_ int, _, _ *Party, r *ConferenceAudio) { r.Announce = jingle }},
}

var jingle = fill(make([]int16, 160), 500)

// newTown settles conferences of ten.
func newTown(conferences int, c townCase) *town {
	w := &town{audio: make([]ConferenceAudio, conferences)}
	s, rnd := NewScratch(), rand.New(rand.NewPCG(3, 5))
	for range 16 {
		p := Party{In: make([]int16, 160)}
		babble(rnd, &p, quiet)
		w.voices = append(w.voices, p.In)
	}
	for k := range conferences {
		m := New(8000)
		m.Share(s)
		ps := make([]*Party, 10)
		for i := range ps {
			ps[i] = m.Add()
		}
		for i, p := range ps {
			c.set(10*k+i, p, ps[(i+1)%len(ps)], &w.audio[k])
		}
		w.mixers, w.parties = append(w.mixers, m), append(w.parties, ps)
	}
	return w
}

// listenTo fills what the parties of conference k say, as a decoder does.
func (w *town) listenTo(k int) {
	w.mixers[k].Begin()
	for i, p := range w.parties[k] {
		copy(p.In, w.voices[(k+i)%len(w.voices)])
		p.Live = true
	}
}

func (w *town) mix(k int) { w.mixers[k].Mix(w.audio[k]) }

// payload stands for what is sent of a frame.
type payload [160]byte

// code reads all of frame, as an encoder does.
func (p *payload) code(frame []int16) {
	f := (*[160]int16)(frame)
	for i := range p {
		p[i] = byte(f[i] >> 8)
	}
}

// benchmarkConferences reads so many bytes of other memory before each
// conference, and counts what it takes to write every In and read every Out as well.
func benchmarkConferences(b *testing.B, c townCase, others int) {
	w := newTown(100, c)
	memory := make([]byte, 64<<20)
	at, seen := 0, byte(0)
	var payload payload
	var spent time.Duration
	b.ReportAllocs()
	for b.Loop() {
		for k := range w.mixers {
			for range others / 64 {
				seen += memory[at]
				at = (at + 64) % len(memory)
			}
			since := time.Now()
			w.listenTo(k)
			w.mix(k)
			for _, p := range w.parties[k] {
				payload.code(p.Out)
			}
			spent += time.Since(since)
		}
	}
	memory[0] = seen
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*1000), "ns/participant")
}
