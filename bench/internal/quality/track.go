package quality

import (
	"bytes"
	"time"

	"partyline/media"
)

const (
	// probe is how many samples of a frame's middle are looked up in the text.
	probe   = 32
	probeAt = (frame - probe) / 2
	// reach is how far back in the text a frame is looked for.
	reach = 4 * rate
)

// heard is one frame as a listener got it.
type heard struct {
	tick  int
	at    time.Time // when it was sent
	found bool      // its middle is a stretch of the text
	exact bool      // all of it is
	pos   int       // of its first sample, where found
	delay time.Duration
	moved int // 1: the leg inserted a frame, -1: it left one out
}

// tracker finds, frame by frame, the place in a talker's text of what a
// listener hears. The text must not repeat itself within reach.
type tracker struct {
	from  *talker
	next  int // where the text goes on, if nothing happens
	text  []byte
	whole []byte
}

// frame judges one frame of a listener, sent at a time.
func (t *tracker) frame(codes []byte, tick int, at time.Time) heard {
	h := heard{tick: tick, at: at}
	if len(codes) != frame || t.from.clip == nil {
		return h
	}
	pos, ok := t.find(codes[probeAt : probeAt+probe])
	if !ok || pos < probeAt {
		t.next += frame
		return h
	}
	h.found, h.pos = true, pos-probeAt
	t.next = h.pos + frame
	t.whole = t.from.clip.at(t.whole[:0], h.pos, frame)
	h.exact = bytes.Equal(t.whole, codes)
	said, ok := t.from.said(pos)
	h.delay = at.Add(samples(probeAt)).Sub(said)
	h.found = ok
	return h
}

// find looks for codes where they are due, then all over the recent text,
// newest first.
func (t *tracker) find(codes []byte) (pos int, ok bool) {
	due := t.next + probeAt
	t.text = t.from.clip.at(t.text[:0], due, probe)
	if bytes.Equal(t.text, codes) {
		return due, true
	}
	from := max(0, t.from.pos-reach)
	t.text = t.from.clip.at(t.text[:0], from, t.from.pos-from)
	i := bytes.LastIndex(t.text, codes)
	return from + i, i >= 0
}

// call is the plainest conference: one phone talks, one listens. What is true
// of the listener is true of the whole path: leg, mixer, leg.
type call struct {
	*stage
	talker, listener *seat
	tracker          tracker
	frames           []heard // one per tick
	steps            []int   // the largest step in it, and from the one before
	energies         []float64
	last             int16 // sample heard
	moved            int   // frames inserted less those left out, so far
	began            time.Time
	hook             func() // runs after every tick
}

func newCall(seed uint64, c *clip) *call { return newCallOn(newStage(seed), c, false) }

// newCallOn is newCall on a stage of one's own, with the clamp or without.
func newCallOn(s *stage, c *clip, clamp bool) *call {
	s.clamp = clamp
	k := &call{stage: s, began: s.now, talker: s.seat(c), listener: s.seat(nil)}
	k.tracker.from = k.talker.talker
	s.after = k.track
	return k
}

func (c *call) track() {
	f := c.tracker.frame(c.listener.new, c.ticks, c.now)
	s := c.rx()
	f.moved = int(s.Inserted) - int(s.Dropped) - c.moved
	c.moved += f.moved
	c.frames = append(c.frames, f)
	c.measure()
	if c.hook != nil {
		c.hook()
	}
}

// measure keeps the frame's largest difference between neighbouring samples,
// and its sum of squares.
func (c *call) measure() {
	var pcm [frame]int16
	most, energy := 0, 0.0
	for _, v := range pcm[:media.DecodeFrame(media.PCMU, pcm[:], c.listener.new)] {
		most = max(most, abs(int(v)-int(c.last)))
		c.last = v
		energy += float64(v) * float64(v)
	}
	c.energies = append(c.energies, energy)
	c.steps = append(c.steps, most)
}

// rx is what the talker's leg has counted.
func (c *call) rx() rxStats { return c.talker.rx() }

// holes counts the frames since tick from that are not what follows the frame
// before, sample by sample.
func (c *call) holes(from int) (n int) {
	for i := max(1, from); i < len(c.frames); i++ {
		f, before := c.frames[i], c.frames[i-1]
		if !f.exact || !before.found || f.pos != before.pos+frame {
			n++
		}
	}
	return n
}

// gap is the time from tick from on during which the text was not heard.
func (c *call) gap(from int) time.Duration {
	for i := from; i < len(c.frames); i++ {
		if c.frames[i].exact {
			continue
		}
		n := 0
		for i+n < len(c.frames) && !c.frames[i+n].exact {
			n++
		}
		return time.Duration(n) * framely
	}
	return 0
}

// delays are those of the frames since tick from that were found.
func (c *call) delays(from int) []time.Duration {
	var d []time.Duration
	for _, f := range c.frames[from:] {
		if f.found {
			d = append(d, f.delay)
		}
	}
	return d
}
