package media

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// Loud and odd input neither overflows nor panics, at any rate and in pieces of
// any size.
func TestPLC_AnyInput(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		p := newListener(rate)
		rng := rand.New(rand.NewPCG(uint64(rate), 1))
		var buf [3000]int16
		for range 3000 {
			f := buf[:rng.IntN(len(buf))]
			loud := 1 + rng.IntN(1<<15)
			for k := range f {
				f[k] = int16(rng.IntN(2*loud) - loud)
			}
			switch rng.IntN(4) {
			case 0:
				p.conceal(f)
			case 1:
				p.pause(f)
			default:
				p.audio(f)
			}
			if len(p.past) > 4*plcPast*rate/1000 { // as a store does
				p.past = append(p.past[:0], p.past[len(p.past)-plcPast*rate/1000:]...)
			}
		}
	}
}

// The joint of loud sounds is held at full scale: it does not wrap around.
func TestPLC_JointDoesNotWrap(t *testing.T) {
	past := make([]int16, 400)
	for i := range past {
		past[i] = -30000
		if i >= 299 && i < 399 {
			past[i] = 30000 // the newest period is all that the one before was not,
		}
	}
	p := newListener(8000).c // and ends with a step down
	p.period, p.likeness = 100, 1<<15
	dst := make([]int16, 80)
	p.join(dst, past)
	for i, v := range dst {
		if v > 0 {
			t.Fatalf("sample %d is %d: it wrapped around", i, v)
		}
	}
}

// What is made up follows a pure tone without a click, and the tone follows it
// without one, at every rate.
func TestR09_JointsDoNotClick(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		frame := rate / 50
		worst, at := -200.0, 0.0
		var clicks []float64
		for hertz := 70.0; hertz < 3400; hertz += 37.3 {
			pcm := sine(hertz, 8000, 1, rate, 12*frame)
			l := newListener(rate)
			for i := range 12 {
				if part := pcm[i*frame : i*frame+frame]; i == 6 {
					l.conceal(part)
				} else {
					l.audio(part)
				}
			}
			c := toneClick(pcm, hertz, 32768, rate)
			if clicks = append(clicks, c); c > worst {
				worst, at = c, hertz
			}
		}
		slices.Sort(clicks)
		median := clicks[len(clicks)/2]
		t.Logf("%d Hz: median %.1f dB of full scale, worst %.1f dB at %.0f Hz", rate, median, worst, at)
		if want := jointClicks[rate]; median > want.median || worst > want.worst {
			t.Errorf("%d Hz: clicks of %.1f and %.1f dB, want %v", rate, median, worst, want)
		}
	}
}

// jointClicks are the most allowed in tones 12 dB below full scale, in dB of
// full scale. The worst is a high tone of which no few milliseconds hold a whole
// number of periods in whole samples.
var jointClicks = map[int]struct{ median, worst float64 }{
	8000:  {-47, -19},
	16000: {-54, -28},
	48000: {-70, -54},
}

// The search finds what a plain one finds.
func TestPLC_BestLag(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, rate := range []int{8000, 16000, 48000} {
		p := &concealer{rate: rate}
		for range 50 {
			past := make([]int16, plcPast*rate/1000)
			period, loud := 1+rng.IntN(rate/50), 1+rng.IntN(1<<15)
			for i := range past {
				past[i] = int16(rng.IntN(2*loud) - loud)
				if i >= period {
					past[i] = int16((3*int(past[i-period]) + int(past[i])) / 4)
				}
			}
			for _, search := range [][3]int{{rate / highestPitch, rate / lowestPitch, rate / thinRate}, {rate / 150, rate/150 + 12, 1}} {
				from, to, step := search[0], search[1], search[2]
				window := rate / pitchWindow
				x := past[len(past)-window:]
				want, most := to, 0.0
				for lag := from; lag <= to; lag += step {
					var cross, energy, own float64
					for i := 0; i < window; i += step {
						a, b := float64(x[i]), float64(past[len(past)-window-lag+i])
						cross, energy, own = cross+a*b, energy+b*b, own+a*a
					}
					if s := cross * cross / (energy * own); cross > 0 && s > most {
						want, most = lag, s
					}
				}
				if got, score := p.bestLag(past, from, to, step); got != want || score != most {
					t.Fatalf("%d Hz, lags %v: lag %d with %v, want %d with %v", rate, search, got, score, want, most)
				}
			}
		}
	}
}

func TestPLC_DoesNotAllocate(t *testing.T) {
	l := newListener(8000)
	l.audio(vowel(120, 800))
	var frame [160]int16
	if n := testing.AllocsPerRun(100, func() {
		l.c.conceal(frame[:], l.past)
		l.c.audio(frame[:])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkConceal(b *testing.B) {
	for _, rate := range []int{8000, 16000, 48000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			l := newListener(rate)
			l.audio(sine(123, 9000, 0, rate, rate/10))
			frame := make([]int16, rate/50)
			for b.Loop() {
				l.c.conceal(frame, l.past)
				l.c.audio(frame)
			}
		})
	}
}

// Repeating one period of noise would buzz: where more is lost than one packet,
// later periods differ from the first.
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
		for _, part := range [][]int16{made[160 : 320+p.c.period/2], made[200:]} {
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
