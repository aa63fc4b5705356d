package quality

import (
	"fmt"
	"math"
	"time"

	"partyline/bench/internal/plot"
	"partyline/mixer/tone"
)

// driftCases are about phones whose clocks are fast or slow.
func driftCases() []Case {
	return []Case{
		{ID: "R33", Sent: "speech for an hour by clocks 200 ppm fast and slow", Run: func(t *Trial) { drift(t, spoken(), true, 200, 60) }},
		{ID: "R33", Sent: "noise that never pauses for an hour, ±200 ppm", Run: func(t *Trial) { drift(t, noise(3), false, 200, 60) }},
		{ID: "R34", Sent: "speech for ten minutes by clocks 1,000 ppm fast and slow", Run: func(t *Trial) { drift(t, spoken(), true, 1000, 10) }},
		{ID: "R34", Sent: "noise that never pauses for ten minutes, ±1,000 ppm", Run: func(t *Trial) { drift(t, noise(3), false, 1000, 10) }},
		{ID: "R34", Sent: "a 440 Hz tone at −34 dBov for ten minutes, ±1,000 ppm", Run: driftingTone},
	}
}

// settling is how long the delay may take to find its place.
const settling = 500 // ticks

// drift runs a fast and a slow clock. In a text with pauses there is no reason
// to correct anywhere else; its delay is drawn.
func drift(t *Trial, c *clip, pauses bool, ppm float64, minutes int) {
	fast := drifting(t, "fast", c, pauses, ppm, minutes)
	slow := drifting(t, "slow", c, pauses, -ppm, minutes)
	if pauses {
		t.picture(fmt.Sprintf("drift-%.0fppm", ppm), driftFigure(fast, slow, ppm, minutes))
	}
}

// drifting judges one clock.
func drifting(t *Trial, name string, c *clip, pauses bool, ppm float64, minutes int) *diary {
	k := newCall(1, c)
	k.talker.ppm = ppm
	d := newDiary(k, time.Minute, 50)
	k.run(settling)
	before := k.rx()
	k.run(minutes*minute - settling)
	s := k.rx()
	// A fast clock makes a frame too many every 20 ms of difference.
	due := math.Abs(ppm) / 1e6 * float64(minutes*minute)
	corrections := s.Inserted + s.Dropped + s.Concealed - before.Inserted - before.Dropped - before.Concealed
	t.part(name)
	t.atMost("delay range", ms(spread(k.delays(settling))), 40, " ms")
	t.atMost("max", ms(quantile(k.delays(settling), 1)), 60, " ms")
	t.atMost("corrections", float64(corrections), math.Ceil(due)+3, "")
	in, click := k.seams(settling)
	t.note("of them an underrun", float64(s.Underrun-before.Underrun), "")
	if pauses {
		t.equal("in speech", in, 0)
	} else {
		t.note("in speech", float64(in), "")
	}
	t.atMost("loudest step added", click, -50, " dB")
	return d
}

func driftFigure(fast, slow *diary, ppm float64, minutes int) *plot.Figure {
	fast.delay.Name, fast.delay.Color = fmt.Sprintf("%+.0f ppm", ppm), plot.Orange
	slow.delay.Name, slow.delay.Color = fmt.Sprintf("%+.0f ppm", -ppm), plot.Blue
	left, in := fast.count[3], slow.count[2]
	left.Color, in.Color = plot.Orange, plot.Blue
	left.Name, in.Name = "frames left out (fast)", "frames inserted (slow)"
	most := 5.0
	for _, s := range []plot.Series{left, in} {
		most = max(most, 1.15*s.Y[len(s.Y)-1])
	}
	return &plot.Figure{
		Title:    fmt.Sprintf("Delay under clock drift of ±%.0f ppm", ppm),
		Subtitle: fmt.Sprintf("Speech, PCMU, %d simulated minutes. Every frame: from the packet's departure to the bridge's packet that holds it.", minutes),
		XLabel:   "minutes",
		XMax:     float64(minutes),
		Panels: []plot.Panel{
			{YLabel: "delay, ms", YMax: 70, Weight: 3, Series: []plot.Series{fast.delay, slow.delay},
				Limits: []plot.Limit{{Y: 60, Name: "60 ms"}}},
			{YLabel: "corrections since the beginning", YMax: most, Weight: 2, Series: []plot.Series{left, in}},
		},
	}
}

// quietPower is the mean square from which on what is added or left out counts
// as speech: -50 dBov.
const quietPower = 100 * 100

// seams looks at the corrections since tick from: how many of them cut or
// doubled speech, and by how much the largest step between samples there
// exceeds the largest in the text around, in dB of full scale.
func (c *call) seams(from int) (inSpeech int, worst float64) {
	most := 0
	end := 0 // of what was heard last, in the text
	for i, f := range c.frames {
		if i > from && i+1 < len(c.frames) && f.moved != 0 {
			// A frame more is like the one before. A frame less leaves of two
			// what is not in the one heard.
			changed := c.energy(end-frame, end)
			if f.moved < 0 {
				changed = c.energy(end, end+2*frame) - c.energies[i]
			}
			if changed >= quietPower*frame {
				inSpeech++
			}
			added := max(c.steps[i], c.steps[i+1]) - c.step(end-2*frame, end+3*frame)
			most = max(most, added)
		}
		if f.found {
			end = f.pos + frame
		}
	}
	return inSpeech, decibel(float64(most) / 32768)
}

// energy is the sum of squares of a stretch of the text.
func (c *call) energy(from, to int) (sum float64) {
	for i := max(0, from); i < to; i++ {
		v := float64(c.talker.clip.sample(i))
		sum += v * v
	}
	return sum
}

// step is the largest difference between neighbours in a stretch of the text.
func (c *call) step(from, to int) (most int) {
	for i := max(0, from); i < to; i++ {
		most = max(most, abs(int(c.talker.clip.sample(i+1))-int(c.talker.clip.sample(i))))
	}
	return most
}

func abs(v int) int { return max(v, -v) }

// decibel of a ratio of amplitudes, never below -120.
func decibel(ratio float64) float64 { return 20 * math.Log10(max(ratio, 1e-6)) }

// driftingTone is the hardest case for the ear: nothing hides a seam. The tone
// is so low that G.711's own rounding, of at most 16 below 991, stays below the
// mark; one step higher rounds by 32, which alone makes -48 dB.
func driftingTone(t *Trial) {
	const hz = 440
	for _, ppm := range []float64{1000, -1000} {
		k := newCall(1, sine(hz, 900))
		k.talker.ppm = ppm
		k.listener.record = true
		k.run(10 * minute)
		s := k.rx()
		t.part(fmt.Sprintf("%+.0f ppm", ppm))
		t.note("corrections", float64(s.Inserted+s.Dropped+s.Concealed), "")
		t.atMost("loudest click", decibel(tone.Click(k.listener.pcm(settling), rate, hz)), -50, " dB")
	}
}
