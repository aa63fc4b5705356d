package bridge

import (
	"sync/atomic"
	"time"
)

// A conference of more than crowd parties shares its steps out, in pieces of
// pieceParties, to the clocks that have nothing to do at that moment.
//
// A crowd takes its clock about a tenth of a tick. For less, waking another
// clock and moving the parties' memory to its core costs more than it gives. A
// piece is some tenth of a millisecond: so long, at most, its conference waits
// for the last piece, or a clock that helps is late for its own tick.
const (
	crowd        = 256
	pieceParties = 32
)

// reserve is how long before its own tick a clock takes no more pieces.
const reserve = wakeEarly

// work is a step of a crowd, of which any number of clocks take pieces. Nobody
// waits for a lock, and nobody for a clock that is busy: work is handed only to
// those who wait for it. Who comes late finds nothing to take, or pieces of the
// step that follows, which does as well.
type work struct {
	conf   *conference
	step   step // like pieces, written while no piece is to be taken
	pieces []piece
	left   atomic.Int32  // pieces that nobody has taken, below 0 for none
	undone atomic.Int32  // pieces that are not done, and one while the owner works
	done   chan struct{} // told when undone falls to 0 and the owner waits
}

// share does s for all parties of c, with whatever clocks are idle when they are
// a crowd, and returns when it is done.
func (c *conference) share(s step) {
	w := &c.work
	w.cut(c.parties)
	k := &c.clock.kit
	if len(w.pieces) < 2 {
		for i := range w.pieces {
			w.pieces[i].do(s, c, k)
		}
		return
	}
	w.conf, w.step = c, s
	n := int32(len(w.pieces))
	w.undone.Store(n + 1)
	w.left.Store(n)
	w.offer(c.bridge.help, int(n)-1)
	w.take(k, time.Time{})
	w.wait()
}

// cut makes pieces of parties: one unless they are a crowd.
func (w *work) cut(parties []*party) {
	size := len(parties)
	if size > crowd {
		size = pieceParties
	}
	w.pieces = w.pieces[:0]
	for len(parties) > 0 {
		n := min(size, len(parties))
		w.pieces = append(w.pieces, piece{parties: parties[:n]})
		parties = parties[n:]
	}
}

// offer hands the work to at most n clocks that wait for some.
func (w *work) offer(help chan<- *work, n int) {
	for range n {
		select {
		case help <- w:
		default:
			return
		}
	}
}

// take does pieces until none is left or the deadline is near, the zero time for
// none. It returns how many it did.
func (w *work) take(k *kit, deadline time.Time) (n int) {
	for deadline.IsZero() || time.Until(deadline) > reserve {
		i := w.left.Add(-1)
		if i < 0 {
			break
		}
		n++
		w.pieces[i].do(w.step, w.conf, k)
		if w.undone.Add(-1) == 0 {
			w.done <- struct{}{}
		}
	}
	return n
}

// wait returns when the pieces that others have taken are done.
func (w *work) wait() {
	if w.undone.Add(-1) > 0 {
		<-w.done
	}
}
