package mixer

// Scratch is the memory of one tick of one conference: what everybody says and
// hears in it, and what is made on the way. Nothing in it outlives the tick.
// So mixers that take turns on one goroutine share one, whatever their rates,
// and all of them work in the same few kilobytes, which stay in the processor's
// cache, in place of a frame here and a frame there for every party there is.
//
// What another conference left in it is noise: a mixer reads nothing that it
// or its owner has not written in the same tick. It grows to the largest
// conference, when a party is added, and never shrinks.
type Scratch struct {
	in, out         []int16 // of every party, a frame after the other
	rising, falling []int16 // of a voice whose route changes, likewise

	sum    []int32 // the speakers' voices
	full   []int32 // sum, announcement and beep; may be sum itself
	shared []int32 // backs full
	acc    []int32 // one listener's mix
	past   []int32 // the end of the sum of the tick before, where it is asked for

	common  []int16 // the Out of bus 0
	silence []int16 // never written to

	moves int // how often in has moved
}

// NewScratch returns memory for any number of mixers on one goroutine, empty
// before one of them has a party. The zero Scratch is that as well.
func NewScratch() *Scratch { return &Scratch{} }

// fit makes room for parties with frames of n samples, of which a fade takes
// ramp.
func (s *Scratch) fit(parties, n, ramp int) {
	if need := parties * n; need > len(s.in) {
		size := max(need, 2*len(s.in))
		s.in = append(make([]int16, 0, size), s.in...)[:size]
		s.out, s.rising, s.falling = make([]int16, size), make([]int16, size), make([]int16, size)
		s.moves++
	}
	if n > len(s.sum) {
		s.sum, s.shared, s.acc = make([]int32, n), make([]int32, n), make([]int32, n)
		s.common, s.silence = make([]int16, n), make([]int16, n)
	}
	if ramp > len(s.past) {
		s.past = make([]int32, ramp)
	}
}

// Share makes m work in s from now on, together with the other mixers that do.
// The owner then calls Begin in every tick.
func (m *Mixer) Share(s *Scratch) {
	m.scratch, m.shares = s, true
	m.settleIn()
}

// undealt are no moves of a scratch: places have changed since.
const undealt = -1

// Begin starts a tick. Afterwards In of every party is where the owner writes
// what the party says in this tick, and what it holds has no meaning. It must
// come after all changes of membership and rate, and before the first In is
// written, in every tick of a mixer that shares its Scratch. It allocates
// nothing, and does nothing unless the Scratch has grown or somebody has gone since.
func (m *Mixer) Begin() {
	if m.dealt != m.scratch.moves {
		m.deal()
	}
}

// settleIn makes room in the scratch and gives every party its part of it.
func (m *Mixer) settleIn() {
	m.scratch.fit(len(m.parties), m.frame, len(m.ramp))
	m.deal()
}

// deal gives every party its In.
func (m *Mixer) deal() {
	for k, p := range m.parties {
		m.place(p, k)
	}
	m.dealt = m.scratch.moves
}

// place gives p the In at the place k, with what it says where that may last.
func (m *Mixer) place(p *Party, k int) {
	in := m.frameAt(m.scratch.in, k)
	if !m.shares {
		copy(in, p.In)
	}
	p.In, p.place = in, k
}

// frameAt is the frame of the party at place in a slab of the scratch.
func (m *Mixer) frameAt(slab []int16, place int) []int16 {
	at := place * m.frame
	return slab[at : at+m.frame : at+m.frame]
}

// silence is a frame of it.
func (m *Mixer) silence() []int16 { return m.scratch.silence[:m.frame] }
