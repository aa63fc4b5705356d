package bridge

import (
	"sync/atomic"

	"partyline/bridge/prompt"
	"partyline/media/resample"
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

	// Once the conference's rate is no longer the one the prompt was asked for.
	rate  int             // of the frames read, in Hz
	other resample.Stream // to it
	frame []int16         // at the prompt's own rate
}

func newPlayback(r prompt.Request) *playback { return &playback{request: r, rate: r.Rate} }

// maxFrame is the longest frame of a conference: 20 ms at 48 kHz.
const maxFrame = 960

// setRate says at which rate frames are read from now on. Last is the frame
// read before, from which the conversion goes on. It does nothing to nil.
func (p *playback) setRate(rate int, last []int16) {
	if p == nil || rate == p.rate {
		return
	}
	if p.rate == p.request.Rate {
		p.frame = append(p.frame[:0], last...)
	}
	p.rate = rate
	if rate == p.request.Rate || p.other.SetRates(p.request.Rate, rate) != nil {
		return
	}
	var gone [maxFrame]int16
	p.other.Frame(gone[:rate/50], p.frame)
}

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
	s := p.source.Load()
	switch {
	case s == nil:
		clear(dst)
		return prompt.Starting
	case p.rate == p.request.Rate:
		return s.ReadFrame(dst)
	}
	state := s.ReadFrame(p.frame)
	p.other.Frame(dst, p.frame)
	return state
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
