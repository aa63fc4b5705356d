package bridge

import (
	"sync/atomic"
	"time"

	"partyline/bridge/prompt"
	"partyline/media/resample"
)

// playback is a prompt from the moment somebody asked for it. The tick asks
// for it and reads it; the outbox goroutine opens its source, because opening
// allocates and takes locks.
//
//	tick: newPlayback ──► outbox: open ──► tick: read … read, stop
type playback struct {
	source  atomic.Pointer[opened]
	rate    int // of the frames read, in Hz; tick only
	stopped atomic.Bool
	request prompt.Request
}

// maxFrame is the longest frame of a conference: 20 ms at 48 kHz.
const maxFrame = 960

// opened is the source of a playback, and room for its frames, so that the tick
// has to make none.
type opened struct {
	*prompt.Source
	from, to int     // Hz: its own rate and that of the frames read
	last     []int16 // the newest frame at its own rate

	room      [maxFrame]int16 // backs last where the source has no whole frame
	other     resample.Stream // once from and to differ
	converted [maxFrame]int16
}

// framesPerSecond is the pace of the ticks.
const framesPerSecond = int(time.Second / TickInterval)

func newPlayback(r prompt.Request) *playback { return &playback{request: r, rate: r.Rate} }

// setRate says at which rate frames are read from now on. It does nothing to
// nil.
func (p *playback) setRate(rate int) {
	if p != nil {
		p.rate = rate
	}
}

// open opens the source. It runs on the outbox goroutine and may cross stop on
// the tick: whoever comes second stops the source.
func (p *playback) open(l *prompt.Library) {
	if p.stopped.Load() {
		return
	}
	r := p.request.Rate
	s := &opened{Source: l.Open(p.request), from: r, to: r}
	p.source.Store(s)
	if p.stopped.Load() {
		s.Stop()
	}
}

// read returns the next frame, nil unless the prompt is playing. It is valid
// until the next read and must not be written to. Called on the tick.
func (p *playback) read() ([]int16, prompt.State) {
	s := p.source.Load()
	if s == nil {
		return nil, prompt.Starting
	}
	if s.to != p.rate {
		s.turn(p.rate)
	}
	var state prompt.State
	s.last, state = s.Frame(s.room[:s.from/framesPerSecond])
	if state != prompt.Playing {
		return nil, state
	}
	if s.from == s.to {
		return s.last, state
	}
	frame := s.converted[:s.to/framesPerSecond]
	s.other.Frame(frame, s.last)
	return frame, state
}

// turn makes s give frames of another rate. The conversion goes on from the
// newest frame there was.
func (s *opened) turn(to int) {
	s.to = to
	if s.from == to || s.other.SetRates(s.from, to) != nil || s.last == nil {
		return
	}
	s.other.Frame(s.converted[:to/framesPerSecond], s.last)
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
