package mixer

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkMix mixes one tick of a conference at 8 kHz. Voices are noise at
// about −26 dBov, so that the limiters of large conferences work.
func BenchmarkMix(b *testing.B) {
	for _, n := range []int{3, 10, 100, 1000} {
		b.Run(fmt.Sprintf("talkers=%d", n), func(b *testing.B) { benchmarkMix(b, n, n) })
	}
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("talkers=3/parties=%d", n), func(b *testing.B) { benchmarkMix(b, n, 3) })
	}
}

func benchmarkMix(b *testing.B, parties, talkers int) {
	m := New(8000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range parties {
		p := m.Add()
		if i < talkers {
			babble(rnd, p, 2800)
		}
	}
	m.Mix(RoomAudio{})
	b.ReportAllocs()
	for b.Loop() {
		m.Mix(RoomAudio{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*parties), "ns/participant")
}
