package media

import (
	"fmt"
	"math"
	"sync"
	"testing"
)

// eachCodec runs f for every codec.
func eachCodec(t *testing.T, f func(t *testing.T, c Codec)) {
	for c := PCMU; c < NumCodecs; c++ {
		t.Run(fmt.Sprintf("%v at %d Hz", c, c.SampleRate()), func(t *testing.T) { f(t, c) })
	}
}

// testEncoder is an encoder of c for frames of rate.
func testEncoder(t testing.TB, c Codec, rate int) *Encoder {
	t.Helper()
	e, err := NewEncoder(Format{Codec: c})
	if err != nil {
		t.Fatal(err)
	}
	e.SetRate(rate)
	return e
}

// toneFrame is n samples of hz from sample at on.
func toneFrame(n, at, rate int, hz, peak float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(peak * math.Sin(2*math.Pi*hz*float64(at+i)/float64(rate))))
	}
	return pcm
}

// codedTone decodes what e makes of n frames of the tone of hz at rate.
func codedTone(t testing.TB, e *Encoder, n, rate int, hz float64) (pcm []int16) {
	t.Helper()
	d := testDecoder(t, e.Format().Codec)
	for i := range n {
		pcm = append(pcm, play(t, d, e.Encode(nil, toneFrame(rate/50, i*rate/50, rate, hz, 8000)))...)
	}
	return pcm
}

// play decodes a payload.
func play(t testing.TB, d decoder, payload []byte) []int16 {
	t.Helper()
	pcm := make([]int16, d.samples(payload))
	if n := d.decode(pcm, payload); n == 0 || n != len(pcm) {
		t.Fatalf("decoded %d of %d samples", n, len(pcm))
	}
	return pcm
}

// Every conference rate reaches every codec flat, to 3.4 kHz where 8 kHz is on
// either side and to 7 kHz else, and at the pitch it had.
func TestM16_R40_EncoderIsFlat(t *testing.T) {
	t.Parallel()
	eachCodec(t, func(t *testing.T, c Codec) {
		for _, rate := range []int{8000, 16000, 48000} {
			to := c.SampleRate()
			edge := 7000.0
			if min(rate, to) == 8000 {
				edge = 3400
			}
			tolerance := 0.5
			for _, hz := range []float64{200, 400, 1000, 2000, 3000, 3400, 5000, 6000, 7000} {
				if hz > edge {
					break
				}
				pcm := codedTone(t, testEncoder(t, c, rate), 60, rate, hz)
				got := 20 * math.Log10(amplitude(pcm[len(pcm)-to:], to, hz)/8000)
				if math.Abs(got) > tolerance {
					t.Errorf("from %d Hz, %v Hz: %+.2f dB", rate, hz, got)
				}
			}
		}
	})
}

// What a codec's sample rate cannot hold is not heard as something else.
func TestM16_EncoderDoesNotAlias(t *testing.T) {
	t.Parallel()
	eachCodec(t, func(t *testing.T, c Codec) {
		to := c.SampleRate()
		for _, rate := range []int{16000, 48000} {
			for _, hz := range []float64{4100, 5000, 7000, 9000, 12000, 17000, 23000} {
				if hz >= float64(rate)/2 || hz < float64(to)/2 {
					continue
				}
				pcm := codedTone(t, testEncoder(t, c, rate), 60, rate, hz)
				most := 0.0
				for f := 50.0; f < float64(to)/2; f += 50 {
					most = max(most, amplitude(pcm[to/10:][:to], to, f))
				}
				if got := 20 * math.Log10(most/8000); got > -50 {
					t.Errorf("from %d Hz, %v Hz leaves %.1f dB", rate, hz, got)
				}
			}
		}
	})
}

// click is the largest departure from the tone of hz, in dB of its peak: what a
// predictor of that tone does not foresee.
func click(s []int16, rate int, hz, peak float64) float64 {
	k := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	most := 1.0
	for i := 2; i < len(s); i++ {
		most = max(most, math.Abs(float64(s[i])-k*float64(s[i-1])+float64(s[i-2])))
	}
	return 20 * math.Log10(most/peak)
}

// A change of the conference's rate is not heard as a click: no step is larger
// than the steepest one of the tone itself.
func TestSetRateDoesNotClick(t *testing.T) {
	eachCodec(t, func(t *testing.T, c Codec) {
		const hz, peak = 300, 8000
		to := c.SampleRate()
		for _, change := range [][2]int{{8000, 16000}, {16000, 48000}, {48000, 8000}, {16000, 8000}, {8000, 48000}} {
			e := testEncoder(t, c, change[0])
			d := testDecoder(t, c)
			var pcm []int16
			for i := range 40 {
				rate := change[0]
				if i >= 20 {
					rate = change[1]
					e.SetRate(rate)
				}
				if i == 19 {
					e.Keep()
				}
				pcm = append(pcm, play(t, d, e.Encode(nil, toneFrame(rate/50, i*rate/50, rate, hz, peak)))...)
			}
			steepest := 2 * math.Pi * hz / float64(to) * peak
			around := pcm[len(pcm)/2-to/50 : len(pcm)/2+to/20]
			for i := 1; i < len(around); i++ {
				if step := math.Abs(float64(around[i]) - float64(around[i-1])); step > 1.35*steepest+peak*0.06 {
					t.Errorf("%v: a step of %.0f, the tone has %.0f", change, step, steepest)
					break
				}
			}
		}
	})
}

func TestEncoderMemoryless(t *testing.T) {
	eachCodec(t, func(t *testing.T, c Codec) {
		for _, rate := range []int{8000, 16000, 48000} {
			want := rate == c.SampleRate() && c != G722 && c != Opus
			e := testEncoder(t, c, rate)
			if e.Memoryless() != want {
				t.Errorf("at %d Hz Memoryless is %v", rate, !want)
			}
			if !want {
				continue
			}
			other := testEncoder(t, c, rate)
			other.Encode(nil, noisy(rate/50, 1))
			frame := noisy(rate/50, 2)
			if string(e.Encode(nil, frame)) != string(other.Encode(nil, frame)) {
				t.Errorf("at %d Hz the past shows", rate)
			}
		}
	})
}

func TestEncoderDoesNotAllocate(t *testing.T) {
	eachCodec(t, func(t *testing.T, c Codec) {
		e := testEncoder(t, c, 16000)
		other := testEncoder(t, c, 16000)
		d := testDecoder(t, c)
		dst, pcm := make([]byte, 0, 2000), make([]int16, c.SampleRate()/50)
		rates := [3]int{8000, 16000, 48000}
		i := 0
		frames := [3][]int16{noisy(160, 1), noisy(320, 1), noisy(960, 1)}
		for range 20 {
			d.decode(pcm, e.Encode(dst, frames[1]))
		}
		if n := testing.AllocsPerRun(60, func() {
			i++
			e.Keep()
			e.SetRate(rates[i/7%3])
			frame := frames[i/7%3]
			d.decode(pcm, e.Encode(dst, frame))
			other.SetRate(rates[i/7%3])
			if !other.Continue(e) {
				other.Warm(frame)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// handover is what a listener hears whose packets come from one encoder for n
// frames and from another one from then on, both coding the same. join prepares
// the second with the frames the first has had.
func handover(t testing.TB, c Codec, rate, n int, sound func(i int) []int16, join func(shared, own *Encoder, past [][]int16)) []int16 {
	shared, own := testEncoder(t, c, rate), testEncoder(t, c, rate)
	d := testDecoder(t, c)
	var pcm []int16
	var past [][]int16
	for i := range 2 * n {
		frame := sound(i)
		e := shared
		if i >= n {
			if i == n {
				join(shared, own, past)
			}
			e = own
		}
		past = append(past, frame)
		pcm = append(pcm, play(t, d, e.Encode(nil, frame))...)
	}
	return pcm
}

// departure is how far got is from want around their middle, in dB of want.
func departure(got, want []int16, rate int) float64 {
	var diff, all float64
	for i := len(want)/2 - rate/100; i < len(want)/2+rate/10; i++ {
		diff += sq(got[i], want[i])
		all += float64(want[i]) * float64(want[i])
	}
	return 10 * math.Log10((diff+1)/(all+1))
}

// voiceSecond is a second of voice at 48 kHz.
var voiceSecond = sync.OnceValue(func() []int16 { return voiceLike(48000, 0) })

// stay is a join for a listener who stays with the first encoder in effect.
func stay(shared, own *Encoder, _ [][]int16) { *own = *shared }

// A listener whose encoder changes hears the same as one whose encoder stays:
// exactly where the state can be copied, nearly so after a Warm.
func TestEncoderChangeIsNotHeard(t *testing.T) {
	eachCodec(t, func(t *testing.T, c Codec) {
		for _, rate := range []int{8000, 16000, 48000} {
			for name, sound := range map[string]func(i int) []int16{
				"tone": func(i int) []int16 { return toneFrame(rate/50, i*rate/50, rate, 440, 8000) },
				"voice": func(i int) []int16 {
					var out []int16
					for k, v := range voiceSecond()[i*960:][:960] {
						if k%(48000/rate) == 0 {
							out = append(out, v)
						}
					}
					return out
				},
			} {
				want := handover(t, c, rate, 25, sound, stay)
				copied := true
				got := handover(t, c, rate, 25, sound, func(shared, own *Encoder, past [][]int16) {
					if copied = own.Continue(shared); !copied {
						own.Warm(past[len(past)-warmFrames:]...)
					}
				})
				if copied != (c != Opus) {
					t.Fatalf("Continue is %v", copied)
				}
				limit := -20.0
				if copied {
					limit = -90
				}
				if d := departure(got, want, c.SampleRate()); d > limit {
					t.Errorf("%s at %d Hz: %.1f dB from an encoder that stays", name, rate, d)
				}
				if name == "tone" {
					half, n := len(got)/2, c.SampleRate()/25
					before := click(got[half-n:half-n/4], c.SampleRate(), 440, 8000)
					if after := click(got[half-n/4:half+n], c.SampleRate(), 440, 8000); after > max(-50, before+6) {
						t.Errorf("at %d Hz: a click of %.1f dB, before it %.1f", rate, after, before)
					}
				}
			}
		}
	})
}

// warmFrames are enough for Opus: with more the difference is no smaller. What
// is left is coding noise, which two encoders of one sound never have in common.
const warmFrames = 3

// BenchmarkCodec is a frame of 20 ms encoded from its codec's own rate and
// decoded.
func BenchmarkCodec(b *testing.B) {
	for c := PCMU; c < NumCodecs; c++ {
		rate := c.SampleRate()
		var packets [][]byte
		var frames [][]int16
		e, d := testEncoder(b, c, rate), testDecoder(b, c)
		for i := range 50 {
			frame := voiceLike(960, i*960)[:rate/50]
			frames = append(frames, frame)
			packets = append(packets, e.Encode(nil, frame))
		}
		dst, pcm := make([]byte, 0, 2000), make([]int16, rate/50)
		b.Run(fmt.Sprintf("%v-%d/encode", c, rate), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Encode(dst, frames[i%len(frames)])
			}
		})
		b.Run(fmt.Sprintf("%v-%d/decode", c, rate), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.decode(pcm, packets[i%len(packets)])
			}
		})
	}
}
