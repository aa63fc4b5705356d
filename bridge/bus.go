package bridge

import (
	"bytes"

	"partyline/media"
	"partyline/mixer"
)

// settleTicks is for how many ticks in a row a listener's own encoder and the
// one of its bus must have been alike before the one takes the place of the
// other.
const settleTicks = 10

// quietLevel is what a mix must be below for its coding to be alike whatever
// the encoder: what differs is further below.
const quietLevel = mixer.DBov(-50)

// bus is the listeners to one format. Those who hear the common mix share one
// encoder; to leave it or to come back to it unheard is what a bus is for:
//
//	own mix, own encoder ──common mix──► own encoder, until both are alike
//	         ▲                                        │
//	         └──own mix: go on where the shared one stands── shared encoder ◄┘
//
// Every listener brings an encoder. Who shares one hands in its own, so that
// there is always one to go away with: idle and encoder together are as many as
// those who share. Tick only.
type bus struct {
	format  media.Format
	users   int              // participants of this format
	encoder *media.Encoder   // of those who share it, nil when nobody does
	idle    []*media.Encoder // what they brought, but for one
	common  []int16          // this tick's common mix, nil when nobody needs it coded
	payload []byte           // of the common mix
	recent  recent           // what encoder coded last
}

// recent keeps the newest frames of the common mix for an Opus encoder that is
// to take over, because its state can be warmed up but not copied.
type recent struct {
	frames [warmFrames][]int16 // oldest first
	n      int
}

// warmFrames is how many frames an encoder is warmed up with, 100 ms.
const warmFrames = 5

// keep copies frame behind the others.
func (r *recent) keep(frame []int16) {
	if r.n == warmFrames {
		oldest := r.frames[0]
		copy(r.frames[:], r.frames[1:])
		r.frames[warmFrames-1] = oldest
		r.n--
	}
	r.frames[r.n] = append(r.frames[r.n][:0], frame...)
	r.n++
}

func (r *recent) forget() { r.n = 0 }

// adopt puts p on the bus of its format with the encoder of s, unless it is
// there already; it then stays with the encoder whose state its phone knows.
func (c *conference) adopt(p *party, s *media.Setup) {
	e := s.Encoder()
	if e != nil && p.bus != nil && p.bus.format == e.Format() {
		return
	}
	c.disown(p)
	if e == nil {
		return
	}
	b := c.busOf(e.Format())
	b.users++
	if cap(b.idle) < b.users {
		b.idle = append(make([]*media.Encoder, 0, 2*b.users), b.idle...)
	}
	e.SetRate(c.rate)
	p.bus, p.encoder = b, e
}

// busOf is the bus of a format, a new one when there is none.
func (c *conference) busOf(f media.Format) *bus {
	for _, b := range c.buses {
		if b.format == f {
			return b
		}
	}
	b := &bus{format: f}
	c.buses = append(c.buses, b)
	return b
}

// disown takes p off its bus for good.
func (c *conference) disown(p *party) {
	b := p.bus
	if b == nil {
		return
	}
	p.getOff()
	p.bus, p.encoder = nil, nil
	if b.users--; b.users > 0 {
		return
	}
	for i := range c.buses {
		if c.buses[i] == b {
			c.buses = append(c.buses[:i], c.buses[i+1:]...)
			return
		}
	}
}

// changeBuses moves everybody to the encoder that this tick's mix is for. It
// comes before anything is coded, so that all encoders stand at the same frame;
// who leaves goes first, because it may take the shared encoder along.
func (c *conference) changeBuses() {
	if c.busesStay() {
		return
	}
	for _, p := range c.parties {
		if p.bus != nil && p.voice.Bus != 0 {
			p.getOff()
		}
	}
	for _, p := range c.parties {
		if p.bus != nil && p.voice.Bus == 0 {
			p.getOn()
		}
	}
}

// busesStay reports whether all who share an encoder hear the common mix, and
// nobody else does.
func (c *conference) busesStay() bool {
	for _, p := range c.parties {
		shares, common := p.encoder == nil, p.voice.Bus == 0
		if p.bus != nil && (shares != common || p.beside != nil) {
			return false
		}
	}
	return true
}

// codeBuses codes the common mix for all who share an encoder, or might soon.
func (c *conference) codeBuses() {
	for _, b := range c.buses {
		b.common = nil
	}
	for _, p := range c.parties {
		if b := p.bus; b != nil && (p.encoder == nil || p.beside != nil) {
			b.common = p.voice.Out
		}
	}
	for _, b := range c.buses {
		if b.common != nil {
			b.code()
			c.encodes++
		}
	}
}

// getOn lets p, who hears the common mix, share an encoder where that is not
// heard. The first one lends its own.
func (p *party) getOn() {
	b, e := p.bus, p.encoder
	switch {
	case e == nil:
		return
	case b.encoder == nil:
		b.encoder, p.encoder, p.beside = e, nil, nil
		return
	case p.beside != b.encoder:
		p.beside, p.alike = b.encoder, 0
	}
	if p.alike >= settleTicks || e.Memoryless() && b.encoder.Memoryless() {
		b.idle = append(b.idle, e)
		p.encoder, p.beside = nil, nil
	}
}

// compare notes whether payload, which p's own encoder has just made of heard,
// the common mix, is like the shared one. With filters in front of a codec without
// memory that is so as soon as they have seen the same; Opus forgets within
// settleTicks. The predictors of G.722 never meet while there is sound.
func (p *party) compare(payload []byte, heard []int16) {
	b := p.bus
	switch {
	case b.format.Codec == media.Opus, bytes.Equal(payload, b.payload),
		mixer.Level(heard) < quietLevel:
		p.alike++
	default:
		p.alike = 0
	}
}

// getOff gives p an encoder of its own that goes on where the shared one stands.
func (p *party) getOff() {
	b := p.bus
	p.beside = nil
	if p.encoder != nil {
		return
	}
	last := len(b.idle) - 1
	if last < 0 {
		p.encoder, b.encoder = b.encoder, nil
		b.recent.forget()
		return
	}
	p.encoder, b.idle[last] = b.idle[last], nil
	b.idle = b.idle[:last]
	if !p.encoder.Continue(b.encoder) {
		p.encoder.SetRate(p.conf.rate)
		p.encoder.Warm(b.recent.frames[:b.recent.n]...)
	}
}

// code is the payload of what p, who is not deaf, hears this tick. It is in k or
// shared.
func (p *party) code(heard []int16, k *kit, encodes *uint64) []byte {
	if p.encoder == nil {
		return p.bus.payload
	}
	payload := p.encoder.Encode(k.payload[:0], heard)
	*encodes++
	if p.beside != nil {
		p.compare(payload, heard)
	}
	return payload
}

// code makes the payload of the common mix.
func (b *bus) code() {
	b.payload = b.encoder.Encode(b.payload[:0], b.common)
	if b.format.Codec == media.Opus {
		b.recent.keep(b.common)
	}
}
