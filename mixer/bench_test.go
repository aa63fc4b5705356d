package mixer

import (
	"fmt"
	"math/rand/v2"
	"testing"
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
