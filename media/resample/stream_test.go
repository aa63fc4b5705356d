package resample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// streamed converts a whole number of frames of src.
func streamed(t testing.TB, from, to int, src []int16) []int16 {
	t.Helper()
	s, err := NewStream(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return frames(s, src, from/50, to/50)
}

// frames puts src through s in frames of n samples that become m.
func frames(s *Stream, src []int16, n, m int) []int16 {
	dst := make([]int16, len(src)/n*m)
	for i := range len(src) / n {
		s.Frame(dst[i*m:][:m], src[i*n:][:n])
	}
	return dst
}

// eachPair runs f for every two rates of a Stream that are not the same.
func eachPair(t *testing.T, f func(t *testing.T, from, to int)) {
	for _, from := range conferences {
		for _, to := range conferences {
			if from != to {
				t.Run(fmt.Sprintf("%d→%d", from, to), func(t *testing.T) { f(t, from, to) })
			}
		}
	}
}

// edge is up to where a Stream between two rates is flat, in Hz.
func edge(from, to int) float64 {
	if min(from, to) == 8000 {
		return 3400
	}
	return 7000
}

// A Way converts a frame as a Stream does that has seen the past.
func TestWayIsAStreamWithoutMemory(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		w, err := NewWay(from, to)
		if err != nil {
			t.Fatal(err)
		}
		n, m := from/50, to/50
		src := tone(10*n, from, 777, 16000)
		want := streamed(t, from, to, src)[9*m:]
		got := make([]int16, m)
		if a := testing.AllocsPerRun(10, func() { w.Convert(got, src[:9*n], src[9*n:]) }); a != 0 {
			t.Errorf("%v allocations", a)
		}
		if !slices.Equal(got, want) {
			t.Error("the frame differs")
		}
	})
}

func TestM16_StreamIsFlat(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		for part := range 41 {
			hz := math.Round(max(20, edge(from, to)*float64(part)/40))
			src := tone(2*from, from, hz, 16000)
			got := level(middle(streamed(t, from, to, src), to), to, hz)
			if want := level(middle(src, from), from, hz); math.Abs(got-want) > 0.1 {
				t.Errorf("%v Hz: %.2f dB, want %.2f", hz, got, want)
			}
		}
	})
}

// What the lower rate cannot hold goes, wherever it would be folded to.
func TestM16_StreamDoesNotAlias(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		for hz := float64(to)/2 + 5; hz < float64(from)/2; hz += 97 {
			src := tone(from/5, from, hz, 30000)
			got := streamed(t, from, to, src)
			if got := rms(got[to/50:]) - rms(src); got > -60 {
				t.Errorf("%v Hz leaves %.1f dB", hz, got)
			}
		}
	})
}

// A tone is a tone at the higher rate, with nothing beside it.
func TestM16_StreamMakesNoImages(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		for hz := 60.0; from < to && hz < float64(from)/2; hz += 240 {
			got := middle(streamed(t, from, to, tone(2*from, from, hz, 30000)), to)
			if rest := rms(without(got, to, hz)); rest > -60 {
				t.Errorf("%v Hz: all but the tone is at %.1f dB", hz, rest)
			}
		}
	})
}

// The output is late by Delay, no more and no less.
func TestStreamDelay(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		s, _ := NewStream(from, to)
		delay := s.Delay()
		if delay > 3*time.Millisecond {
			t.Errorf("a delay of %v", delay)
		}
		got := frames(s, tone(from, from, 440, 16000), from/50, to/50)
		want := tone(to, to, 440, 16000)
		late := int(int64(delay) * int64(to) / int64(time.Second))
		for i := to / 50; i < to; i++ {
			if d := math.Abs(float64(got[i]) - float64(want[i-late])); d > 180 {
				t.Fatalf("sample %d: %d, want %d", i, got[i], want[i-late])
			}
		}
	})
	if s, _ := NewStream(16000, 16000); s.Delay() != 0 {
		t.Errorf("equal rates delay by %v", s.Delay())
	}
}

// A constant has no image: the same constant comes out.
func TestStreamKeepsAConstant(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		src := slices.Repeat([]int16{12345}, from/5)
		for i, v := range streamed(t, from, to, src)[to/50:] {
			if v < 12344 || v > 12346 {
				t.Fatalf("sample %d is %d", i, v)
			}
		}
	})
}

// 10, 20 and 60 ms frames give the same, and so does a copy that goes on where
// the original stands.
func TestStreamFramesDoNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, from := range conferences {
		for _, to := range conferences {
			src := make([]int16, from*3/5)
			for i := range src {
				src[i] = int16(random.Uint32())
			}
			want := streamed(t, from, to, src)
			for _, ms := range []int{10, 60, 600} {
				s, _ := NewStream(from, to)
				if got := frames(s, src, from*ms/1000, to*ms/1000); !slices.Equal(got, want) {
					t.Errorf("%d→%d in frames of %d ms: another result", from, to, ms)
				}
			}
			first, _ := NewStream(from, to)
			second, _ := NewStream(from, to)
			frames(second, src[:from/50], from/50, to/50) // of another past
			half := len(src) / 2
			got := frames(first, src[:half], from/50, to/50)
			second.CopyFrom(first)
			got = append(got, frames(second, src[half:], from/50, to/50)...)
			if !slices.Equal(got, want) {
				t.Errorf("%d→%d: a copy does not go on", from, to)
			}
			if second.Reset(); !slices.Equal(frames(second, src, from/50, to/50), want) {
				t.Errorf("%d→%d: Reset leaves a past", from, to)
			}
		}
	}
}

func TestStreamRates(t *testing.T) {
	for _, rates := range [][2]int{{8000, 44100}, {0, 8000}, {48000, 24000}, {8000, -8000}} {
		if _, err := NewStream(rates[0], rates[1]); err == nil {
			t.Errorf("%v was accepted", rates)
		}
	}
}

func TestStreamDoesNotAllocate(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		s, _ := NewStream(from, to)
		other, _ := NewStream(from, to)
		src, dst := tone(from/50, from, 440, 8000), make([]int16, to/50)
		if n := testing.AllocsPerRun(50, func() { s.Frame(dst, src); other.CopyFrom(s) }); n != 0 {
			t.Errorf("%v allocations per frame", n)
		}
	})
}

// BenchmarkStream is one frame of 20 ms.
func BenchmarkStream(b *testing.B) {
	for _, from := range conferences {
		for _, to := range conferences {
			if from == to {
				continue
			}
			b.Run(fmt.Sprintf("%d→%d", from, to), func(b *testing.B) {
				s, _ := NewStream(from, to)
				src, dst := tone(from/50, from, 440, 8000), make([]int16, to/50)
				b.ReportAllocs()
				for b.Loop() {
					s.Frame(dst, src)
				}
			})
		}
	}
}

// BenchmarkStreamDesign is the first NewStream of a pair of rates.
func BenchmarkStreamDesign(b *testing.B) {
	for b.Loop() {
		newStreamFilter(6, longHalf, 3400./8000)
	}
}
