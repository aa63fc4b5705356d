package quality

import (
	"fmt"
	"time"

	"github.com/pion/rtp"

	"partyline/media/netsim"
)

// orderCases are about sequence numbers, timestamps and SSRCs.
func orderCases() []Case {
	return []Case{
		{ID: "R01", Sent: "SSRC, sequence and timestamp change in mid call", Run: newSSRC},
		{ID: "R02", Sent: "sequence wraps from 65535 to 0", Run: func(t *Trial) {
			undisturbed(t, func(h *rtp.Header) { h.SequenceNumber = 65500 })
		}},
		{ID: "R03", Sent: "timestamp wraps", Run: func(t *Trial) {
			undisturbed(t, func(h *rtp.Header) { h.Timestamp = 1<<32 - 20*frame })
		}},
		{ID: "R04", Sent: "timestamp jumps ahead by 10 s, with and without marker", Run: timestampJumps},
		{ID: "R05", Sent: "timestamp goes back by 10 s; timestamp never changes", Run: timestampSticks},
		{ID: "R06", Sent: "every 8th packet overtaken by 1, 2, 3, 4, 5 others", Run: reordered},
		{ID: "R07", Sent: "every packet twice", Run: twice},
		{ID: "R12", Sent: "2 s of nothing, then speech; with marker, without, with a timestamp that stood still", Run: pauses},
	}
}

// undisturbed runs a call whose first header was changed and wants it clean.
func undisturbed(t *Trial, edit func(h *rtp.Header)) {
	c := newCall(1, noise(1))
	edit(&c.talker.phone.Header)
	c.run(200)
	t.equal("holes", c.holes(3), 0)
	t.equal("lost", int(c.rx().Lost), 0)
	t.equal("timestamp jumps", int(c.rx().TimestampJumps), 0)
}

func newSSRC(t *Trial) {
	c := newCall(1, noise(1))
	c.run(50)
	h := &c.talker.phone.Header
	h.SSRC, h.SequenceNumber, h.Timestamp = h.SSRC+1, 40000, 7
	c.run(100)
	t.atMost("audio again after", ms(c.gap(50)), 60, " ms")
	t.atMost("delay then", ms(quantile(c.delays(60), 1)), 30, " ms")
	t.equal("SSRC changes", int(c.rx().SSRCChanges), 1)
}

func timestampJumps(t *Trial) {
	for _, marker := range []bool{false, true} {
		t.part(map[bool]string{false: "without", true: "with"}[marker])
		c := newCall(1, noise(1))
		c.run(50)
		c.talker.phone.Header.Timestamp += 10 * rate
		c.talker.phone.Header.Marker = marker
		c.run(50)
		t.atMost("gap", ms(c.gap(50)), 100, " ms")
		t.equal("timestamp jumps", int(c.rx().TimestampJumps), 1)
	}
}

func timestampSticks(t *Trial) {
	c := newCall(1, noise(1))
	c.run(50)
	c.talker.phone.Header.Timestamp -= 10 * rate
	c.run(50)
	t.part("back")
	t.equal("holes", c.holes(3), 0)
	t.equal("timestamp jumps", int(c.rx().TimestampJumps), 1)
	c = newCall(1, noise(1))
	c.talker.header = func(h *rtp.Header) { h.Timestamp = 5 }
	c.run(100)
	t.part("constant")
	t.equal("holes", c.holes(3), 0)
	t.atLeast("timestamp jumps", float64(c.rx().TimestampJumps), 95, "")
}

func reordered(t *Trial) {
	for depth := 1; depth <= 5; depth++ {
		c := newCall(1, noise(1))
		c.link(c.talker, netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
			if n%8 == 3 {
				return time.Duration(depth)*framely + time.Millisecond
			}
			return 0
		}})
		c.run(600)
		late := c.rx().Late
		c.run(250)
		t.part(fmt.Sprintf("depth %d", depth))
		t.equal("holes", c.holes(600), 0)
		t.equal("late", int(c.rx().Late-late), 0)
	}
}

func twice(t *Trial) {
	c := newCall(1, noise(1))
	c.link(c.talker, netsim.Link{Duplicate: 1})
	c.run(200)
	t.equal("holes", c.holes(3), 0)
	t.equal("duplicates", int(c.rx().Duplicate), int(c.rx().Packets)/2)
	t.equal("late", int(c.rx().Late), 0)
}

// pauses suppresses silence five times and looks at the first frame after it.
func pauses(t *Trial) {
	for _, kind := range []string{"marker", "no marker", "still"} {
		c := newCall(1, noise(1))
		c.run(50)
		before := quantile(c.delays(3), 1)
		var cut, moved float64
		for range 5 {
			h := c.talker.phone.Header
			c.talker.quiet = true
			c.run(100)
			c.talker.quiet = false
			c.talker.phone.Header.Marker = kind != "no marker"
			if kind == "still" {
				c.talker.phone.Header.Timestamp = h.Timestamp
			}
			first, at := c.talker.pos, c.ticks
			c.run(50)
			cut = max(cut, float64(lostHead(c.frames[at:], first))/8)
			moved = max(moved, ms(quantile(c.delays(at), 1)-before))
		}
		t.part(kind)
		t.equal("ms of the first word cut", int(cut), 0)
		t.atMost("delay moved by", moved, 20, " ms")
	}
}

// lostHead is how many samples from position first on are not in the first
// frame that was found.
func lostHead(frames []heard, first int) int {
	for _, f := range frames {
		if f.exact {
			return max(0, f.pos-first)
		}
	}
	return len(frames) * frame
}
