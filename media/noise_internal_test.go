package media

import (
	"math"
	"testing"
)

// levelOf is the level of pcm in dBov.
func levelOf(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return 10 * math.Log10(sum/float64(len(pcm))/(32768*32768)+1e-30)
}

// noiseOf is so many seconds of the comfort noise announced by payload.
func noiseOf(payload []byte, rate, seconds int) []int16 {
	var n noise
	n.describe(payload)
	pcm := make([]int16, rate*seconds)
	for at := 0; at < len(pcm); at += rate / 50 {
		n.fill(pcm[at:at+rate/50], rate)
	}
	return pcm
}

func TestR13_NoiseHasTheLevelAnnounced(t *testing.T) {
	spectra := [][]byte{nil, {20}, {10, 200}, {0, 255, 0, 255, 0, 255}, {60, 150, 100, 130, 127, 120, 140, 110, 127, 127, 127, 127, 5}}
	for level := range byte(128) {
		for _, spectrum := range spectra {
			want := -float64(max(30, level))
			pcm := noiseOf(append([]byte{level}, spectrum...), 8000, 4)
			got := levelOf(pcm)
			if level >= 78 {
				if !silent(pcm) {
					t.Errorf("level %d: %v dBov, want silence", level, got)
				}
				continue
			}
			if math.Abs(got-want) > 1.5 {
				t.Errorf("level %d, spectrum %v: %.1f dBov", level, spectrum, got)
			}
		}
	}
}

// The most significant bit of the level is reserved.
func TestR13_NoiseLevelHasSevenBits(t *testing.T) {
	if got := levelOf(noiseOf([]byte{0x80 | 50}, 8000, 2)); math.Abs(got+50) > 1 {
		t.Errorf("%.1f dBov", got)
	}
}

// tilt is the power of the differences over the power: 2 for white noise,
// less for low noise and more for high.
func tilt(pcm []int16) float64 {
	var d, e float64
	for i := 1; i < len(pcm); i++ {
		x := float64(pcm[i]) - float64(pcm[i-1])
		d += x * x
		e += float64(pcm[i]) * float64(pcm[i])
	}
	return d / e
}

// One coefficient k makes a process whose neighbours correlate by -k.
func TestR13_NoiseHasTheSpectrumAnnounced(t *testing.T) {
	for _, c := range []byte{12, 63, 127, 191, 242} {
		k := (float64(c) - 127) / 128
		if got, want := tilt(noiseOf([]byte{40, c}, 8000, 8)), 2*(1+k); math.Abs(got-want) > 0.06 {
			t.Errorf("k %.2f: tilt %.2f, want %.2f", k, got, want)
		}
	}
}

func TestR13_NoiseAtEveryRate(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		pcm := noiseOf([]byte{45}, rate, 4)
		if got := levelOf(pcm); got > -44 || got < -48 {
			t.Errorf("%d Hz: %.1f dBov", rate, got)
		}
	}
}

// No frame differs from the one before by more than noise does of itself, when
// the level announced jumps.
func TestR13_NoiseLevelChangesSmoothly(t *testing.T) {
	var n noise
	var dst [80]int16
	n.describe([]byte{70})
	var before float64
	for i := range 200 {
		switch i {
		case 50:
			n.describe([]byte{35})
		case 100:
			n.describe([]byte{65})
		case 150:
			n.describe([]byte{90})
		}
		n.fill(dst[:], 8000)
		level := max(-75, levelOf(dst[:]))
		if step := math.Abs(level - before); i > 0 && i < 150 && step > 16 {
			t.Errorf("frame %d: a step of %.1f dB", i, step)
		}
		before = level
	}
	if n.fill(dst[:], 8000) || !silent(dst[:]) {
		t.Error("not silent 500 ms after the phone announced silence")
	}
}

func TestNoise_StartsAndStops(t *testing.T) {
	var n noise
	var dst [160]int16
	dst[3] = 5
	if n.fill(dst[:], 8000) || !silent(dst[:]) {
		t.Error("sound without an announcement")
	}
	n.describe(nil)
	if n.fill(dst[:], 8000) {
		t.Error("sound from an empty announcement")
	}
	n.describe([]byte{40})
	if !n.fill(dst[:], 8000) || math.Abs(levelOf(dst[:])+40) > 1.5 {
		t.Errorf("first frame: %.1f dBov", levelOf(dst[:]))
	}
	n.stop()
	if n.fill(dst[:], 8000) || !silent(dst[:]) {
		t.Error("sound after stop")
	}
	if a := testing.AllocsPerRun(100, func() { n.describe([]byte{40, 1, 2}); n.fill(dst[:], 8000) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func FuzzComfortNoise(f *testing.F) {
	f.Add([]byte{40}, uint8(8))
	f.Add([]byte{0, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0}, uint8(48))
	f.Add([]byte{30, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, uint8(16))
	f.Add([]byte{30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, uint8(0))
	f.Fuzz(func(t *testing.T, payload []byte, rate uint8) {
		var n noise
		var dst [320]int16
		n.describe(payload)
		loud := 0
		for range 100 {
			if !n.fill(dst[:], int(rate)*1000) && !silent(dst[:]) {
				t.Fatal("silent, but not zeros")
			}
			if levelOf(dst[:]) > -18 {
				loud++
			}
		}
		if loud > 20 || n.now != n.now {
			t.Fatalf("%d frames of 100 are louder than any noise may be", loud)
		}
	})
}

func BenchmarkNoise(b *testing.B) {
	var n noise
	var dst [160]int16
	n.describe([]byte{45, 10, 200, 127, 100, 100, 100, 130, 140, 120, 127})
	b.ReportAllocs()
	for b.Loop() {
		n.fill(dst[:], 8000)
	}
}
