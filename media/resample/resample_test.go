package resample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// tone is n samples of a sine of hz at rate, with the given peak.
func tone(n, rate int, hz, peak float64) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(math.Round(peak * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return s
}

// convert resamples a whole signal in pieces of 20 ms.
func convert(t testing.TB, from, to int, src []int16) []int16 {
	t.Helper()
	r, err := New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var dst []int16
	for len(src) > 0 {
		n := min(len(src), from/50)
		dst = r.Append(dst, src[:n])
		src = src[n:]
	}
	return r.Flush(dst)
}

// level is the level of the tone of hz in s, in dB of a full scale sine. s
// should hold whole periods.
func level(s []int16, rate int, hz float64) float64 {
	var re, im float64
	for i, v := range s {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
	}
	return 20 * math.Log10(max(2*math.Hypot(re, im)/float64(len(s))/32768, 1e-7))
}

// rms is the level of all of s, in dB of a full scale sine.
func rms(s []int16) float64 {
	var sum float64
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(max(sum/float64(len(s))/(32768*32768/2), 1e-14))
}

// middle is one second from the middle of two.
func middle(s []int16, rate int) []int16 { return s[rate/2:][:rate] }

// usual are the rates of files, and what conferences run at.
var (
	usual       = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}
	conferences = []int{8000, 16000, 48000}
)

// eachRatio runs f for all usual ratios that are not one.
func eachRatio(t *testing.T, f func(t *testing.T, from, to int)) {
	for _, to := range conferences {
		for _, from := range usual {
			if from != to {
				t.Run(fmt.Sprintf("%d→%d", from, to), func(t *testing.T) { f(t, from, to) })
			}
		}
	}
}

func TestPassbandIsFlat(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		low := min(from, to)
		for _, part := range []float64{0.005, 0.4, 0.8, 0.85} {
			hz := math.Round(part * float64(low) / 2)
			src := tone(2*from, from, hz, 16000)
			got := level(middle(convert(t, from, to, src), to), to, hz)
			if want := level(middle(src, from), from, hz); math.Abs(got-want) > 0.1 {
				t.Errorf("%v Hz: %.2f dB, want %.2f", hz, got, want)
			}
		}
	})
}

// Of a tone that the lower rate cannot hold nothing may be left, wherever it
// would be folded to.
func TestAliasing(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		for _, hz := range []float64{4001, 4200, 5000, 6000, 7000, 8001, 9000, 10500, 15000, 20000, 30000, 47000} {
			if hz <= float64(to)/2 || hz >= float64(from)/2 {
				continue
			}
			src := tone(from/4, from, hz, 30000)
			got := convert(t, from, to, src)
			if got := rms(got[to/16:len(got)-to/16]) - rms(src); got > -70 {
				t.Errorf("%v Hz leaves %.1f dB", hz, got)
			}
		}
	})
}

// Of a tone that went to a higher rate there is nothing but the tone.
func TestImages(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		if from > to {
			return
		}
		for _, part := range []float64{0.1, 0.85, 0.95} {
			hz := math.Round(part * float64(from) / 2)
			got := middle(convert(t, from, to, tone(2*from, from, hz, 30000)), to)
			if rest := rms(without(got, to, hz)); rest > -70 {
				t.Errorf("%v Hz: all but the tone is at %.1f dB", hz, rest)
			}
		}
	})
}

// without returns s less the tone of hz that fits it best.
func without(s []int16, rate int, hz float64) []int16 {
	omega := 2 * math.Pi * hz / float64(rate)
	var re, im float64
	for i, v := range s {
		re += 2 * float64(v) * math.Cos(omega*float64(i)) / float64(len(s))
		im += 2 * float64(v) * math.Sin(omega*float64(i)) / float64(len(s))
	}
	rest := make([]int16, len(s))
	for i, v := range s {
		tone := re*math.Cos(omega*float64(i)) + im*math.Sin(omega*float64(i))
		rest[i] = v - int16(math.Round(tone))
	}
	return rest
}

// The output is in time with the input: sample k is the moment k/to.
func TestDelayIsCompensated(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		got := convert(t, from, to, tone(from, from, 440, 16000))
		want := tone(to, to, 440, 16000)
		for i := range want {
			if i < to/500 || i > to-to/500 {
				continue // the ends have a test of their own
			}
			if d := int(got[i]) - int(want[i]); d < -3 || d > 3 {
				t.Fatalf("sample %d: %d, want %d", i, got[i], want[i])
			}
		}
	})
}

// A tone of whole periods that loops after resampling goes on over the seam, but
// for what the guess at its end is off.
func TestLoopHasNoGap(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		for _, phase := range []int{0, from / 1700, from / 4000} {
			src := tone(from+phase, from, 400, 16000)[phase:]
			got := convert(t, from, to, src)
			loop := slices.Concat(got, got)
			for i := to - to/50; i < to+to/50; i++ {
				at := float64(i)/float64(to) + float64(phase)/float64(from)
				want := 16000 * math.Sin(2*math.Pi*400*at)
				if d := math.Abs(float64(loop[i]) - want); d > 1000 {
					t.Fatalf("phase %d, %d samples from the seam: %d, want %.0f", phase, i-to, loop[i], want)
				}
			}
		}
	})
}

func TestLength(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		for _, n := range []int{0, 1, 2, 5, 31, 100, 4000, 44101} {
			got := len(convert(t, from, to, tone(n, from, 440, 8000)))
			if want := (n*to + from - 1) / from; got != want {
				t.Errorf("%d samples became %d, want %d", n, got, want)
			}
		}
	})
}

// How the input is cut makes no difference, and a flushed Resampler is as new.
func TestPiecesDoNotMatter(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		random := rand.New(rand.NewPCG(uint64(from), uint64(to)))
		src := make([]int16, 20000)
		for i := range src {
			src[i] = int16(random.Uint32())
		}
		r, err := New(from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := r.Flush(r.Append(nil, src))
		var got []int16
		for rest := src; len(rest) > 0; {
			n := min(random.IntN(700), len(rest))
			got = r.Append(got, rest[:n])
			rest = rest[n:]
		}
		if got = r.Flush(got); !slices.Equal(got, want) {
			t.Error("in pieces the output differs")
		}
	})
}

func TestSameRateIsUntouched(t *testing.T) {
	src := []int16{1, -2, 32767, -32768}
	if got := convert(t, 8000, 8000, src); !slices.Equal(got, src) {
		t.Errorf("got %v, want %v", got, src)
	}
}

func TestFullScaleClipsAndDoesNotWrap(t *testing.T) {
	src := make([]int16, 16000)
	for i := range src {
		src[i] = 32767
		if i/20%2 == 1 {
			src[i] = -32768
		}
	}
	got := convert(t, 8000, 48000, src)
	for i, v := range got {
		near := src[min(i/6, len(src)-1)]
		if i/6%20 > 8 && i/6%20 < 12 && (near > 0) != (v > 0) {
			t.Fatalf("sample %d: %d where the input is %d", i, v, near)
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	eachRatio(t, func(t *testing.T, from, to int) {
		r, err := New(from, to)
		if err != nil {
			t.Fatal(err)
		}
		src, dst := tone(from/50, from, 440, 8000), make([]int16, 0, to/50+10)
		for range 10 {
			r.Append(dst, src)
		}
		if n := testing.AllocsPerRun(50, func() { r.Append(dst, src) }); n != 0 {
			t.Errorf("%v allocations per 20 ms", n)
		}
	})
}

func TestOddRates(t *testing.T) {
	for _, from := range []int{4000, 7999, 11127, 44056, 44099, 191999, 192000} {
		got := convert(t, from, 8000, tone(from, from, 1000, 16000))
		if len(got) < 7990 || len(got) > 8010 {
			t.Errorf("%d Hz: a second became %d samples", from, len(got))
			continue
		}
		if l := level(got[3600:4400], 8000, 1000); l < -6.5 || l > -6 {
			t.Errorf("%d Hz: the tone is at %.1f dB", from, l)
		}
	}
	for _, rates := range [][2]int{{0, 8000}, {8000, -1}, {1 << 40, 8000}} {
		if _, err := New(rates[0], rates[1]); err == nil {
			t.Errorf("%v was accepted", rates)
		}
	}
}

func TestFiltersAreSharedAndBounded(t *testing.T) {
	a, _ := New(44100, 8000)
	b, _ := New(22050, 4000)
	if a.f != b.f {
		t.Error("two Resamplers of one ratio have two filters")
	}
	for rate := 30000; rate < 30000+2*maxFilters; rate++ {
		if _, err := New(rate, 8000); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(cache.filters); n > maxFilters {
		t.Errorf("%d filters are kept, at most %d may be", n, maxFilters)
	}
}

// Benchmark20ms is one frame through ratios that conferences need.
func Benchmark20ms(b *testing.B) {
	for _, c := range [][2]int{{8000, 16000}, {16000, 8000}, {48000, 8000}, {44100, 8000}, {22050, 8000}, {44100, 16000}, {96000, 8000}, {16000, 48000}} {
		b.Run(fmt.Sprintf("%d→%d", c[0], c[1]), func(b *testing.B) {
			r, err := New(c[0], c[1])
			if err != nil {
				b.Fatal(err)
			}
			src, dst := tone(c[0]/50, c[0], 440, 8000), make([]int16, 0, c[1]/50+10)
			b.ReportAllocs()
			for b.Loop() {
				r.Append(dst, src)
			}
		})
	}
}

// BenchmarkDesign is the first use of a ratio.
func BenchmarkDesign(b *testing.B) {
	for b.Loop() {
		design(80, 441)
	}
}
