package bridge

import (
	"sync/atomic"

	"partyline/bridge/prompt"
)

// playback is a prompt from the moment somebody asked for it. The tick asks
// for it and reads it; the outbox goroutine opens its source, because opening
// allocates and takes locks.
//
//	tick: newPlayback ──► outbox: open ──► tick: read … read, stop
type playback struct {
	request prompt.Request
	source  atomic.Pointer[prompt.Source]
	stopped atomic.Bool
	asked   bool // the outbox has been told; tick only
	fresh   bool // nothing has been read yet; tick only
}

func newPlayback(r prompt.Request) *playback { return &playback{request: r, fresh: true} }

// open opens the source. It runs on the outbox goroutine and may cross stop on
// the tick: whoever comes second stops the source.
func (p *playback) open(l *prompt.Library) {
	if p.stopped.Load() {
		return
	}
	s := l.Open(p.request)
	p.source.Store(s)
	if p.stopped.Load() {
		s.Stop()
	}
}

// read fills dst with the next frame; called on the tick.
func (p *playback) read(dst []int16) prompt.State {
	if s := p.source.Load(); s != nil {
		return s.ReadFrame(dst)
	}
	clear(dst)
	return prompt.Starting
}

// err says why the playback failed, nil when it played to its end.
func (p *playback) err() error {
	if s := p.source.Load(); s != nil {
		return s.Err()
	}
	return nil
}

// stop ends the playback; called on the tick, also more than once.
func (p *playback) stop() {
	p.stopped.Store(true)
	if s := p.source.Load(); s != nil {
		s.Stop()
	}
}
