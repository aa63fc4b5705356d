package load

import (
	"fmt"
	"math"
	"math/rand/v2"

	"partyline/media"
	"partyline/mixer/tone"
)

const (
	// talkLevel is that of a tone, in dBov: a sine of 6 % of full scale. Six
	// of them and a thousand noises add up below the limiter.
	talkLevel = -27
	// noiseLevel is that of a caller who is not talking but sends all the same,
	// as phones do.
	noiseLevel = -65
	// loopFrames is how long a voice is before it starts again: one second, so
	// that a tone of whole hertz goes on without a seam.
	loopFrames = 50
)

// voices makes what callers say, each voice coded once for all who have it.
type voices struct {
	codec media.Codec
	made  map[int][][]byte
}

func newVoices(c media.Codec) *voices {
	return &voices{codec: c, made: map[int][][]byte{}}
}

// get is a voice as payloads of 20 ms: a tone of so many hertz, noise for 0.
func (v *voices) get(hz int) ([][]byte, error) {
	if loop := v.made[hz]; loop != nil {
		return loop, nil
	}
	e, err := media.NewEncoder(media.Format{Codec: v.codec})
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	rate := v.codec.SampleRate()
	e.SetRate(rate)
	pcm := speak(hz, rate)
	var loop [][]byte
	for i := range loopFrames {
		loop = append(loop, e.Encode(nil, pcm[i*rate/50:(i+1)*rate/50]))
	}
	v.made[hz] = loop
	return loop, nil
}

// speak is a second of a voice.
func speak(hz, rate int) []int16 {
	pcm := make([]int16, rate)
	if hz > 0 {
		fillSine(pcm, hz, talkLevel, rate)
		return pcm
	}
	rng := rand.New(rand.NewPCG(1, 2))
	amplitude := math.Pow(10, noiseLevel/20.0) * math.Sqrt(3) * 32768
	for i := range pcm {
		pcm[i] = int16(math.Round((2*rng.Float64() - 1) * amplitude))
	}
	return pcm
}

func fillSine(pcm []int16, hz int, level float64, rate int) {
	s := tone.Sine{Hz: hz, Rate: rate, Level: level}
	s.Fill(pcm)
}

// toneOf is the frequency of a talker: talkers of one conference, and those of
// conferences next to each other, differ.
func toneOf(conference, talker int) int {
	return tone0 + toneStep*(talker%maxTones) + 30*(conference%toneSets)
}

const (
	tone0    = 420
	toneStep = 183 // 150 Hz of it are for conferences to differ
	maxTones = 14
	toneSets = 6 // conferences whose tones differ
)

// Tones of those who do something besides, and of prompts: below those of
// talkers.
const (
	coachHz    = 173
	unheardHz  = 227 // of callers whom nobody may hear
	holdHz     = 283
	announceHz = 347
)
