package mixer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// crew is a mixer with n parties that are past their fade-in, each saying
// its own noise at about −30 dBov.
func crew(n int) (*Mixer, []*Party) {
	m := New(8000)
	ps := make([]*Party, n)
	for i := range ps {
		ps[i] = m.Add()
	}
	m.Mix(ConferenceAudio{})
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, p := range ps {
		babble(rnd, p, 1000)
	}
	m.Mix(ConferenceAudio{})
	return m, ps
}

func babble(rnd *rand.Rand, p *Party, top int) {
	p.Live = true
	for i := range p.In {
		p.In[i] = int16(rnd.IntN(2*top+1) - top)
	}
}

// wantFrame fails unless got and want are equal to the sample.
func wantFrame(t *testing.T, what string, got, want []int16) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// sumOf is the frame in which all of ps speak.
func sumOf(ps ...*Party) []int16 {
	sum := make([]int16, 160)
	for _, p := range ps {
		for i, v := range p.In {
			sum[i] += v
		}
	}
	return sum
}

func TestM01_SingleTalkerIsExact(t *testing.T) {
	m, ps := crew(3)
	ps[1].Live, ps[2].State.Muted = false, true
	m.Mix(ConferenceAudio{})
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		babble(rnd, ps[0], 32767)
		ps[0].In[7] = -32768
		babble(rnd, ps[2], 32767)
		m.Mix(ConferenceAudio{})
		wantFrame(t, "the silent party hears the talker", ps[1].Out, ps[0].In)
		wantFrame(t, "the muted party hears the talker", ps[2].Out, ps[0].In)
		wantFrame(t, "the talker hears nothing", ps[0].Out, sumOf())
		if ps[1].Bus != 0 || ps[2].Bus != 0 || ps[0].Bus == 0 {
			t.Fatalf("buses %d %d %d, want >0 0 0", ps[0].Bus, ps[1].Bus, ps[2].Bus)
		}
	}
}

func TestM02_OwnVoiceIsSubtracted(t *testing.T) {
	m, ps := crew(3)
	m.Mix(ConferenceAudio{})
	wantFrame(t, "first", ps[0].Out, sumOf(ps[1], ps[2]))
	wantFrame(t, "second", ps[1].Out, sumOf(ps[0], ps[2]))
	wantFrame(t, "third", ps[2].Out, sumOf(ps[0], ps[1]))
}
