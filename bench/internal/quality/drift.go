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
		{ID: "R33", Sent: "speech for an hour by clocks 200 ppm fast and slow", Run: func(t *Trial) { drift(t, spoken(), "speech", 200, 60) }},
		{ID: "R33", Sent: "noise that never pauses for an hour, ±200 ppm", Run: func(t *Trial) { drift(t, noise(3), "", 200, 60) }},
		{ID: "R34", Sent: "speech for ten minutes by clocks 1,000 ppm fast and slow", Run: func(t *Trial) { drift(t, spoken(), "speech", 1000, 10) }},
		{ID: "R34", Sent: "noise that never pauses for ten minutes, ±1,000 ppm", Run: func(t *Trial) { drift(t, noise(3), "", 1000, 10) }},
		{ID: "R34", Sent: "a 440 Hz tone at −33 dBov for ten minutes, ±1,000 ppm", Run: driftingTone},
	}
}

// settling is how long the delay may take to find its place.
const settling = 500 // ticks

// drift runs a fast and a slow clock. With a name the delay is drawn.
func drift(t *Trial, c *clip, name string, ppm float64, minutes int) {
	fast := drifting(t, "fast", c, ppm, minutes)
	slow := drifting(t, "slow", c, -ppm, minutes)
	if name != "" {
		t.picture(fmt.Sprintf("drift-%.0fppm", ppm), driftFigure(fast, slow, ppm, minutes))
	}
}

// drifting judges one clock.
func drifting(t *Trial, name string, c *clip, ppm float64, minutes int) *diary {
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
	t.atMost(name+": delay range", ms(spread(k.delays(settling))), 40, " ms")
	t.atMost("max", ms(quantile(k.delays(settling), 1)), 50, " ms")
	t.atMost("corrections", float64(corrections), math.Ceil(due)+3, "")
	in, click := k.seams(settling)
	t.note("of them in speech", float64(in), "")
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
			{YLabel: "delay, ms", YMax: 60, Weight: 3, Series: []plot.Series{fast.delay, slow.delay},
				Limits: []plot.Limit{{Y: 50, Name: "50 ms"}}},
			{YLabel: "corrections since the beginning", YMax: most, Weight: 2, Series: []plot.Series{left, in}},
		},
	}
}

// quietPower is the mean square below which a stretch of text is a pause: the
// playout control may add or leave out what is below -50 dBov.
const quietPower = 100 * 100

// seams looks at the frames since tick from that are not verbatim: how many of
// them lie in speech, and by how much their largest step between samples
// exceeds the largest in the text around them, in dB of full scale.
func (c *call) seams(from int) (inSpeech int, worst float64) {
	most := 0
	for i := max(1, from); i < len(c.frames); i++ {
		f, before := c.frames[i], c.frames[i-1]
		if f.exact && before.found && f.pos == before.pos+frame {
			continue
		}
		own, power := c.around(before, f)
		if power >= quietPower {
			inSpeech++
		}
		most = max(most, c.steps[i]-own)
	}
	return inSpeech, decibel(float64(most) / 32768)
}

// around is the text near a seam: its largest step and its mean square.
func (c *call) around(before, f heard) (step int, power float64) {
	pos := c.talker.pos - 2*frame
	switch {
	case f.found:
		pos = f.pos
	case before.found:
		pos = before.pos + frame
	}
	text := c.talker.clip
	from, to := max(0, pos-2*frame), pos+2*frame
	for i := from; i < to; i++ {
		v := int(text.sample(i))
		step = max(step, abs(int(text.sample(i+1))-v))
		power += float64(v * v)
	}
	return step, power / float64(to-from)
}

func abs(v int) int { return max(v, -v) }

// decibel of a ratio of amplitudes, never below -120.
func decibel(ratio float64) float64 { return 20 * math.Log10(max(ratio, 1e-6)) }

// driftingTone is the hardest case for the ear: nothing hides a seam. The tone
// is so low that G.711's own rounding stays below the mark.
func driftingTone(t *Trial) {
	const hz = 440
	for _, ppm := range []float64{1000, -1000} {
		k := newCall(1, sine(hz, 1000))
		k.talker.ppm = ppm
		k.listener.record = true
		k.run(10 * minute)
		s := k.rx()
		t.note(fmt.Sprintf("%+.0f ppm: corrections", ppm), float64(s.Inserted+s.Dropped+s.Concealed), "")
		t.atMost("loudest click", decibel(tone.Click(k.listener.pcm(settling), rate, hz)), -50, " dB")
	}
}
