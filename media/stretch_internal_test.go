package media

import (
	"fmt"
	"math"
	"testing"
)

// toneClick is the largest step in pcm that a steady tone does not explain,
// against the amplitude of the tone, in dB.
func toneClick(pcm []int16, hertz, amplitude float64, rate int) float64 {
	k := 2 * math.Cos(2*math.Pi*hertz/float64(rate))
	top := 0.0
	for i := 2; i < len(pcm); i++ {
		top = max(top, math.Abs(float64(pcm[i])-k*float64(pcm[i-1])+float64(pcm[i-2])))
	}
	return 20 * math.Log10(top/amplitude)
}

func sine(hertz, amplitude, phase float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(phase+2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return pcm
}

// storeOf holds pcm, the first of it played.
func storeOf(pcm []int16, rate, played int) *store {
	s := &store{buf: make([]int16, storeSize(rate, 60)), rate: rate}
	s.end = copy(s.buf, pcm)
	s.play = played
	return s
}

// A frame more or less of a tone is no click, wherever it falls, and what goes
// before and comes after is the same to the bit.
func TestR34_StretchingDoesNotClick(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		frame := rate / 50
		for hertz := 60.0; hertz < 3400; hertz += 61.7 {
			for phase := 0.0; phase < 6; phase += 0.7 {
				pcm := sine(hertz, 8000, phase, rate, 4*frame)
				long, short := storeOf(pcm[:3*frame], rate, 2*frame), storeOf(pcm, rate, 2*frame)
				if !long.lengthen() || !short.shorten() {
					t.Fatal("no room")
				}
				for what, s := range map[string]*store{"longer": long, "shorter": short} {
					got := s.buf[:s.end]
					// A tone may bend within 8 ms, which a click of full scale would not.
					if c := toneClick(got, hertz, 8000, rate); c > -26 {
						t.Errorf("%d Hz, a tone of %.0f Hz, %s: a click of %.1f dB", rate, hertz, what, c)
					}
				}
				if long.pending() != 2*frame || short.pending() != frame {
					t.Errorf("%d and %d samples are pending", long.pending(), short.pending())
				}
				if end := long.buf[long.end-1]; end != pcm[3*frame-1] {
					t.Errorf("longer ends with %d, want %d", end, pcm[3*frame-1])
				}
				if end := short.buf[short.end-1]; end != pcm[4*frame-1] {
					t.Errorf("shorter ends with %d, want %d", end, pcm[4*frame-1])
				}
			}
		}
	}
}

func BenchmarkShorten(b *testing.B) {
	for _, rate := range []int{8000, 16000, 48000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			pcm := sine(123, 9000, 0, rate, rate/50*4)
			s := storeOf(pcm, rate, rate/25)
			for b.Loop() {
				s.end = rate / 50 * 4
				s.shorten()
			}
		})
	}
}

// Wherever a frame of spoken words is put in or taken out, no step between two
// samples grows by more than -50 dB of full scale.
func TestR34_StretchingWordsAddsNoStep(t *testing.T) {
	const most = 103
	for _, words := range speech(t) {
		for at := 640; at+640 <= len(words); at += 40 {
			part := words[at-320 : at+320]
			long, short := storeOf(part, 8000, 320), storeOf(part, 8000, 320)
			if !long.lengthen() || !short.shorten() {
				t.Fatal("no room")
			}
			for what, s := range map[string]*store{"longer": long, "shorter": short} {
				if d := largestStep(s.buf[:s.end]) - largestStep(part); d > most {
					t.Errorf("sample %d, %s: a step larger by %d", at, what, d)
				}
			}
		}
	}
}

// largestStep is the largest difference between neighbours.
func largestStep(pcm []int16) (most int) {
	for i := 1; i < len(pcm); i++ {
		most = max(most, abs16(pcm[i], pcm[i-1]))
	}
	return most
}
