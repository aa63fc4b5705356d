package mixer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"partyline/mixer/tone"
)

// chorus lets n parties speak and a further one listen, and returns what it
// hears in the given number of ticks. Speak fills the frame of talker k.
func chorus(n, ticks int, speak func(k int, frame []int16)) (heard []int16, sum []int32) {
	m := New(8000)
	ps := make([]*Party, n+1)
	for i := range ps {
		ps[i] = m.Add()
	}
	m.Mix(ConferenceAudio{})
	for range ticks {
		total := make([]int32, m.FrameLen())
		for k, p := range ps[:n] {
			p.Live = true
			speak(k, p.In)
			add(total, p.In)
		}
		m.Mix(ConferenceAudio{})
		heard, sum = append(heard, ps[n].Out...), append(sum, total...)
	}
	return heard, sum
}

func TestM05_NoWrapAround(t *testing.T) {
	for _, n := range []int{3, 10, 50, 1000} {
		rnd := rand.New(rand.NewPCG(5, uint64(n)))
		signs := []int16{-32768, 32767}
		for _, kind := range []string{"noise", "all high", "all low", "square"} {
			tick := 0
			heard, sum := chorus(n, 20, func(k int, frame []int16) {
				tick++
				for i := range frame {
					switch kind {
					case "noise":
						frame[i] = signs[rnd.IntN(2)]
					case "square":
						frame[i] = signs[i/20%2]
					case "all high":
						frame[i] = 32767
					default:
						frame[i] = -32768
					}
				}
			})
			for i, v := range heard {
				if s := sum[i]; s != 0 && int64(v)*int64(s) < 0 || abs32(int32(v)) > abs32(s) {
					t.Fatalf("%d talkers, %s, sample %d: heard %d of a sum of %d", n, kind, i, v, s)
				}
			}
		}
	}
}

func abs32(v int32) int32 { return max(v, -v) }

// TestM05_LimiterTHD: two full-scale talkers in step are 6 dB over. Once the
// limiter has settled, what is left beside the tone stays below 3 %.
func TestM05_LimiterTHD(t *testing.T) {
	for _, hz := range []int{80, 100, 125, 200, 300, 440, 997, 1000, 1777, 3100} {
		for _, n := range []int{2, 50} {
			sines := make([]tone.Sine, n)
			heard, _ := chorus(n, 80, func(k int, frame []int16) {
				sines[k].Hz, sines[k].Level = hz, -3.02
				sines[k].Fill(frame)
			})
			if thd := distortion(heard[4800:12800], hz); thd > 0.03 {
				t.Errorf("%d talkers at %d Hz: distortion %.2f %%", n, hz, 100*thd)
			}
		}
	}
}

// distortion is what one second of samples contains beside the tone at hz, as
// a part of the tone.
func distortion(samples []int16, hz int) float64 {
	power := func(level float64) float64 { return math.Pow(10, level/10) }
	all, fundamental := power(tone.Power(samples)), power(tone.Level(samples, 8000, hz))
	return math.Sqrt(max(0, all-fundamental) / fundamental)
}

// TestM05_SpeechKeepsItsShape: full-scale voices add up to 3 to 16 dB over, in
// pulses and syllables. Beside one gain for every 16 ms, little is changed.
func TestM05_SpeechKeepsItsShape(t *testing.T) {
	for n, most := range map[int]float64{2: -28, 3: -27, 5: -25, 10: -21} {
		at := make([]int, n)
		heard, sum := chorus(n, 250, func(k int, frame []int16) {
			for i := range frame {
				frame[i] = syllables(k, at[k])
				at[k]++
			}
		})
		var all, rest float64
		for at := 0; at+128 <= len(heard); at += 128 {
			var xx, xy, yy float64
			for i := at; i < at+128; i++ {
				x, y := float64(sum[i]), float64(heard[i])
				xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
			}
			all += yy
			rest += yy - xy*xy/max(1, xx)
		}
		if got := 10 * math.Log10(rest/all); got > most {
			t.Errorf("%d talkers: %.1f dB of the sound is distortion, want at most %v", n, got, most)
		}
	}
}

// syllables is sample i of a voiced, full-scale voice that says four syllables
// a second.
func syllables(voice, i int) int16 {
	t, k := float64(i)/8000, float64(voice)
	pitch := 95 + 23*k
	p := math.Mod(t*pitch, 1) / pitch // since the glottis last closed
	loud := max(0, math.Sin(2*math.Pi*(3.1+0.3*k)*t+k))
	return int16(30000 * loud * math.Exp(-300*p) * math.Sin(2*math.Pi*(500+90*k)*p))
}

func TestM05_LimiterRecovers(t *testing.T) {
	for _, n := range []int{3, 10, 50} {
		sines := make([]tone.Sine, n)
		tick := map[int]int{}
		heard, sum := chorus(n, 50, func(k int, frame []int16) {
			sines[k].Hz, sines[k].Level = 1000, -3.02
			if tick[k]++; tick[k] > 25 {
				sines[k].Level = -20 - 20*math.Log10(float64(n))
			}
			sines[k].Fill(frame)
		})
		end := 25 * 160
		for i := end; i < len(heard); i++ {
			if int32(heard[i]) == sum[i] {
				continue
			}
			if late := i - end; late >= 1600 {
				t.Fatalf("%d talkers: still %d instead of %d, %d ms after the end", n, heard[i], sum[i], late/8)
			}
		}
		if quick := end + 90*8; equalFrom(heard, sum, quick) {
			t.Errorf("%d talkers: the gain came back in less than 90 ms", n)
		}
	}
}

func equalFrom(heard []int16, sum []int32, at int) bool {
	for i := at; i < len(heard); i++ {
		if int32(heard[i]) != sum[i] {
			return false
		}
	}
	return true
}

// TestLimiterAttack: the gain falls within the millisecond before the block
// of the peak, without a step, and never starts earlier.
func TestLimiterAttack(t *testing.T) {
	for at := range 160 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			acc, out := make([]int32, 160), make([]int16, 160)
			for i := range acc {
				acc[i] = 16000
			}
			acc[at] = 65534
			l := idle
			l.limit(out, acc)
			if out[at] < 32766 {
				t.Errorf("the peak came out as %d", out[at])
			}
			for i, v := range out[:max(0, at/8*8-8)] {
				if v != 16000 {
					t.Fatalf("sample %d: the gain fell %d samples early", i, at-i)
				}
			}
			for i := 1; i < len(out); i++ {
				step := abs32(int32(out[i]) - int32(out[i-1]))
				if i != at && i-1 != at && at >= 8 && step > 1100 {
					t.Fatalf("step of %d at %d", step, i)
				}
			}
		})
	}
}

func TestLimiterPassesWhatFits(t *testing.T) {
	acc, out := make([]int32, 160), make([]int16, 160)
	acc[0], acc[1], acc[2] = 32767, -32768, 12345
	l := idle
	l.limit(out, acc)
	for i, v := range acc {
		if int32(out[i]) != v {
			t.Fatalf("sample %d: %d came out as %d", i, v, out[i])
		}
	}
	if l != idle {
		t.Error("the limiter woke up")
	}
	for v, want := range map[int32]int16{32768: 32767, -32769: -32768, 1 << 20: 32767, -1 << 20: -32767} {
		acc[5] = v
		l = idle
		if l.limit(out, acc); out[5] != want {
			t.Errorf("%d came out as %d, want %d", v, out[5], want)
		}
	}
}

// TestLimiterAlwaysComesToRest: whatever it met, 200 ms later it is idle.
func TestLimiterAlwaysComesToRest(t *testing.T) {
	out := make([]int16, 160)
	for _, peak := range []int32{32768, 32770, 33000, 40000, 65534, 1 << 20, 1 << 26, math.MaxInt32, math.MinInt32} {
		acc := make([]int32, 160)
		acc[159] = peak
		l := idle
		l.limit(out, acc)
		clear(acc)
		for range 10 {
			l.limit(out, acc)
		}
		if l != idle {
			t.Errorf("after a peak of %d: %+v", peak, l)
		}
	}
}
