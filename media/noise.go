package media

// noise makes the comfort noise that a phone asks for while it says nothing
// (RFC 3389). The zero noise is silent.
type noise struct{}

// describe takes in the payload of a comfort noise packet.
func (n *noise) describe(payload []byte) {}

// stop makes n silent again: the phone speaks.
func (n *noise) stop() {}

// fill makes the next samples at rate and reports whether any is not 0.
func (n *noise) fill(dst []int16, rate int) (sound bool) {
	clear(dst)
	return false
}
