package prompt

import "context"

// player is the goroutine behind a source: it fetches, interprets and queues
// segments for the tick, and tells what goes wrong.
type player struct {
	lib    *Library
	s      *Source
	tail   *segment
	queued int64
}

// newPlayer returns the player of a new source.
func newPlayer(l *Library, s *Source) *player {
	return &player{lib: l, s: s, tail: s.seg}
}

// run plays the request until ctx is cancelled.
func (p *player) run(ctx context.Context) {
	p.play(ctx)
	<-ctx.Done()
}

// play queues what the request asks for.
func (p *player) play(ctx context.Context) {
	if p.s.req.Silence {
		p.queue(&segment{silence: -1})
		return
	}
	p.queue(&segment{track: p.lib.music.track(p.s.req.Rate)})
}

// queue appends to the programme.
func (p *player) queue(seg *segment) {
	p.tail.next.Store(seg)
	p.tail = seg
	p.queued++
}
