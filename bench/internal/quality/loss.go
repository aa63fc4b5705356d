package quality

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"partyline/bench/internal/plot"
	"partyline/media/netsim"
)

// losses are the share of packets lost, and how many in a row.
var losses = []struct {
	percent float64
	burst   int
}{{1, 1}, {3, 1}, {5, 1}, {10, 1}, {20, 1}, {5, 3}, {10, 5}}

// lossCases are about packets that never come.
func lossCases() []Case {
	var cases []Case
	for _, l := range losses {
		id, sent := "R08", fmt.Sprintf("two voices, 60 s each, 3 seeds; %.0f %% lost", l.percent)
		if l.burst > 1 {
			id, sent = "R09", fmt.Sprintf("%s in bursts of %d", sent, l.burst)
		}
		cases = append(cases, Case{ID: id, Sent: sent, Run: func(t *Trial) { concealment(t, l.percent, l.burst) }})
	}
	return append(cases,
		Case{ID: "R08", Sent: "the five shares above, drawn", Run: lossPicture},
		Case{ID: "R09", Sent: "a vowel of 137 Hz; 3, 5 and 10 packets lost in a row", Run: fades},
	)
}

// pattern says which packets are lost.
func pattern(seed uint64, percent float64, burst, packets int) []bool {
	rng := rand.New(rand.NewPCG(seed, uint64(burst)))
	lost := make([]bool, packets)
	// A burst begins with this probability after a packet that came.
	share := percent / 100
	begin := share / (float64(burst) * (1 - share))
	for i := 50; i < packets; i++ {
		if rng.Float64() < begin {
			for end := i + burst; i < min(end, packets); i++ {
				lost[i] = true
			}
		}
	}
	return lost
}

// damaged is one text that lost packets, as it is and as three concealers
// repaired it. All are aligned.
type damaged struct {
	lost                         []bool
	clean, ours, silence, repeat []int16
}

// damage runs a text through the path with losses, and through the references.
func damage(c *clip, seed uint64, percent float64, burst int) damaged {
	d := damaged{lost: pattern(seed, percent, burst, len(c.pcm)/frame), clean: c.pcm}
	k := newCall(seed, c)
	k.listener.record = true
	k.link(k.talker, netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
		if n < len(d.lost) && d.lost[n] {
			return -1
		}
		return 0
	}})
	k.run(len(d.lost))
	d.ours = k.listener.pcm(0)
	for _, f := range k.frames {
		if f.exact { // the delay is the same throughout: loss alone moves nothing
			d.ours = d.ours[(f.tick-1)*frame-f.pos:]
			break
		}
	}
	d.silence = refer(d, func([]int16) []int16 { return nil })
	d.repeat = refer(d, faded())
	return d
}

// refer repairs with a reference concealer, which is given the last packet
// that came, or the packet itself when it is not lost.
func refer(d damaged, conceal func(last []int16) []int16) []int16 {
	out := make([]int16, len(d.clean))
	for i, lost := range d.lost {
		dst := out[i*frame : (i+1)*frame]
		if !lost {
			copy(dst, d.clean[i*frame:])
			conceal(dst)
			continue
		}
		copy(dst, conceal(nil))
	}
	return out
}

// faded repeats the last packet at 1, 1/2, 1/4, and then nothing.
func faded() func([]int16) []int16 {
	var kept [frame]int16
	n := 0
	return func(came []int16) []int16 {
		if came != nil {
			copy(kept[:], came)
			n = 0
			return nil
		}
		out := make([]int16, frame)
		if n < 3 {
			for i, v := range kept {
				out[i] = v >> n
			}
		}
		n++
		return out
	}
}

// concealment compares the three by two measures.
//
// Segmental signal-to-noise ratio: the mean over the lost 20 ms pieces of
// speech, each held within -10 and 35 dB. It is near to the waveform and knows
// nothing of hearing: a pitch pulse made up at the right pace but a millisecond
// off costs as much as noise, so silence, which has 0 dB by definition, beats
// everything that keeps speaking out of step. Being above 0 says that what
// is made up is in step more often than not.
//
// Spectral distance: the mean difference in dB between the short spectra of
// what was said and heard, in bands as wide as the ear's, over the lost pieces
// and those right behind. It says how far the sound is off, whatever its phase;
// silence is far off wherever it falls.
//
// So the first is held against both references, with 0.3 dB for chance against
// repeat+fade at the losses where a pitch can be followed, and the second
// likewise.
func concealment(t *Trial, percent float64, burst int) {
	s := compare(percent, burst)
	t.part("segmental SNR")
	t.note("silence", s.snr[0], " dB")
	t.note("repeat+fade", s.snr[1], " dB")
	bar := s.snr[0]
	if percent <= 5 {
		bar = max(bar, s.snr[1]-0.3)
	}
	t.atLeast("ours", s.snr[2], bar, " dB")
	t.part("spectral distance")
	t.note("silence", s.far[0], " dB")
	t.note("repeat+fade", s.far[1], " dB")
	t.atMost("ours", s.far[2], min(s.far[0], s.far[1]+0.3), " dB")
}

// scores of silence, repeat+fade and ours.
type scores struct{ snr, far [3]float64 }

// compare runs both voices and all seeds.
func compare(percent float64, burst int) scores {
	var sum scores
	n := 0.0
	for _, voice := range voices() {
		for seed := range uint64(3) {
			d := damage(voice, seed+1, percent, burst)
			for i, repaired := range [][]int16{d.silence, d.repeat, d.ours} {
				sum.snr[i] += segmental(d.clean, repaired, d.lost)
				sum.far[i] += spectral(d.clean, repaired, d.lost)
			}
			n++
		}
	}
	for i := range sum.snr {
		sum.snr[i] /= n
		sum.far[i] /= n
	}
	return sum
}

// fades looks at what is heard while nothing comes.
func fades(t *Trial) {
	for _, burst := range []int{3, 5, 10} {
		k := newCall(1, vowel())
		k.listener.record = true
		k.link(k.talker, netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
			if n >= 100 && n < 100+burst {
				return -1
			}
			return 0
		}})
		k.run(200)
		at := 0
		for i := 50; i < len(k.frames); i++ {
			if !k.frames[i].exact {
				at = i
				break
			}
		}
		hole := k.listener.pcm(at)[:burst*frame]
		t.part(fmt.Sprintf("burst of %d", burst))
		t.equal("peak after 60 ms", peak(hole[min(len(hole), 480):]), 0)
		t.equal("delay moved by ms", int(ms(spread(k.delays(50)))), 0)
		if burst == 3 {
			// A frame repeated whole is alike at 20 ms; a voice at its pitch.
			t.atLeast("likeness at the pitch (58 samples)", likeness(hole[:320], 58), 0.9, "")
			t.atMost("at 20 ms (buzz)", likeness(hole[:320], frame), 0.9, "")
		}
	}
}

// likeness is the correlation of a signal with itself, lag samples later.
func likeness(pcm []int16, lag int) float64 {
	var ab, aa, bb float64
	for i := range pcm[lag:] {
		a, b := float64(pcm[i]), float64(pcm[i+lag])
		ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
	}
	return ab / math.Sqrt(aa*bb+1e-9)
}

// lossPicture draws both measures over the single losses.
func lossPicture(t *Trial) {
	names := [...]string{"silence", "repeat + fade", "Partyline"}
	snr, far := lines(names), lines(names)
	least := math.Inf(1)
	for _, l := range losses[:5] {
		s := compare(l.percent, l.burst)
		for i := range names {
			snr[i].Add(l.percent, s.snr[i])
			far[i].Add(l.percent, s.far[i])
		}
		least = min(least, s.snr[2]-s.snr[1])
	}
	t.atLeast("segmental SNR above repeat+fade by at least", least, 0, " dB")
	t.picture("concealment", &plot.Figure{
		Title:    "Concealment of lost packets",
		Subtitle: "Two voices, 60 s, three seeds. Only the damaged 20 ms pieces of speech are compared with what was said.",
		XLabel:   "packets lost, %",
		XMax:     21,
		Panels: []plot.Panel{
			{YLabel: "segmental SNR, dB (higher is nearer to the waveform)", YMin: -4, YMax: 4, Weight: 1, Series: snr},
			{YLabel: "spectral distance, dB (lower is nearer to the sound)", YMax: 8, Weight: 1, Series: far},
		},
	})
}

func lines(names [3]string) []plot.Series {
	return []plot.Series{
		{Name: names[0], Color: plot.Grey, Style: plot.Marks},
		{Name: names[1], Color: plot.Orange, Style: plot.Marks},
		{Name: names[2], Color: plot.Blue, Style: plot.Marks},
	}
}
