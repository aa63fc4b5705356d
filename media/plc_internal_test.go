package media

import (
	"math"
	"math/rand/v2"
	"testing"
)

// vowel is a voiced sound: a decaying pulse train of the given pitch.
func vowel(hertz float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		phase := math.Mod(float64(i)*hertz/8000, 1)
		t := phase / hertz
		pcm[i] = int16(9000 * math.Exp(-t*300) * math.Sin(2*math.Pi*700*t))
	}
	return pcm
}

// errorLevel is the energy of a-b against that of a, in dB.
func errorLevel(a, b []int16) float64 {
	var signal, diff float64
	for i := range a {
		signal += float64(a[i]) * float64(a[i])
		diff += (float64(a[i]) - float64(b[i])) * (float64(a[i]) - float64(b[i]))
	}
	return 10 * math.Log10(diff/signal)
}

func TestR08_OneLostFrameOfAVowelIsMadeUp(t *testing.T) {
	for _, hertz := range []float64{80, 100, 125, 160, 190} {
		want := vowel(hertz, 1600)
		got := append([]int16(nil), want...)
		p := newListener(8000)
		for at := 0; at < len(got); at += 160 {
			if at == 800 {
				p.conceal(got[at : at+160])
			} else {
				p.audio(got[at : at+160])
			}
		}
		// Silence in its place would be 0 dB.
		if e := errorLevel(want[800:960], got[800:960]); e > -6 {
			t.Errorf("%v Hz: error %.1f dB", hertz, e)
		}
		for i := 1000; i < 1600; i++ {
			if got[i] != want[i] {
				t.Fatalf("%v Hz: sample %d is not untouched", hertz, i)
			}
		}
	}
}

func TestR09_FadesToNothingBy60ms(t *testing.T) {
	p := newListener(8000)
	p.audio(vowel(120, 480))
	var frame [160]int16
	last := math.MaxInt
	for i := range 5 {
		voice := p.conceal(frame[:])
		level := peak(frame[:])
		if level > last || voice != (i < 3) || i >= 3 && level != 0 {
			t.Errorf("frame %d: peak %d, voice %v", i, level, voice)
		}
		last = level
	}
}

// No step between two samples is bigger than the sound itself makes.
func TestR09_NoClicks(t *testing.T) {
	for _, hertz := range []float64{70, 97, 133, 181, 440, 1000, 2333} {
		pcm := make([]int16, 160*12)
		for i := range pcm {
			pcm[i] = int16(8000 * math.Sin(2*math.Pi*hertz*float64(i)/8000))
		}
		most := 0
		for i := 1; i < len(pcm); i++ {
			most = max(most, abs16(pcm[i], pcm[i-1]))
		}
		p := newListener(8000)
		for at := 0; at < len(pcm); at += 160 {
			if f := pcm[at : at+160]; at/160 == 5 || at/160 == 6 {
				p.conceal(f)
			} else {
				p.audio(f)
			}
		}
		for i := 1; i < len(pcm); i++ {
			if d := abs16(pcm[i], pcm[i-1]); d > most*3/2+200 {
				t.Errorf("%v Hz: a step of %d at sample %d, the tone's own is %d", hertz, d, i, most)
			}
		}
	}
}

// listener is a concealer with the past that a store keeps for it.
type listener struct {
	c    concealer
	past []int16
}

func newListener(rate int) *listener {
	l := &listener{past: make([]int16, plcPast*rate/1000)}
	l.c.loop = make([]int16, 0, plcPast*rate/1000)
	l.c.setRate(rate)
	return l
}

func (l *listener) audio(pcm []int16) {
	l.c.audio(pcm)
	l.past = append(l.past, pcm...)
}

func (l *listener) conceal(pcm []int16) bool {
	voice := l.c.conceal(pcm, l.past)
	l.past = append(l.past, pcm...)
	return voice
}

func (l *listener) pause(pcm []int16) {
	clear(pcm)
	l.c.pause()
	l.past = append(l.past, pcm...)
}

// peak is the largest magnitude.
func peak(pcm []int16) int {
	m := 0
	for _, s := range pcm {
		m = max(m, int(s), -int(s))
	}
	return m
}

func abs16(a, b int16) int { return max(int(a)-int(b), int(b)-int(a)) }

// Loud and odd input neither overflows nor panics, in pieces of any size.
func TestPLC_AnyInput(t *testing.T) {
	p := newListener(8000)
	var buf [1000]int16
	for i := range 5000 {
		f := buf[:i*37%997+1]
		for k := range f {
			f[k] = int16(k*i*7919) | math.MinInt16
		}
		switch i % 3 {
		case 0:
			p.audio(f)
		case 1:
			p.conceal(f)
		default:
			p.pause(f)
		}
	}
}

// Repeating one period of noise would buzz: later periods differ from the first.
func TestR09_NoBuzz(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		noise := make([]int16, 480)
		for i := range noise {
			noise[i] = int16(rng.IntN(16000) - 8000)
		}
		p := newListener(8000)
		p.audio(noise)
		var made [400]int16
		p.conceal(made[:])
		// Where the second and the third period come in.
		for _, part := range [][]int16{made[80 : 160+p.c.period], made[160+p.c.period:]} {
			var cross, a, b float64
			for i := p.c.period; i < len(part); i++ {
				x, y := float64(part[i]), float64(part[i-p.c.period])
				cross, a, b = cross+x*y, a+x*x, b+y*y
			}
			if c := cross / math.Sqrt(a*b); c > 0.8 {
				t.Fatalf("a period of %d repeats: correlation %.2f", p.c.period, c)
			}
		}
	}
}
