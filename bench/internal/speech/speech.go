// Package speech makes a signal that behaves like speech where concealment and
// clock correction are concerned: voiced sounds with a moving pitch and moving
// formants, noisy consonants, bursts, pauses with a little hiss. Nobody
// will understand a word of it. The same seed gives the same samples.
package speech

import (
	"math"
	"math/rand/v2"
)

const (
	rate  = 8000
	block = 40 // samples between two looks at the targets: 5 ms
	// hiss is the deviation of the noise that never stops, in sample
	// values: -63 dBov. It makes every stretch of a pause recognisable.
	hiss = 24
	// loudness is the level of the talking parts, in dBov.
	loudness = -23
)

// vowels are formant frequencies in Hz.
var vowels = [...][3]float64{
	{730, 1090, 2440}, {270, 2290, 3010}, {300, 870, 2240}, {530, 1840, 2480},
	{570, 840, 2410}, {660, 1720, 2410}, {440, 1020, 2240}, {490, 1350, 1690},
}

var (
	nasal     = [3]float64{250, 1100, 2300}
	fricative = [...][3]float64{{1500, 2700, 3600}, {900, 2000, 3300}, {700, 1600, 2600}}
)

// target is what the voice is on its way to.
type target struct {
	formants     [3]float64
	voice, noise float64 // amplitudes of the two sources
}

// speaker is one voice on its way through a text nobody wrote.
type speaker struct {
	rng           *rand.Rand
	out           []float64
	base          float64 // pitch in Hz
	now           target
	phrase        float64 // 0 at the beginning of a phrase, 1 at its end
	accent        float64
	phase         float64 // of the pitch period, 0 to 1
	glottis, tilt float64
	filters       [3]resonator
}

// Make returns seconds of speech of a voice with the given pitch in Hz, as
// 16-bit samples at 8 kHz.
func Make(seed uint64, pitch float64, seconds int) []int16 {
	n := seconds * rate
	s := &speaker{rng: rand.New(rand.NewPCG(seed, 0x5EEC)), base: pitch}
	s.now.formants = vowels[0]
	for len(s.out) < n {
		s.say()
	}
	return s.finish(n)
}

// say utters one phrase and the pause behind it.
func (s *speaker) say() {
	syllables := 5 + s.rng.IntN(9)
	for i := range syllables {
		s.phrase = float64(i) / float64(syllables)
		s.accent = 0.12 * s.rng.NormFloat64()
		s.syllable()
	}
	s.hold(target{formants: s.now.formants}, 200+s.rng.IntN(500))
}

// syllable utters a consonant and a vowel, and sometimes a nasal behind.
func (s *speaker) syllable() {
	switch s.rng.IntN(4) {
	case 0:
		f := fricative[s.rng.IntN(len(fricative))]
		s.hold(target{formants: f, noise: 0.15 + 0.2*s.rng.Float64()}, 60+s.rng.IntN(70))
	case 1: // a stop: closed, then a burst
		s.hold(target{formants: s.now.formants}, 40+s.rng.IntN(40))
		s.hold(target{formants: fricative[1], noise: 0.6}, 12)
	case 2:
		s.hold(target{formants: nasal, voice: 0.4}, 50+s.rng.IntN(50))
	}
	v := vowels[s.rng.IntN(len(vowels))]
	s.hold(target{formants: v, voice: 0.7 + 0.5*s.rng.Float64(), noise: 0.01}, 80+s.rng.IntN(140))
	if s.rng.IntN(4) == 0 {
		s.hold(target{formants: nasal, voice: 0.4}, 40+s.rng.IntN(60))
	}
}

// hold moves towards a target and stays there, for a time in milliseconds.
func (s *speaker) hold(to target, ms int) {
	for range ms * rate / 1000 / block {
		s.approach(to)
		for range block {
			s.out = append(s.out, s.sample())
		}
	}
}

// approach goes some of the way: most of it within 20 ms.
func (s *speaker) approach(to target) {
	const far = 0.35
	for i := range s.now.formants {
		s.now.formants[i] += far * (to.formants[i] - s.now.formants[i])
		s.filters[i].tune(s.now.formants[i], 50+0.03*s.now.formants[i])
	}
	s.now.voice += far * (to.voice - s.now.voice)
	s.now.noise += far * (to.noise - s.now.noise)
}

// sample is the sum of both sources through the three formants.
func (s *speaker) sample() float64 {
	x := s.now.voice*s.pulse() + s.now.noise*0.3*s.rng.NormFloat64()
	for i := range s.filters {
		x = s.filters[i].pass(x)
	}
	return x
}

// pulse is the glottis: one pulse a pitch period, its spectrum falling by
// 6 dB an octave, with the small irregularity of a living voice.
func (s *speaker) pulse() float64 {
	hz := s.base * (1.15 - 0.3*s.phrase + s.accent) * (1 + 0.004*s.rng.NormFloat64())
	s.phase += hz / rate
	x := 0.0
	if s.phase >= 1 {
		s.phase--
		x = rate / hz / 8
	}
	s.glottis += 0.25 * (x - s.glottis)
	out := s.glottis - 0.9*s.tilt
	s.tilt = s.glottis
	return out
}

// finish brings the voice to its level, adds the hiss and rounds.
func (s *speaker) finish(n int) []int16 {
	var energy float64
	talking := 1
	for at := 0; at+block <= n; at += block {
		var e float64
		for _, v := range s.out[at : at+block] {
			e += v * v
		}
		if e > block*1e-4 {
			energy += e
			talking += block
		}
	}
	gain := 32768 * math.Pow(10, loudness/20.0) / math.Sqrt(energy/float64(talking)+1e-12)
	pcm := make([]int16, n)
	for i := range pcm {
		v := gain*s.out[i] + hiss*s.rng.NormFloat64()
		pcm[i] = int16(math.Round(max(-32000, min(32000, v))))
	}
	return pcm
}

// resonator is one formant: a second-order filter of unity gain at 0 Hz.
type resonator struct {
	a, b, c    float64
	last, prev float64
}

func (r *resonator) tune(hz, bandwidth float64) {
	radius := math.Exp(-math.Pi * bandwidth / rate)
	r.b = 2 * radius * math.Cos(2*math.Pi*hz/rate)
	r.c = -radius * radius
	r.a = 1 - r.b - r.c
}

func (r *resonator) pass(x float64) float64 {
	y := r.a*x + r.b*r.last + r.c*r.prev
	r.prev, r.last = r.last, y
	return y
}
