package prompt

import (
	"sync/atomic"
	"time"
)

// segment is a part of a source's programme: a track some times over, some
// silence, or the end.
type segment struct {
	track   *track // nil: silence
	loops   int    // times the track is played, 0 endless
	silence int64  // samples of silence, negative endless
	end     bool   // the source is over
	next    atomic.Pointer[segment]
}

// Source is one listener's way through a prompt. ReadFrame belongs to the
// tick; everything else is safe for concurrent use.
type Source struct {
	req Request

	// What the tick tells the player.
	begun, finished atomic.Int64  // segments
	starving        atomic.Bool   // patience is over, and recovery not reached
	low             atomic.Bool   // the last queued segment is nearly over
	stopped         atomic.Bool   // nobody listens any more
	wake            chan struct{} // one token: something has changed

	// What the player tells the tick, besides the segments.
	failing atomic.Bool           // there will be no audio for now: no patience
	filler  atomic.Pointer[track] // what plays when patience is over; nil for announcements
	err     atomic.Pointer[Error] // why the programme ends

	// Of the tick.
	seg      *segment
	over     bool // seg is played
	at       cursor
	loops    int
	silence  int64
	state    State
	starved  int // samples of silence for want of audio
	patience int
	sated    int    // samples of audio since it was last wanting
	appetite int    // what sated must be for the want to be over
	lead     int64  // samples; low is raised when so much is left
	filling  bool   // the filler plays for want of audio
	fill     cursor // in the filler
	fade     declick
}

// patience is how long a hold or waiting prompt may be silent for want of
// audio before the built-in music plays instead, and an announcement before it
// fails.
const (
	musicPatience    = 3 * time.Second
	announcePatience = 12 * time.Second
)

// recovery is how long a prompt must have played for its failure to be over.
const recovery = 5 * time.Second

// newSource returns a source whose programme is empty.
func newSource(req Request) *Source {
	s := &Source{req: req, seg: new(segment), over: true, wake: make(chan struct{}, 1)}
	s.fade.length = req.Rate / 200
	s.lead = int64(req.Rate)
	s.appetite = samples(recovery, req.Rate)
	s.patience = samples(musicPatience, req.Rate)
	if req.Kind == Announce {
		s.patience = samples(announcePatience, req.Rate)
	}
	return s
}

// samples returns how many samples d lasts at rate.
func samples(d time.Duration, rate int) int {
	return int(d * time.Duration(rate) / time.Second)
}

// Frame is ReadFrame without the copy, where that can be: it returns as many
// samples as dst has, in dst or in the audio that all listeners share. They are
// valid until the next call and must not be written to.
func (s *Source) Frame(dst []int16) ([]int16, State) {
	if s.runs() {
		before := s.at.c
		if frame := s.at.next(len(dst)); frame != nil {
			if s.at.c != before {
				s.seg.track.reached(s.at.c)
			}
			s.fade.last = frame[len(frame)-1]
			s.watchTrack()
			return frame, Playing
		}
	}
	return dst, s.ReadFrame(dst)
}

// runs reports whether s is in the middle of a track that goes out as it is.
func (s *Source) runs() bool {
	return s.state == Playing && !s.over && s.seg.track != nil &&
		s.starved == 0 && s.fade.left == 0 && !s.starving.Load()
}

// ReadFrame fills dst with the next samples of the prompt, or silence. It is
// called on the tick, by one goroutine at a time; it never blocks, allocates
// or takes a lock.
func (s *Source) ReadFrame(dst []int16) State {
	if s.state == Ended {
		clear(dst)
		return Ended
	}
	n := 0
	if !s.filling || s.ready() {
		n = s.take(dst)
	}
	switch {
	case n == len(dst):
		s.fed(dst)
	case s.seg.end:
		clear(dst[n:])
		if n == 0 {
			s.state = Ended
		}
	default:
		s.starve(dst, n)
	}
	return s.state
}

// take fills dst from the programme as far as that is there, and returns the
// number of samples.
func (s *Source) take(dst []int16) (n int) {
	for n < len(dst) {
		if s.over && !s.advance() || s.seg.end {
			break
		}
		m, over := s.takeSegment(dst[n:])
		n += m
		if over {
			s.over = true
			s.finished.Add(1)
			s.poke()
		} else if m == 0 {
			break
		}
	}
	return n
}

// takeSegment fills dst from the present segment and reports whether that is
// over.
func (s *Source) takeSegment(dst []int16) (n int, over bool) {
	switch {
	case s.seg.track != nil:
		before := s.at.c
		n, over = s.at.read(dst, &s.loops)
		if s.at.c != before {
			s.seg.track.reached(s.at.c)
		}
		s.watchTrack()
		return n, over
	case s.silence < 0:
		clear(dst)
		return len(dst), false
	default:
		n = int(min(s.silence, int64(len(dst))))
		clear(dst[:n])
		s.silence -= int64(n)
		s.watchEnd(s.silence)
		return n, s.silence == 0
	}
}

// watchTrack watches the end of the last round of a track.
func (s *Source) watchTrack() {
	if s.loops != 1 {
		return
	}
	if total := s.seg.track.total.Load(); total >= 0 {
		s.watchEnd(total - s.at.pos())
	}
}

// watchEnd raises low when the present segment is the last one and has at
// most the lead left.
func (s *Source) watchEnd(left int64) {
	if left <= s.lead && s.seg.next.Load() == nil && !s.low.Load() {
		s.low.Store(true)
		s.poke()
	}
}

// advance goes on to the next segment, if there is one.
func (s *Source) advance() bool {
	next := s.seg.next.Load()
	if next == nil {
		return false
	}
	s.seg, s.over = next, false
	s.loops, s.silence = next.loops, next.silence
	if next.track != nil {
		s.at = next.track.start()
	}
	s.low.Store(false)
	s.begun.Add(1)
	s.poke()
	return true
}

// ready reports whether enough audio is there to end the filling music.
func (s *Source) ready() bool {
	seg, at := s.seg, s.at
	if s.over {
		if seg = seg.next.Load(); seg == nil {
			return false
		}
		if seg.track != nil {
			at = seg.track.start()
		}
	}
	if seg.track == nil || seg.track.total.Load() >= 0 {
		return true
	}
	return seg.track.made.Load()-at.pos() >= int64(seg.track.rate/5)
}

// fed ends the want of audio: dst is full of it.
func (s *Source) fed(dst []int16) {
	if s.starved > 0 {
		s.starved, s.sated = 0, 0
		s.filling = false
		if s.state == Playing {
			s.fade.begin()
		}
	}
	if s.sated += len(dst); s.sated >= s.appetite && s.starving.Load() {
		s.starving.Store(false)
		s.poke()
	}
	s.state = Playing
	s.fade.apply(dst)
}

// starve completes dst, of which n samples are audio, with silence or, after
// the patience, with music.
func (s *Source) starve(dst []int16, n int) {
	if n > 0 {
		s.state = Playing
	}
	if s.starved == 0 && s.state == Playing {
		s.fade.apply(dst[:n])
		s.fade.begin()
		dst, n = dst[n:], 0
	}
	clear(dst)
	s.starved += len(dst)
	if s.starved >= s.patience || s.failing.Load() {
		s.runDry()
	}
	if s.filling {
		s.state = Playing
		loops := 0
		s.fill.read(dst, &loops)
	}
	s.fade.apply(dst)
}

// runDry tells the player that patience is over and lets the music in.
func (s *Source) runDry() {
	if !s.starving.Load() {
		s.starving.Store(true)
		s.poke()
	}
	if s.filling {
		return
	}
	if t := s.filler.Load(); t != nil {
		if s.fill.c == nil {
			s.fill = t.start()
		}
		s.filling = true
		s.fade.begin()
	}
}

// poke wakes the player.
func (s *Source) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Err returns why the source ended, nil if it played to its end. It is
// meaningful once ReadFrame has returned Ended.
func (s *Source) Err() error {
	if e := s.err.Load(); e != nil {
		return e
	}
	return nil
}

// Stop gives the source up: fetches are cancelled and everything is released,
// soon but not within the call, which never blocks, allocates or takes a lock.
// ReadFrame may still be called.
func (s *Source) Stop() {
	s.stopped.Store(true)
	s.poke()
}
