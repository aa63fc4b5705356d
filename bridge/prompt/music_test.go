package prompt

import (
	"math"
	"testing"
)

func TestMusic(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		pcm := composed(rate)
		seconds := float64(len(pcm)) / float64(rate)
		if seconds < 30 || seconds > 60 {
			t.Errorf("%d Hz: the loop lasts %.1f s", rate, seconds)
		}
		peak, sum, mean := 0.0, 0.0, 0.0
		for _, v := range pcm {
			x := float64(v) / 32768
			peak, sum, mean = max(peak, math.Abs(x)), sum+x*x, mean+x
		}
		n := float64(len(pcm))
		level := decibel(sum / n)
		t.Logf("%d Hz: %.1f s, level %.1f dBov, peak %.1f dB, mean %.2g", rate, seconds, level, decibel(peak*peak), mean/n)
		if level < -31 || level > -26 {
			t.Errorf("%d Hz: level %.1f dBov", rate, level)
		}
		if peak > 0.3 || math.Abs(mean/n) > 1e-3 {
			t.Errorf("%d Hz: peak %.2f, mean %.2g", rate, peak, mean/n)
		}
	}
}

func TestMusicHasNoSeam(t *testing.T) {
	pcm := composed(rate)
	at := func(i int) float64 { return float64(pcm[(i+len(pcm))%len(pcm)]) }
	bend := func(i int) float64 { return math.Abs(at(i+1) - 2*at(i) + at(i-1)) }
	worst := 0.0
	for i := range pcm[1 : len(pcm)-1] {
		worst = max(worst, bend(i+1))
	}
	if seam := max(bend(-1), bend(0)); seam > worst/2 {
		t.Errorf("the seam bends by %.0f, the rest by at most %.0f", seam, worst)
	}
}

func TestMusicIsNeverSilent(t *testing.T) {
	pcm := composed(rate)
	for i := 0; i+rate/2 <= len(pcm); i += rate / 2 {
		sum := 0.0
		for _, v := range pcm[i : i+rate/2] {
			sum += float64(v) * float64(v)
		}
		if level := decibel(sum / float64(rate/2) / 32768 / 32768); level < -45 {
			t.Errorf("at %.1f s the music is at %.1f dBov", float64(i)/rate, level)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	for b.Loop() {
		compose(rate)
	}
}
