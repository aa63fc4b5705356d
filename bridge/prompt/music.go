package prompt

import (
	"math"
	"math/cmplx"
	"slices"
	"sync"
)

// musicBox holds the built-in music as a whole track for each sampling rate.
type musicBox struct {
	mu     sync.Mutex
	tracks map[int]*track
}

// track returns the music at rate. The first call per rate composes it, some
// tens of milliseconds of work: it is not for the tick.
func (b *musicBox) track(rate int) *track {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tracks[rate]
	if t == nil {
		t = newTrack(rate, func() {})
		for piece := range slices.Chunk(composed(rate), rate/10) {
			t.append(piece)
		}
		t.close(nil, nil)
		if b.tracks == nil {
			b.tracks = make(map[int]*track)
		}
		b.tracks[rate] = t
	}
	return t
}

// scores holds what was composed, by sampling rate, once per process.
var scores = struct {
	sync.Mutex
	pcm map[int][]int16
}{pcm: make(map[int][]int16)}

// composed returns the music at rate, to be read only.
func composed(rate int) []int16 {
	scores.Lock()
	defer scores.Unlock()
	if scores.pcm[rate] == nil {
		scores.pcm[rate] = compose(rate)
	}
	return scores.pcm[rate]
}

// The music is a slow arpeggio over eight chords, two bars of six notes each,
// played on something between a harp and a celesta. It was written for this
// program. Notes are MIDI numbers, 69 is the A of 440 Hz.
var (
	chords = [...][4]int{
		{48, 60, 64, 67}, // C
		{45, 60, 64, 69}, // A minor
		{53, 60, 65, 69}, // F
		{50, 62, 65, 69}, // D minor
		{52, 59, 64, 67}, // E minor
		{45, 57, 64, 72}, // A minor
		{50, 62, 66, 69}, // D
		{55, 59, 62, 67}, // G
	}
	// figure is the order in which a chord's notes are plucked.
	figure = [...]int{0, 1, 2, 3, 2, 1}
	// melody floats above, one note for each bar; 0 rests.
	melody = [...]int{76, 0, 72, 74, 77, 76, 72, 0, 79, 76, 0, 76, 74, 78, 74, 71}
)

const (
	beat       = 0.42 // seconds from pluck to pluck
	musicLevel = 4630 // peak of the music, -17 dB of full scale, about -29 dBov
)

// compose renders the music at rate. Notes that ring beyond the end ring on at
// the beginning, so that the loop has no seam.
func compose(rate int) []int16 {
	step := int(beat * float64(rate))
	bar := step * len(figure)
	mix := make([]float64, bar*2*len(chords))
	for i := range 2 * len(chords) {
		chord := chords[i/2]
		for j, k := range figure {
			pluck(mix, rate, i*bar+j*step, chord[k], 1.0/float64(2+j%2))
		}
		if note := melody[i]; note != 0 {
			pluck(mix, rate, i*bar+step*(i%2*2), note, 0.45)
		}
	}
	return scale(mix, musicLevel)
}

// pluck adds one decaying note at sample at, wrapping around the end of mix.
func pluck(mix []float64, rate, at, note int, gain float64) {
	freq := 440 * math.Pow(2, float64(note-69)/12)
	for partial, amp := range []float64{1, 0.35, 0.12, 0.05} {
		f := freq * float64(partial+1)
		if f > 0.45*float64(rate) || f > 3400 {
			break
		}
		decay := 1.1 / (1 + 0.7*float64(partial)) * float64(rate) // samples to 1/e
		ring(mix, at, 2*math.Pi*f/float64(rate), decay, gain*amp, float64(rate)*0.012)
	}
}

// ring adds a sine that decays to -60 dB, with ramps at both ends. Step is its
// phase per sample; decay and attack are in samples.
func ring(mix []float64, at int, step, decay, gain, attack float64) {
	length := int(7 * decay)
	phasor := complex(gain, 0)
	turn := cmplx.Rect(math.Exp(-1/decay), step)
	at %= len(mix)
	for i := range length {
		mix[at] += imag(phasor) * min(1, float64(i)/attack, float64(length-i)/attack)
		phasor *= turn
		if at++; at == len(mix) {
			at = 0
		}
	}
}

// scale returns mix with the given peak.
func scale(mix []float64, peak float64) []int16 {
	top := 0.0
	for _, v := range mix {
		top = max(top, math.Abs(v))
	}
	pcm := make([]int16, len(mix))
	for i, v := range mix {
		pcm[i] = int16(math.Round(v / top * peak))
	}
	return pcm
}
