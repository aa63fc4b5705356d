package tone

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sine is n samples at 8 kHz.
func sine(hz int, level float64, n int) []int16 {
	s := Sine{Hz: hz, Level: level}
	out := make([]int16, n)
	s.Fill(out)
	return out
}

// mixed adds frames of equal length.
func mixed(frames ...[]int16) []int16 {
	out := make([]int16, len(frames[0]))
	for _, f := range frames {
		for i, v := range f {
			out[i] += v
		}
	}
	return out
}

func wantNear(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %.3f, want %.3f ± %g", what, got, want, tolerance)
	}
}

func TestLevelsAreDBov(t *testing.T) {
	square := make([]int16, 800)
	for i := range square {
		square[i] = -32768
	}
	wantNear(t, "full-scale square", Power(square), 0, 0)
	wantNear(t, "full-scale sine", Power(sine(1000, -3.01, 8000)), -3.01, 0.01)
	wantNear(t, "silence", Power(make([]int16, 100)), Silence, 0)
	wantNear(t, "no sample", Power(nil), Silence, 0)
	for _, hz := range Set {
		for _, level := range []float64{-3.02, -24, -60} {
			s := sine(hz, level, 8000)
			what := fmt.Sprintf("%d Hz at %g dBov", hz, level)
			wantNear(t, what+", power", Power(s), level, 0.1)
			wantNear(t, what+", level", Level(s, 8000, hz), level, 0.1)
			wantNear(t, what+", level in 150 ms", Level(s[:1200], 8000, hz), level, 0.3)
		}
	}
}

func TestLevelOfNeighboursLeaksLittle(t *testing.T) {
	loud := sine(1000, -4, 1100)
	for _, hz := range []int{970, 1030, 500, 3000} {
		if l := Level(loud, 8000, hz); l > -4-60 {
			t.Errorf("%d Hz next to 1000 Hz at -4 dBov: %.1f dBov", hz, l)
		}
	}
}

func TestSineKeepsItsPhase(t *testing.T) {
	s := Sine{Rate: 16000, Hz: 1234, Level: -10}
	var got []int16
	for n := 1; len(got) < 40000; n += 7 {
		frame := make([]int16, n)
		s.Fill(frame)
		got = append(got, frame...)
	}
	for i, v := range got {
		want := Amplitude(-10) * math.Sin(2*math.Pi*1234*float64(i)/16000)
		if math.Abs(float64(v)-want) > 0.51 {
			t.Fatalf("sample %d: got %d, want %.1f", i, v, want)
		}
	}
}

func TestSetHasNoProductNearATone(t *testing.T) {
	fold := func(hz int) int {
		hz = abs(hz) % 8000
		return min(hz, 8000-hz)
	}
	check := func(product int) {
		for _, f := range Set {
			if abs(fold(product)-f) < 16 {
				t.Errorf("product at %d Hz is near tone %d", fold(product), f)
			}
		}
	}
	for i, f := range Set {
		check(2 * f)
		check(3 * f)
		for j, g := range Set {
			if i == j {
				continue
			}
			check(f + g)
			check(f - g)
			check(2*f + g)
			check(2*f - g)
			if abs(f-g) < 90 {
				t.Errorf("%d and %d Hz are too close", f, g)
			}
		}
	}
}

func TestHears(t *testing.T) {
	tones := map[string]int{"alice": Set[0], "bob": Set[1], "carol": Set[2], "dave": Set[3]}
	room := mixed(sine(Set[2], -24, 8000), sine(Set[0], -24, 8000), sine(Set[3], -65, 8000))
	if got := Hears(room, 8000, tones); got != "alice carol" {
		t.Errorf("heard %q, want alice and carol", got)
	}
	if got := Hears(make([]int16, 8000), 8000, tones); got != "" {
		t.Errorf("heard %q in silence", got)
	}
}

func TestFindHoles(t *testing.T) {
	const hz = 1000
	whole := func() []int16 { return sine(hz, -10, 24000) }
	cut := func(at, n int) []int16 { return append(whole()[:at], whole()[at+n:]...) }
	zeroed := func(at, n int) []int16 { s := whole(); clear(s[at : at+n]); return s }
	quieter := whole()
	for i := range quieter {
		quieter[i] = int16(float64(quieter[i]) * (1 - 0.5*float64(i)/24000))
	}
	for _, c := range []struct {
		name           string
		samples        []int16
		count          int
		least, longest int
	}{
		{"whole", whole(), 0, 0, 0},
		{"fading slowly", quieter, 0, 0, 0},
		{"one frame of silence", zeroed(8003, 160), 1, 155, 165},
		{"one sample missing", cut(8001, 1), 1, 1, 10},
		{"ten samples missing twice", append(cut(5000, 10), cut(4001, 10)...), 2, 1, 12},
		{"late start", zeroed(0, 1000), 1, 995, 1005},
		{"broken end", zeroed(23900, 100), 1, 95, 100},
		{"no tone", make([]int16, 1000), 1, 1000, 1000},
		{"shorter than a block", whole()[:100], 1, 100, 100},
		{"nothing", nil, 0, 0, 0},
	} {
		h := FindHoles(c.samples, 8000, hz)
		if h.Count != c.count || h.Longest < c.least || h.Longest > c.longest {
			t.Errorf("%s: got %+v, want %d with the longest of %d to %d samples", c.name, h, c.count, c.least, c.longest)
		}
	}
}

func TestClick(t *testing.T) {
	tones := []int{Set[0], Set[3]}
	s := mixed(sine(tones[0], -12, 4000), sine(tones[1], -12, 4000))
	if c := Click(s, 8000, tones...); c > 0.001 {
		t.Errorf("steady tones: step of %.4f", c)
	}
	for i := range s[2000:] {
		s[2000+i] += 3277
	}
	if c := Click(s, 8000, tones...); c < 0.1 || c > 0.5 {
		t.Errorf("a step of 0.1: found %.4f", c)
	}
	wantNear(t, "largest step", MaxStep([]int16{0, 5, 32767, -32768, 0}), 65535./32768, 1e-9)
	wantNear(t, "click in nothing", Click(nil, 8000, 1000), 0, 0)
}

func TestAlign(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	sent := make([]int16, 2000)
	for i := range sent {
		sent[i] = int16(rnd.IntN(20000) - 10000)
	}
	for _, delay := range []int{0, 1, 160, 777} {
		heard := make([]int16, 3000)
		for i, v := range sent {
			heard[delay+i] = v / 2
		}
		if got, likeness := Align(sent, heard, 1000); got != delay || likeness < 0.99 {
			t.Errorf("delay %d: got %d with likeness %.3f", delay, got, likeness)
		}
	}
	if _, likeness := Align(sent, make([]int16, 2000), 100); likeness != 0 {
		t.Errorf("silence is %.3f like noise", likeness)
	}
}
