package prompt

import "sync/atomic"

// chunk is a run of mono PCM at the track's rate. Chunks form a singly linked
// list that one goroutine extends and any number of ticks follow: everything
// but next is written before the chunk is linked and never after.
type chunk struct {
	pcm  []int16
	at   int64 // index of pcm[0] in the track
	next atomic.Pointer[chunk]
	// The last chunk has no samples. Its again is where a loop goes on, at the
	// first chunk or at what stands in for it, nil when the track is empty,
	// broken or no longer kept from its beginning.
	last  bool
	again *chunk
}

// cursor is a place in a list of chunks. The zero cursor is nowhere.
type cursor struct {
	c   *chunk
	off int
}

// read copies samples into dst, follows the list as far as it goes, and wraps
// around at its end while *loops is not 1. It counts *loops down; 0 is endless.
// It returns the number of samples and whether the track is over; fewer
// samples than dst without the end mean that there are no more yet.
func (r *cursor) read(dst []int16, loops *int) (n int, over bool) {
	for n < len(dst) {
		if r.off < len(r.c.pcm) {
			m := copy(dst[n:], r.c.pcm[r.off:])
			n += m
			r.off += m
			continue
		}
		next := r.c.next.Load()
		switch {
		case next == nil:
			return n, false
		case !next.last:
			r.c, r.off = next, 0
		case next.again == nil || *loops == 1:
			return n, true
		default:
			r.c, r.off = next.again, 0
			if *loops > 1 {
				*loops--
			}
		}
	}
	return n, false
}

// next passes over n samples and returns them, to be read only, or nil without a
// step when they do not lie in one chunk.
func (r *cursor) next(n int) []int16 {
	if r.off == len(r.c.pcm) {
		if next := r.c.next.Load(); next != nil && len(next.pcm) >= n {
			r.c, r.off = next, 0
		}
	}
	if len(r.c.pcm)-r.off < n {
		return nil
	}
	r.off += n
	return r.c.pcm[r.off-n : r.off : r.off]
}

// pos returns the index in the track of the sample that is read next.
func (r *cursor) pos() int64 { return r.c.at + int64(r.off) }
