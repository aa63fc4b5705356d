package media

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// keyTone is one press of a key in noise.
type keyTone struct {
	name  string
	off   float64 // off pitch
	twist float64 // column over row, in dB
	level float64 // of the stronger tone, in dBm0
	snr   float64 // in dB, 0 for none
	ms    int
}

// render is half a second at rate with the tone in it, delayed by a part of a
// frame.
func (k keyTone) render(key byte, rate int, delay float64, rng *rand.Rand) (pcm []int16, from, to int) {
	row, col := tonesOf(key)
	scale := 32124 * math.Pow(10, (k.level-3.17)/20) // +3.17 dBm0 is a sine at full scale
	a := scale * math.Pow(10, -max(0, k.twist)/20)
	b := scale * math.Pow(10, min(0, k.twist)/20)
	hiss := 0.0
	if k.snr != 0 {
		hiss = math.Sqrt((a*a+b*b)/2*float64(rate)/8000) * math.Pow(10, -k.snr/20)
	}
	from = int((0.1 + delay) * float64(rate))
	to = from + k.ms*rate/1000
	w := 2 * math.Pi * (1 + k.off) / float64(rate)
	p, q := rng.Float64()*7, rng.Float64()*7
	pcm = make([]int16, rate/2)
	for i := range pcm {
		v := hiss * rng.NormFloat64()
		if i >= from && i < to {
			v += a*math.Sin(w*row*float64(i)+p) + b*math.Sin(w*col*float64(i)+q)
		}
		pcm[i] = int16(math.Round(max(-32768, min(32767, v))))
	}
	return pcm, from, to
}

// tonesOf is the row and column of a key in Hz.
func tonesOf(key byte) (row, col float64) {
	for r, keys := range digitPad {
		for c := range keys {
			if keys[c] == key {
				row, col = digitTones[r], digitTones[4+c]
			}
		}
	}
	return row, col
}

// clamped is what a clamp makes of pcm: its digits, and where the tone was
// found first and last.
func clamped(pcm []int16, rate int) (digits string, from, to int) {
	var c clamp
	from = -1
	for at := 0; at+rate/50 <= len(pcm); at += rate / 50 {
		frame := pcm[at : at+rate/50]
		tone, digit := c.frame(frame, !silent(frame), rate)
		if digit != 0 {
			digits += string(digit)
		}
		if tone && from < 0 {
			from = at
		}
		if tone {
			to = at + rate/50
		}
	}
	return digits, from, to
}

func TestR16_TonesAreFound(t *testing.T) {
	t.Parallel()
	const most = 40.0 // milliseconds
	for _, rate := range []int{8000, 16000, 48000} {
		for _, k := range []keyTone{
			{name: "plain", level: -10, ms: 60},
			{name: "40 ms", level: -10, ms: 40},
			{name: "long", level: -10, ms: 300},
			{name: "1.5 % high", off: 0.015, level: -10, ms: 60},
			{name: "1.5 % low", off: -0.015, level: -10, ms: 60},
			{name: "column 8 dB stronger", twist: 8, level: -10, ms: 60},
			{name: "row 8 dB stronger", twist: -8, level: -10, ms: 60},
			{name: "noisy", level: -10, snr: 20, ms: 60},
			{name: "noisy, 40 ms", level: -10, snr: 20, ms: 40},
			{name: "noisy, high, twisted", off: 0.015, twist: 8, level: -10, snr: 20, ms: 60},
			{name: "noisy, low, twisted", off: -0.015, twist: -8, level: -10, snr: 20, ms: 60},
			{name: "faint", level: -36, snr: 20, ms: 60},
			{name: "loud, clipping", level: 0, ms: 60},
		} {
			t.Run(fmt.Sprint(rate, " ", k.name), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(16, uint64(rate)))
				for _, key := range []byte(eventKeys) {
					for part := range 10 {
						pcm, from, to := k.render(key, rate, float64(part)/500, rng)
						digits, begins, ends := clamped(pcm, rate)
						ms := func(n int) float64 { return float64(n) * 1000 / float64(rate) }
						if digits != string(key) {
							t.Errorf("%c at %d: heard %q", key, part, digits)
						} else if ms(begins-from) > most || ms(ends-to) > most || ends < to-rate/1000 {
							t.Errorf("%c at %d: found after %.1f ms, until %.1f ms behind its end", key, part, ms(begins-from), ms(ends-to))
						}
					}
				}
			})
		}
	}
}

func TestR16_OtherTonesAreNotDigits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	tones := [][2]float64{ // Hz
		{350, 440}, {440, 480}, {480, 620}, {425, 425}, {400, 450}, // of telephone networks
		{697, 697}, {1209, 1209}, {697, 770}, {1336, 1477}, {1100, 1100}, {2100, 2100},
		{735, 1270}, {697, 1270}, {735, 1336}, {697, 2791}, // between, and what folds
	}
	for _, off := range []float64{0.035, -0.035} {
		for _, key := range []byte(eventKeys) {
			row, col := tonesOf(key)
			tones = append(tones, [2]float64{row * (1 + off), col * (1 + off)})
		}
	}
	for _, tone := range tones {
		pcm := make([]int16, 8000)
		for i := range pcm {
			w := 2 * math.Pi * float64(i) / 8000
			pcm[i] = int16(5000*math.Sin(w*tone[0]) + 5000*math.Sin(w*tone[1]) + 20*rng.NormFloat64())
		}
		if digits, _, _ := clamped(pcm, 8000); digits != "" {
			t.Errorf("%v Hz is taken for %s", tone, digits)
		}
	}
}

// voice is seconds of vowels, noisy consonants and pauses: a glottis of moving
// pitch through moving formants, which is where tones may seem to be.
func voice(seed uint64, pitch float64, seconds int) []int16 {
	rng := rand.New(rand.NewPCG(seed, 1973))
	pcm := make([]int16, seconds*8000)
	var now, to [3]float64
	var y [3][2]float64
	phase, loud, hiss, toLoud, toHiss := 0.0, 0.0, 0.0, 0.0, 0.0
	tune := 1.0
	for i := range pcm {
		if i%1200 == 0 { // a sound in 150 ms
			to = [3]float64{250 + 600*rng.Float64(), 700 + 1600*rng.Float64(), 2200 + 900*rng.Float64()}
			toLoud, toHiss = rng.Float64(), rng.Float64()*rng.Float64()
			if rng.IntN(6) == 0 {
				toLoud, toHiss = 0, 0
			}
			tune = 0.8 + 0.4*rng.Float64()
		}
		loud += (toLoud - loud) / 150
		hiss += (toHiss - hiss) / 150
		v := hiss * 0.05 * rng.NormFloat64()
		if phase += pitch * tune / 8000; phase >= 1 {
			phase--
			v += loud
		}
		for f := range now {
			now[f] += (to[f] - now[f]) / 400
			r := math.Exp(-math.Pi * (40 + 0.03*now[f]) / 8000)
			z := 2*r*math.Cos(2*math.Pi*now[f]/8000)*y[f][0] - r*r*y[f][1] + v*(1-r)
			y[f][1], y[f][0] = y[f][0], z
			v = z * 4
		}
		pcm[i] = int16(max(-32768, min(32767, 2000000*v)))
	}
	return pcm
}

func TestR16_SpeechIsNoDigit(t *testing.T) {
	for seed := range uint64(12) {
		pcm := voice(seed, 80+18*float64(seed), 60)
		if level := levelOf(pcm); level < -35 || level > -8 {
			t.Fatalf("the test's speech has %.1f dBov", level)
		}
		if digits, at, _ := clamped(pcm, 8000); digits != "" {
			t.Errorf("voice %d: heard %q, first at %.2f s", seed, digits, float64(at)/8000)
		}
	}
}

// A digit is one whatever short holes it has, and two after a pause.
func TestR16_OneDigitIsOne(t *testing.T) {
	for _, tc := range []struct {
		gap  int // ms
		want string
	}{{0, "5"}, {5, "5"}, {10, "5"}, {40, "55"}, {60, "55"}} {
		k := keyTone{level: -10, ms: 300}
		for part := range 10 {
			pcm, from, _ := k.render('5', 8000, float64(part)/500, rand.New(rand.NewPCG(1, 1)))
			hole := from + 1200
			clear(pcm[hole : hole+tc.gap*8])
			if digits, _, _ := clamped(pcm, 8000); digits != tc.want {
				t.Errorf("%d ms of silence in it: heard %q", tc.gap, digits)
			}
		}
	}
}

// Speech right behind a digit is heard again soon.
func TestR16_SpeechBehindADigit(t *testing.T) {
	for _, key := range []byte(eventKeys) {
		for part := range 20 {
			pcm, _, end := keyTone{level: -10, ms: 100}.render(key, 8000, float64(part)/1000, rand.New(rand.NewPCG(1, 1)))
			copy(pcm[end:], voice(uint64(part), 90+10*float64(part), 1)[2400:])
			digits, _, to := clamped(pcm, 8000)
			if digits != string(key) || to > end+40*8 {
				t.Errorf("%c: heard %q, until %d ms behind its end", key, digits, (to-end)/8)
			}
		}
	}
}

// Nor does what resembles another digit keep the muting up.
func TestR16_OtherTonesBehindADigit(t *testing.T) {
	pcm, _, end := keyTone{level: -10, ms: 100}.render('1', 8000, 0, rand.New(rand.NewPCG(1, 1)))
	other, from, _ := keyTone{level: -10, ms: 250, off: 0.028}.render('5', 8000, 0, rand.New(rand.NewPCG(1, 1)))
	copy(pcm[end:], other[from:from+2000])
	digits, _, to := clamped(pcm, 8000)
	if digits != "1" || to > end+40*8 {
		t.Errorf("heard %q, until %d ms behind its end", digits, (to-end)/8)
	}
}

// splatter is the energy above 2.5 kHz in a stretch of 10 ms, in dBov: what a click
// has and a digit has not.
func splatter(pcm []int16) float64 {
	most := -200.0
	for at := 0; at+80 <= len(pcm); at += 20 {
		sum := 0.0
		for hz := 2500.0; hz < 4000; hz += 100 {
			var re, im float64
			for i, s := range pcm[at : at+80] {
				w := 2 * math.Pi * hz * float64(i) / 8000
				h := hann(float64(i)+0.5, 80)
				re, im = re+h*float64(s)*math.Cos(w), im+h*float64(s)*math.Sin(w)
			}
			sum += (re*re + im*im) * 2 / (40 * 40)
		}
		most = max(most, 10*math.Log10(sum/(32768*32768)+1e-20))
	}
	return most
}

func TestR16_MutingDoesNotClick(t *testing.T) {
	for _, key := range []byte(eventKeys) {
		row, col := tonesOf(key)
		pcm := make([]int16, 16*160)
		for i := range pcm {
			w := 2 * math.Pi * float64(i) / 8000
			pcm[i] = int16(6000*math.Sin(w*row) + 6000*math.Sin(w*col))
		}
		var m muter
		for f := range 16 {
			m.frame(pcm[f*160:][:160], true, f >= 5 && f < 10, 8000)
		}
		if !silent(pcm[6*160 : 10*160]) {
			t.Error("heard while muted")
		}
		if click := splatter(pcm); click > -50 {
			t.Errorf("%c: a click of %.1f dBov", key, click)
		}
	}
}

func TestClamp_Allocs(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		pcm, _, _ := keyTone{level: -10, ms: 300, snr: 20}.render('7', rate, 0, rand.New(rand.NewPCG(1, 1)))
		var c clamp
		at := 0
		if a := testing.AllocsPerRun(100, func() {
			c.frame(pcm[at:at+rate/50], at%3 != 0, rate)
			at = (at + rate/50) % len(pcm)
		}); a != 0 {
			t.Errorf("%d Hz: %v allocations per frame", rate, a)
		}
	}
}

// Whatever comes, the frame is left alone and what is found is a digit.
func FuzzClamp(f *testing.F) {
	f.Add([]byte{0, 0x80, 255, 0x7F, 1, 2}, uint8(0))
	f.Add([]byte{7}, uint8(1))
	f.Add([]byte{}, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, r uint8) {
		rate := []int{8000, 16000, 48000}[r%3]
		var c clamp
		pcm := make([]int16, rate/50)
		before := make([]int16, len(pcm))
		for n := range 8 {
			for i := range pcm {
				if len(data) > 1 {
					k := (n*len(pcm) + i) * 2 % (len(data) - 1)
					pcm[i] = int16(uint16(data[k]) | uint16(data[k+1])<<8)
				}
			}
			copy(before, pcm)
			_, digit := c.frame(pcm, !silent(pcm), rate)
			if digit != 0 && !dialable(rune(digit)) {
				t.Fatalf("digit %q", digit)
			}
			for i := range pcm {
				if pcm[i] != before[i] {
					t.Fatal("the frame has been changed")
				}
			}
		}
	})
}

func FuzzTelephoneEvent(f *testing.F) {
	f.Add([]byte{5, 0x8A, 0, 160, 0, 0, 0, 0, 5, 10, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF})
	f.Add([]byte{16, 0, 0, 0, 0, 0, 0, 1, 15, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		var stats RxStats
		d := dtmf{stats: &stats}
		packets := uint64(0)
		for len(data) >= 8 {
			ts := Timestamp(uint32(data[4])<<24 | uint32(data[5])<<16 | uint32(data[6])<<8 | uint32(data[7]))
			d.packet(data[:4], ts, time.Unix(1e9, 0))
			d.packet(data[:4], ts, time.Unix(1e9, 0)) // a duplicate adds nothing
			data = data[8:]
			packets++
		}
		d.packet(data[:min(3, len(data))], 0, time.Unix(1e9, 0))
		if stats.Digits > packets || stats.DigitsDropped > stats.Digits || stats.Malformed != 1 {
			t.Fatalf("%d packets: %+v", packets, stats)
		}
		for key, ok := d.dequeue(); ok; key, ok = d.dequeue() {
			if !dialable(rune(key)) || key == 'w' {
				t.Fatalf("digit %q", key)
			}
		}
	})
}

func BenchmarkClamp(b *testing.B) {
	for _, rate := range []int{8000, 16000, 48000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			pcm, _, _ := keyTone{level: -10, ms: 300, snr: 10}.render('5', rate, 0, rand.New(rand.NewPCG(1, 1)))
			var c clamp
			at := 0
			b.ReportAllocs()
			for b.Loop() {
				c.frame(pcm[at:at+rate/50], true, rate)
				at = (at + rate/50) % len(pcm)
			}
		})
	}
}
