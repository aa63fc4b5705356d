package prompt

import (
	"context"
	"io"
	"time"
)

// body is the body of an HTTP answer while it is read. It remembers an error
// of the network, which its decoder may hide, lets go of the processor while
// it waits for bytes, and can be timed.
type body struct {
	ctx    context.Context
	cancel context.CancelCauseFunc // ends the request
	r      io.ReadCloser
	err    error // of the network, nil at a regular end
	turn   *turns
	alarm  *time.Timer
}

// newBody returns a body without a time limit. Cancel ends the request r
// belongs to.
func newBody(ctx context.Context, cancel context.CancelCauseFunc, r io.ReadCloser) *body {
	return &body{ctx: ctx, cancel: cancel, r: r}
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.turn != nil {
		b.turn.release()
		defer b.turn.acquire()
	}
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
		b.err = err
	}
	return n, err
}

// within ends the request unless within or close is called again before d has
// passed; 0 is no limit.
func (b *body) within(d time.Duration) {
	if b.alarm != nil {
		b.alarm.Stop()
		b.alarm = nil
	}
	if d > 0 {
		b.alarm = time.AfterFunc(d, func() { b.cancel(errTooSlow) })
	}
}

// close ends the request.
func (b *body) close() {
	b.within(0)
	b.cancel(nil)
	b.r.Close()
}

// turns bounds how many goroutines decode at the same time, so that the clocks
// always find a processor.
type turns struct{ sem chan struct{} }

// newTurns returns n turns.
func newTurns(n int) *turns { return &turns{sem: make(chan struct{}, n)} }

func (t *turns) acquire() { t.sem <- struct{}{} }
func (t *turns) release() { <-t.sem }
