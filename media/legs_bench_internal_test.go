package media

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkLegsTick is the audio half of a tick of many legs of PCMU, walked in
// turn so that none finds its memory in the nearest cache: a packet in, a frame
// out, a frame coded. It is given per leg.
func BenchmarkLegsTick(b *testing.B) {
	for _, legs := range []int{10, 1000, 4000} {
		b.Run(fmt.Sprint(legs), func(b *testing.B) { walkLegs(b, legs) })
	}
}

// walkLegs ticks so many legs.
func walkLegs(b *testing.B, legs int) {
	plays, encoders := make([]*playout, legs), make([]*Encoder, legs)
	stats := make([]RxStats, legs)
	for i := range plays {
		s, err := Prepare(Params{Tx: PayloadCodec{0, PCMU}, Rx: []PayloadCodec{{0, PCMU}, {8, PCMA}}})
		if err != nil {
			b.Fatal(err)
		}
		plays[i], encoders[i] = &playout{}, s.encoder
		plays[i].stats = &stats[i]
		plays[i].init()
		plays[i].adopt(s)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(legs, func(i, k int) { plays[i], plays[k] = plays[k], plays[i] })
	words := speech(b)[0]
	voice := EncodeFrame(PCMU, nil, words)
	var dst [frameSamples]int16
	var code [frameSamples]byte
	now := time.Unix(1e9, 0)
	n := 0
	tick := func() {
		at := n * frameSamples % (len(voice) - frameSamples)
		for i, p := range plays {
			came := now.Add(-time.Duration(i*7%12000+n*13%200) * time.Microsecond)
			p.take(Seq(n), Timestamp(n*frameSamples), PCMU, voice[at:at+frameSamples], came)
			p.frame(dst[:], now)
			encoders[i].Encode(code[:0], dst[:])
		}
		now = now.Add(time.Second / framesPerSecond)
		n++
	}
	for range 50 {
		tick()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		tick()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(legs), "ns/leg")
}
