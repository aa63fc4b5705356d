package media

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// Decoding, concealing and resampling allocate nothing, whatever the codec and
// the rate of the conference, while packets come and while they are lost.
func TestPlayout_AllocatesNothing(t *testing.T) {
	for c := PCMU; c < NumCodecs; c++ {
		for _, rate := range []int{8000, 16000, 48000} {
			payloads := coded(t, c, 50)
			var stats RxStats
			p := allCodecs(t, &stats)
			p.setRate(rate)
			frame := make([]int16, rate/framesPerSecond)
			now := time.Unix(1e9, 0)
			n := 0
			sounds := 0
			tick := func() {
				if c == Opus || n%25 != 7 { // the Opus library's own concealment is its own
					p.take(Seq(n), Timestamp(n*c.ClockRate()/framesPerSecond), c, payloads[n%len(payloads)], now)
				}
				now = now.Add(20 * time.Millisecond)
				if p.frame(frame, now) {
					sounds++
				}
				n++
			}
			if a := testing.AllocsPerRun(100, tick); a != 0 {
				t.Errorf("%v at %d Hz: %v allocations per tick", c, rate, a)
			}
			if sounds < 90 {
				t.Errorf("%v at %d Hz: sound in %d of %d frames", c, rate, sounds, n)
			}
		}
	}
}

// coded is n payloads of a tone, 20 ms each.
func coded(t testing.TB, c Codec, n int) [][]byte {
	t.Helper()
	e, err := NewEncoder(Format{Codec: c})
	if err != nil {
		t.Fatal(err)
	}
	e.SetRate(c.SampleRate())
	pcm := make([]int16, c.SampleRate()/framesPerSecond)
	out := make([][]byte, n)
	at := 0
	for i := range out {
		for k := range pcm {
			pcm[k] = int16(8000 * math.Sin(2*math.Pi*300*float64(at)/float64(c.SampleRate())))
			at++
		}
		out[i] = e.Encode(nil, pcm)
	}
	return out
}

func BenchmarkPlayout(b *testing.B) {
	for c := PCMU; c < NumCodecs; c++ {
		b.Run(fmt.Sprint(c, " ", c.SampleRate()), func(b *testing.B) {
			payload := coded(b, c, 1)[0]
			var stats RxStats
			p := allCodecs(b, &stats)
			p.setRate(c.SampleRate())
			frame := make([]int16, c.SampleRate()/framesPerSecond)
			now := time.Unix(1e9, 0)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				p.take(Seq(n), Timestamp(n*c.ClockRate()/framesPerSecond), c, payload, now)
				now = now.Add(20 * time.Millisecond)
				p.frame(frame, now)
			}
		})
	}
}
