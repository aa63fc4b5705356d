package media

import "math/bits"

const (
	// arenaChunks is how many pieces an arena has: one for each bit of a word.
	arenaChunks = 64
	// arenaChunk is how long the audio in each is, in ms, with a codec of
	// constant rate. All together are more than ever waits: moreLevel beyond
	// the largest of spreads, and a packet.
	arenaChunk = 5
)

// arena keeps the payloads of a jitter buffer, each in chunks of 5 ms that lie
// side by side. Packets of 10 ms need two, those of 60 ms twelve: what waits in
// a jitter buffer is bounded in time, so that a place of the longest size for
// every packet would mostly be empty.
type arena struct {
	buf   []byte // of arenaChunks chunks; nil holds nothing
	chunk int    // bytes
	used  uint64 // bit i: chunk i is taken
}

// newArena makes an arena of chunks of the given size.
func newArena(chunk int) arena {
	return arena{buf: make([]byte, arenaChunks*chunk), chunk: chunk}
}

// mask is the chunks that n bytes from chunk at on lie in.
func (a *arena) mask(at uint8, n int) uint64 {
	return (1<<a.chunks(n) - 1) << at
}

// chunks is how many n bytes need.
func (a *arena) chunks(n int) int { return (n + a.chunk - 1) / a.chunk }

// take finds room for n bytes, and returns the first chunk of it.
func (a *arena) take(n int) (at uint8, ok bool) {
	switch {
	case n == 0:
		return 0, true
	case a.buf == nil:
		return 0, false
	}
	k := a.chunks(n)
	if k > arenaChunks {
		return 0, false
	}
	runs := a.runs(k)
	if runs == 0 {
		return 0, false
	}
	at = uint8(bits.TrailingZeros64(runs))
	a.used |= a.mask(at, n)
	return at, true
}

// fits reports whether take would find room for n bytes.
func (a *arena) fits(n int) bool {
	return n == 0 || a.buf != nil && a.runs(a.chunks(n)) != 0
}

// runs is where k chunks side by side are free: bit i stands for those from
// chunk i on.
func (a *arena) runs(k int) uint64 {
	runs := ^a.used
	for i := 1; i < k; i++ {
		runs &= ^a.used >> i
	}
	return runs
}

// free gives back what take gave. What is in it stays until the next take.
func (a *arena) free(at uint8, n int) {
	if n > 0 {
		a.used &^= a.mask(at, n)
	}
}

// bytes is the n bytes from chunk at on.
func (a *arena) bytes(at uint8, n int) []byte {
	i := int(at) * a.chunk
	return a.buf[i : i+n]
}
