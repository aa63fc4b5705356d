package mixer

// Desk is the room that one goroutine needs to work out what a listener hears.
type Desk struct {
	out [deskFrame]int16
	acc [deskFrame]int32
}

// deskFrame is the longest frame that fits on a Desk: 20 ms at 48 kHz.
const deskFrame = 48000 / framesPerSecond

// owed is the Out of a party whose mix is left to Hear.
var owed = []int16{}

// Late makes Mix leave the mixes that are for a single listener to Hear, where
// nothing fades. So they need no memory between the two, and the listeners can
// be shared out to several goroutines.
func (m *Mixer) Late() { m.late = true }

// leaves reports whether Mix leaves a mix to Hear in this tick.
func (m *Mixer) leaves() bool { return m.late && !m.turning && m.frame <= deskFrame }

// Hear returns what p hears: Out, or what Mix has left to it, which is then
// valid until the next Hear with d. It comes once in every tick for each party that
// is not Deaf, after Mix and before the next Begin. It touches nothing but
// p and d: parties may hear at the same time, each with another Desk.
func (m *Mixer) Hear(p *Party, d *Desk) []int16 {
	if p.Out == nil || len(p.Out) > 0 {
		return p.Out
	}
	out := d.out[:m.frame]
	m.mixMinus(p, out, d.acc[:m.frame])
	return out
}
