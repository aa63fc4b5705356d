package prompt

import (
	"context"
	"slices"
	"sync/atomic"
)

// track is decoded audio, a list of chunks that grows while it is decoded. One
// goroutine writes it; the ticks of any number of sources read it without a
// lock.
//
// A track keeps its beginning, and can then be looped, until it is longer than
// the library's limit or known to be endless. From then on only its readers
// hold on to what they have yet to play.
type track struct {
	rate  int
	live  bool                  // has no beginning worth hearing: new readers join the others
	root  atomic.Pointer[chunk] // empty chunk before the first, nil when not kept
	front atomic.Pointer[chunk] // the furthest chunk any reader has entered
	made  atomic.Int64          // samples linked
	moved chan struct{}         // one token: a reader entered a new chunk

	tail *chunk // of the writer

	// total is the number of samples once the track is over, else -1.
	total atomic.Int64
	err   error         // why it ended early; read after done
	done  chan struct{} // closed when total is known

	// Guarded by the library's mutex.
	users  int                // sources and flights that count on it
	kept   int64              // samples counted against the budget
	home   *entry             // the entry it was filed under
	cancel context.CancelFunc // stops the writer when nobody listens any more
}

// newTrack returns an empty track.
func newTrack(rate int, cancel context.CancelFunc) *track {
	root := new(chunk)
	t := &track{
		rate: rate, tail: root, cancel: cancel,
		moved: make(chan struct{}, 1), done: make(chan struct{}),
	}
	t.total.Store(-1)
	t.root.Store(root)
	t.front.Store(root)
	return t
}

// start returns the cursor of a new reader: at the beginning while the track
// has one, else where the furthest reader is.
func (t *track) start() cursor {
	if c := t.root.Load(); c != nil {
		return cursor{c: c}
	}
	return cursor{c: t.front.Load()}
}

// reached tells the writer that a reader entered c. Called on the tick.
func (t *track) reached(c *chunk) {
	for {
		f := t.front.Load()
		if f.at >= c.at {
			return
		}
		if t.front.CompareAndSwap(f, c) {
			break
		}
	}
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

// append links pcm, which the track takes over.
func (t *track) append(pcm []int16) {
	if len(pcm) == 0 {
		return
	}
	c := &chunk{pcm: pcm, at: t.made.Load()}
	t.made.Add(int64(len(pcm)))
	t.tail.next.Store(c)
	t.tail = c
}

// forget lets go of the beginning.
func (t *track) forget() { t.root.Store(nil) }

// close ends the track. A track that ended with an error cannot be looped. One
// that can begins with again, which may be empty, from the second round on.
func (t *track) close(err error, again []int16) {
	c := &chunk{at: t.made.Load(), last: true}
	if root := t.root.Load(); err == nil && c.at > 0 && root != nil {
		c.again = rejoin(root, again, c)
	}
	t.err = err
	t.total.Store(c.at)
	t.tail.next.Store(c)
	close(t.done)
}

// rejoin returns where a loop goes on from end: at root, or at a chunk that
// stands in for the first one and differs from it in its first samples.
func rejoin(root *chunk, again []int16, end *chunk) *chunk {
	first := root.next.Load()
	if first == nil || len(again) == 0 || len(again) > len(first.pcm) {
		return root
	}
	c := &chunk{pcm: append(slices.Clone(again), first.pcm[len(again):]...)}
	c.next.Store(end)
	if second := first.next.Load(); second != nil {
		c.next.Store(second)
	}
	return c
}

// ahead returns how many samples are decoded beyond the furthest reader.
func (t *track) ahead() int64 { return t.made.Load() - t.front.Load().at }

// whole reports whether the track is over, unbroken and kept from its
// beginning.
func (t *track) whole() bool {
	select {
	case <-t.done:
		return t.err == nil && t.root.Load() != nil && t.made.Load() > 0
	default:
		return false
	}
}
