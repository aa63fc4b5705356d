package quality

import (
	"fmt"
	"math"
	"slices"

	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// mixCases are about who hears what, on the wire.
func mixCases() []Case {
	return []Case{
		{ID: "M01", Sent: "one talker for 10 min, two listeners", Run: exact},
		{ID: "M02", Sent: "three tones, −24 dBov", Run: ownVoice},
		{ID: "M03", Sent: "1 kHz for 10 min, and a silent party", Run: holeless},
		{ID: "M04", Sent: "30 s of speech with 5 % lost; clock and kernel are not part of this", Run: steadyPackets},
		{ID: "M05", Sent: "3, 10, 50 full-scale talkers; two of the same tone (+6 dB); then one at −20 dBov", Run: full},
		{ID: "M06", Sent: "join, leave, mute, unmute, hold, resume while a sample of half scale stands", Run: steps},
		{ID: "M07", Sent: "mute and unmute a 1 kHz talker; noise after unmute", Run: muted},
		{ID: "M08", Sent: "hold and its music", Absent: "bridge: TestM08_Hold"},
		{ID: "M09", Sent: "a digit and its tone from A while C is held", Run: heldHearsNothing},
		{ID: "M10", Sent: "a coach whispers", Absent: "mixer: TestM10_HearingOfEveryPairInEveryTransition"},
		{ID: "M11", Sent: "coach on and off under speech", Absent: "mixer: TestM11_CoachNeverLeaks"},
		{ID: "M12", Sent: "announcements", Absent: "bridge: TestM12_Announcements"},
		{ID: "M13", Sent: "exit beep", Absent: "bridge: TestM13_Beeps"},
		{ID: "M14", Sent: "end-conference-on-exit", Absent: "bridge: TestM14_EndConferenceOnExit"},
		{ID: "M15", Sent: "a held participant hangs up", Absent: "bridge: TestM15_HeldLeaves"},
		{ID: "M17", Sent: "a low word after 2 s of digital silence", Run: onset},
		{ID: "M18", Sent: "music while alone", Absent: "bridge: TestM18_MusicWhileAlone"},
		{ID: "M19", Sent: "200 conferences, and calls that come and go beside them", Absent: "needs a real clock: go run ./bench load --calls 600 --conferences 200 --churn 100"},
	}
}

func exact(t *Trial) {
	c := newCall(1, spoken())
	third := c.seat(nil)
	other := tracker{from: c.talker.talker}
	wrong := 0
	c.hook = func() {
		if f := other.frame(third.new, c.ticks, c.now); c.ticks > 3 && !f.exact {
			wrong++
		}
	}
	c.run(10 * minute)
	t.equal("frames not byte for byte", c.holes(3), 0)
	t.equal("at the second listener", wrong, 0)
}

func ownVoice(t *Trial) {
	s := newStage(1)
	hz := tone.Set[:3]
	for _, f := range hz {
		s.seat(sine(float64(f), tone.Amplitude(-24))).record = true
	}
	s.run(150)
	own, off := -200.0, 0.0
	for i, p := range s.seats {
		pcm := p.pcm(50)
		for k, f := range hz {
			level := tone.Level(pcm, rate, f)
			if i == k {
				own = max(own, level)
				continue
			}
			off = max(off, absolute(level+24))
		}
	}
	t.atMost("own voice", own, -60, " dBov")
	t.atMost("others off by", off, 0.5, " dB")
}

func holeless(t *Trial) {
	c := newCall(1, sine(1000, tone.Amplitude(-10)))
	c.listener.record = true
	c.run(10 * minute)
	h := tone.FindHoles(c.listener.pcm(10), rate, 1000)
	t.equal("holes", h.Count, 0)
}

func steadyPackets(t *Trial) {
	c := newCall(1, spoken())
	c.link(c.talker, netsim.Link{Loss: 0.05})
	c.listener.record = true
	c.run(1500)
	p := c.listener.phone.Packets()
	bad := 0
	for i := 1; i < len(p); i++ {
		if p[i].SequenceNumber != p[i-1].SequenceNumber+1 || p[i].Timestamp != p[i-1].Timestamp+frame || p[i].SSRC != p[0].SSRC {
			bad++
		}
	}
	t.equal("packets", len(p), 1500)
	t.equal("wrong steps of sequence, timestamp or SSRC", bad, 0)
}

// full drives the sum beyond 16 bits.
func full(t *Trial) {
	for _, n := range []int{3, 10, 50} {
		t.part(fmt.Sprintf("%d talkers", n))
		t.equal("wrapped samples", wrapped(n), 0)
	}
	s := newStage(1)
	for range 2 {
		s.seat(sine(440, 32000))
	}
	ear := s.seat(nil)
	ear.record = true
	s.run(150)
	t.part("+6 dB")
	t.atMost("THD", 100*distortion(ear.pcm(60)[:rate], 440), 3, " %")
	recovery(t, s, ear)
}

// wrapped counts the samples whose sign is not that of the sum of n tones.
func wrapped(n int) (count int) {
	s := newStage(1)
	for i := range n {
		s.seat(sine(float64(200+31*i), 32000))
	}
	ear := s.seat(nil)
	ear.record = true
	s.run(100)
	heard := ear.pcm(0)
	// All talk in step: the sum is that of the clips, later by a fixed delay.
	first := slices.IndexFunc(heard, func(v int16) bool { return v != 0 })
	first -= first % frame
	for i, v := range heard[first:] {
		sum := 0
		for _, p := range s.seats[:n] {
			sum += int(p.clip.sample(i))
		}
		if abs(sum) > 32767 && sum*int(v) <= 0 {
			count++
		}
	}
	return count
}

// distortion is the amplitude of the harmonics up to 4 kHz against the tone's.
func distortion(pcm []int16, hz int) float64 {
	base := tone.Level(pcm, rate, hz)
	var sum float64
	for f := 2 * hz; f < rate/2; f += hz {
		sum += math.Pow(10, (tone.Level(pcm, rate, f)-base)/10)
	}
	return math.Sqrt(sum)
}

// recovery lets one of two talkers stop and the other go low, and measures
// until the low one comes through untouched.
func recovery(t *Trial, s *stage, ear *seat) {
	low := sine(440, tone.Amplitude(-20))
	s.seats[0].quiet = true
	s.seats[1].clip = low
	s.run(50)
	at, untouched := s.ticks-50, -1
	pcm := ear.pcm(at)
	for i := frame * 2; i+frame <= len(pcm) && untouched < 0; i += frame {
		if math.Abs(tone.Power(pcm[i:i+frame])+20) < 0.1 {
			untouched = i / 8
		}
	}
	t.judge(untouched >= 0 && untouched < 200, "recovery within", float64(untouched), " ms", "< 200")
}

// steps changes what is heard of a talker whose samples all have one value, so
// that every step is the bridge's.
func steps(t *Trial) {
	s := newStage(1)
	p, ear := s.join(steady(16000)), s.seat(nil)
	ear.record = true
	s.run(20)
	p.party = s.mixer.Add()
	// In must hold the voice in the very tick in which the party comes.
	p.party.Live = p.leg.ReadFrame(p.party.In)
	s.run(10)
	state := &p.party.State
	names := []string{"join", "mute", "unmute", "hold", "resume", "leave"}
	acts := []func(){
		func() {}, func() { state.Muted = true }, func() { state.Muted = false },
		func() { state.Held = true }, func() { state.Held = false },
		func() { s.mixer.Remove(p.party); p.party = nil },
	}
	worst, at := 0.0, ""
	from := 15
	for i, act := range acts {
		act()
		s.run(10)
		if step := tone.MaxStep(ear.pcm(from)); step >= worst {
			worst, at = step, names[i]
		}
		from = s.ticks - 1
	}
	t.atMost("largest step ("+at+")", 100*worst, 10, " % of full scale")
	t.atLeast("and the sample is heard, up to", float64(peak(ear.pcm(10))), 15000, "")
}

func muted(t *Trial) {
	c := newCall(1, sine(1000, 8000))
	c.listener.record = true
	c.run(50)
	c.talker.party.State.Muted = true
	c.run(50)
	pcm, after := c.listener.pcm(50), 0
	for i, v := range pcm {
		if v != 0 {
			after = i + 1
		}
	}
	t.atMost("silent after", float64(after)/8, 40, " ms")

	c = newCall(1, noise(1))
	c.run(50)
	before := quantile(c.delays(3), 1)
	c.talker.party.State.Muted = true
	c.run(50)
	c.talker.party.State.Muted = false
	c.run(50)
	t.equal("delay after unmute moved by ms", int(ms(quantile(c.delays(100), 1)-before)), 0)
	t.equal("holes", c.holes(102), 0)
}

func heldHearsNothing(t *Trial) {
	c := newCall(1, sine(941, 8000))
	held := c.seat(nil)
	held.record, c.listener.record = true, true
	held.party.State.Held = true
	c.run(20)
	c.talker.phone.Press(0, 5, c.now)
	c.run(50)
	t.text("A pressed", c.talker.pressed(), "0")
	t.equal("peak at C", peak(held.pcm(2)), 0)
	t.equal("events at C", eventPackets(held), 0)
	t.equal("events at B", eventPackets(c.listener), 0)
}

// eventPackets counts the telephone-events a phone was sent.
func eventPackets(p *seat) (n int) {
	for _, h := range p.phone.Packets() {
		if h.PayloadType == netsim.EventType {
			n++
		}
	}
	return n
}

func onset(t *Trial) {
	text := noise(1).pcm[:2*rate]
	pcm := slices.Concat(make([]int16, 2*rate), make([]int16, len(text)))
	for i, v := range text {
		pcm[2*rate+i] = v / 32
	}
	c := newCall(1, newClip(pcm))
	c.run(150)
	first := slices.IndexFunc(c.frames, func(f heard) bool { return f.exact && f.pos+frame > 2*rate })
	t.equal("samples of the word cut", lostHead(c.frames[max(0, first):], 2*rate), 0)
	t.equal("holes", c.holes(max(0, first)+1), 0)
}
