package quality

import (
	"math"

	"partyline/media/netsim"
)

// digitCases are about telephone-events (RFC 4733).
func digitCases() []Case {
	return []Case{
		{ID: "R14", Sent: "digits: three ends, lost ends, only ends, one end, over 65,535 units, back to back, 40 ms short", Run: digitsOnce},
		{ID: "R14", Sent: "100 digits of 100 ms in packets every 20 ms; 30 % lost, 10 % twice", Run: digitsUnderLoss},
		{ID: "R15", Sent: "the digit's tone as audio too, on the same SSRC and on another", Run: toneUnheard},
		{ID: "R16", Sent: "in-band DTMF, 60 ms, every key, with the clamp on; then a minute of speech", Run: inBand},
	}
}

// pressed is what a leg heard pressed.
func (p *seat) pressed() string {
	var s []byte
	for {
		d, ok := p.leg.NextDigit()
		if !ok {
			return string(s)
		}
		s = append(s, d)
	}
}

// event sends one telephone-event packet with the phone's next sequence number.
func (c *call) event(key byte, end bool, ts uint32, duration int) {
	p := c.talker.phone
	h := p.Header
	h.PayloadType, h.Timestamp = netsim.EventType, ts
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	p.SendRaw(h, []byte{key, flags, byte(duration >> 8), byte(duration)}, c.now)
	p.Header.SequenceNumber++
}

// presses are ways to press keys, and what they must be heard as.
var presses = []struct {
	name, want string
	press      func(c *call, ts uint32)
}{
	{"three ends", "0123456789*#ABCD", func(c *call, _ uint32) {
		for k := range byte(16) {
			c.talker.phone.Press(k, 5, c.now)
			c.run(3)
		}
	}},
	{"lost ends", "5", func(c *call, ts uint32) {
		for i := range 5 {
			c.event(5, false, ts, (i+1)*frame)
		}
	}},
	{"only ends", "5", func(c *call, ts uint32) {
		for range 3 {
			c.event(5, true, ts, 5*frame)
		}
	}},
	{"one end", "7", func(c *call, ts uint32) { c.event(7, true, ts, 5*frame) }},
	{"long", "3", func(c *call, ts uint32) {
		c.event(3, false, ts, 0x8000)
		c.event(3, false, ts, 0xFFFF)
		c.event(3, false, ts+0xFFFF, 160)
		c.event(3, true, ts+0xFFFF, 320)
	}},
	{"back to back", "11", func(c *call, ts uint32) {
		for i := range uint32(2) {
			c.event(1, false, ts+i*320, 160)
			c.event(1, true, ts+i*320, 320)
			c.event(1, true, ts+i*320, 320)
		}
	}},
	{"short", "99", func(c *call, _ uint32) {
		c.talker.phone.Press(9, 2, c.now)
		c.talker.phone.Press(9, 2, c.now)
	}},
}

func digitsOnce(t *Trial) {
	for _, p := range presses {
		c := newCall(1, noise(1))
		c.run(20)
		p.press(c, c.talker.phone.Header.Timestamp)
		c.run(20)
		t.text(p.name, c.talker.pressed(), p.want)
	}
}

// digitsUnderLoss presses as a phone does: one packet every 20 ms, then the
// end three times. A digit all of whose packets are lost cannot be heard.
func digitsUnderLoss(t *Trial) {
	c := newCall(4, nil)
	c.link(c.talker, netsim.Link{Loss: 0.3, Duplicate: 0.1})
	var want, got []byte
	for i := range 100 {
		key := byte(i * 7 % 10)
		want = append(want, '0'+key)
		ts := c.talker.phone.Header.Timestamp
		for n := range 8 {
			c.event(key, n >= 5, ts, min(n+1, 5)*frame)
			c.run(1)
		}
		c.run(2)
		got = append(got, c.talker.pressed()...)
	}
	wrong := max(len(want), len(got))
	if string(got) == string(want) {
		wrong = 0
	}
	t.note("digits heard", float64(len(got)), "")
	t.equal("wrong, missing or twice", wrong, 0)
}

func toneUnheard(t *Trial) {
	for _, other := range []bool{false, true} {
		c := newCall(1, sine(941, 8000))
		c.listener.record = true
		p := c.talker.phone
		event := p.Header
		event.PayloadType = netsim.EventType
		name := "same"
		if other {
			name = "other"
			event.SSRC, event.SequenceNumber = 999, 7
		}
		c.talker.quiet = true
		c.before = func() {
			c.talker.quiet = c.ticks <= 40 || c.ticks >= 58
			if c.ticks <= 40 || c.ticks >= 60 {
				return
			}
			h := &p.Header
			if !other {
				event.SequenceNumber = h.SequenceNumber
				h.SequenceNumber++
			}
			d := (c.ticks - 40) * frame
			p.SendRaw(event, []byte{0, 10, byte(d >> 8), byte(d)}, c.now)
			event.SequenceNumber++
		}
		c.run(100)
		leaked := 0
		for _, v := range c.listener.pcm(0) {
			if abs(int(v)) > 100 {
				leaked++
			}
		}
		t.part(name + " SSRC")
		t.text("digits", c.talker.pressed(), "0")
		t.atMost("tone leaked", float64(leaked)/8, 20, " ms")
		t.equal("lost", int(c.rx().Lost), 0)
	}
}

// keypad is the rows and columns of DTMF (ITU-T Q.23).
var keypad = struct {
	keys      string
	low, high [4]float64
}{"123A456B789C*0#D", [4]float64{697, 770, 852, 941}, [4]float64{1209, 1336, 1477, 1633}}

// inBand presses keys in the audio of a phone without telephone-event.
func inBand(t *Trial) {
	const on, off = 60 * rate / 1000, 340 * rate / 1000
	pcm := make([]int16, 16*(on+off))
	for k := range 16 {
		for i := range on {
			at := float64(i) / rate
			v := math.Sin(2*math.Pi*keypad.low[k/4]*at) + math.Sin(2*math.Pi*keypad.high[k%4]*at)
			pcm[k*(on+off)+off/2+i] = int16(4000 * v)
		}
	}
	c := clampedCall(newClip(pcm))
	c.run(len(pcm) / frame)
	leaked := 0
	for _, v := range c.listener.pcm(0) {
		if abs(int(v)) > 100 {
			leaked++
		}
	}
	t.text("digits", c.talker.pressed(), keypad.keys)
	t.atMost("tone leaked per key", float64(leaked)/8/16, 40, " ms")
	c = clampedCall(spoken())
	c.run(minute)
	t.text("digits in speech", c.talker.pressed(), "")
	t.equal("holes", c.holes(50), 0)
}

// clampedCall is a call with a phone that has no telephone-event, through a leg
// that clamps.
func clampedCall(c *clip) *call {
	k := newCallOn(newStage(1), c, true)
	p := k.talker.phone.Params()
	p.DTMFRx = 0
	k.talker.leg.Configure(netsim.Setup(p), k.now)
	k.listener.record = true
	return k
}
