package prompt

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// maxEvents bounds what one source tells.
const maxEvents = 32

// player is the goroutine behind a source: it fetches, interprets, queues
// segments for the tick, and tells what goes wrong.
type player struct {
	lib    *Library
	s      *Source
	req    *Request
	cancel context.CancelFunc

	tail   *segment // of the programme
	queued int64    // segments
	uses   []use    // of tracks in the programme
	heard  bool     // something audible was queued

	events   int
	fell     bool          // FellBack was told
	reported string        // reason of the failure that was told last
	lasted   time.Duration // how much audio the last attempt gave
	why      *Error        // the last failure
}

// use is a use of a track by the nth segment.
type use struct {
	track *track
	n     int64
}

// newPlayer returns the player of a new source.
func newPlayer(l *Library, s *Source) *player {
	return &player{lib: l, s: s, req: &s.req, tail: s.seg}
}

// run plays the request until its end, or until the source is stopped or the
// library closed.
func (p *player) run() {
	ctx, cancel := context.WithCancel(p.lib.ctx)
	p.cancel = cancel
	defer cancel()
	defer p.releaseAll()
	if p.req.Kind != Announce {
		p.lib.work.Go(func() { p.s.filler.Store(p.lib.music.track(p.req.Rate)) })
	}
	err := p.play(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		p.report(failure(err, redactRaw(p.req.URL)), true)
	}
	if p.req.Kind == Announce {
		if err != nil {
			p.s.err.Store(p.why)
		}
		p.queue(&segment{end: true})
	}
	p.linger(ctx)
}

// play queues what the request asks for. It returns nil when the programme is
// complete, an error when there is no more to expect from the URL.
func (p *player) play(ctx context.Context) error {
	switch {
	case p.req.URL != "":
		return p.playURL(ctx)
	case p.req.Silence:
		if p.req.Kind != Announce {
			p.queue(&segment{silence: -1})
		}
	case p.req.Kind == Announce:
		return &Error{Kind: FetchFailed, Reason: "url", Err: errors.New("an announcement needs a URL")}
	default:
		p.queue(&segment{track: p.lib.music.track(p.req.Rate)})
	}
	return nil
}

// playURL plays the URL of the request and, for hold and waiting prompts, comes
// back to it after failures that may pass.
func (p *player) playURL(ctx context.Context) error {
	u, err := parseURL(p.req.URL)
	if err != nil {
		return err
	}
	method := strings.ToUpper(p.req.Method)
	switch method {
	case http.MethodGet, http.MethodPost:
	case "":
		method = p.req.Kind.method()
	default:
		return &Error{Kind: FetchFailed, Reason: "method", Err: errors.New("neither GET nor POST")}
	}
	var retry backoff
	for {
		p.lasted = 0
		err := p.follow(ctx, newTarget(p.req, method, u))
		if err == nil || ctx.Err() != nil || p.req.Kind == Announce || !passing(err) {
			return err
		}
		delay, more := retry.next(p.lasted, err == errOver)
		if !more {
			return err
		}
		if p.lasted >= lasting {
			p.reported = ""
		}
		if err != errOver {
			p.report(failure(err, redact(u)), delay > time.Second)
		}
		if err := p.sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// queue appends to the programme.
func (p *player) queue(seg *segment) {
	p.queued++
	if !seg.end {
		p.heard = true
		p.s.failing.Store(false)
	}
	p.tail.next.Store(seg)
	p.tail = seg
}

// queueTrack appends a track, of which the player owns a use.
func (p *player) queueTrack(t *track, loops int) {
	p.uses = append(p.uses, use{t, p.queued + 1})
	p.queue(&segment{track: t, loops: loops})
}

// load gets t through the library.
func (p *player) load(ctx context.Context, t target) (result, error) {
	return p.board(ctx, p.lib.share(t.key(), p.lib.get(t)))
}

// board waits for a flight. The caller then owns a use of the result's track.
func (p *player) board(ctx context.Context, f *flight) (result, error) {
	if err := p.wait(ctx, f.done, nil); err != nil {
		p.lib.abandon(f)
		return result{}, err
	}
	return f.res, f.err
}

// wait blocks until ready is closed or fires, or until cond, which may depend
// on what the tick has done, is true. It attends to the tick meanwhile.
func (p *player) wait(ctx context.Context, ready <-chan struct{}, cond func() bool) error {
	for {
		p.attend()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case cond != nil && cond():
			return nil
		}
		if p.req.Kind == Announce && p.s.starving.Load() {
			return &Error{Kind: FetchFailed, URL: redactRaw(p.req.URL), Reason: "timeout", Err: errTooSlow}
		}
		select {
		case <-ready:
			return nil
		case <-p.s.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sleep waits for d.
func (p *player) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	ready := make(chan struct{})
	defer time.AfterFunc(d, func() { close(ready) }).Stop()
	return p.wait(ctx, ready, nil)
}

// keepShort waits until at most one segment of the programme is still to begin.
func (p *player) keepShort(ctx context.Context) error {
	return p.wait(ctx, nil, func() bool { return p.queued-p.s.begun.Load() <= 1 })
}

// linger attends to the tick until ctx is cancelled or an announcement is over.
func (p *player) linger(ctx context.Context) {
	for ctx.Err() == nil {
		p.attend()
		if p.req.Kind == Announce && p.s.begun.Load() == p.queued {
			return
		}
		select {
		case <-p.s.wake:
		case <-ctx.Done():
		}
	}
}

// attend does what follows from what the tick has done.
func (p *player) attend() {
	if p.s.stopped.Load() {
		p.cancel()
		return
	}
	finished := p.s.finished.Load()
	for len(p.uses) > 0 && p.uses[0].n <= finished {
		p.lib.release(p.uses[0].track)
		p.uses = p.uses[1:]
	}
	if p.req.Kind == Announce {
		return
	}
	switch starving := p.s.starving.Load(); {
	case starving && !p.fell:
		p.fell = true
		e := p.why
		if e == nil {
			e = &Error{URL: redactRaw(p.req.URL), Reason: "timeout", Err: errTooSlow}
		}
		p.notify(Event{FellBack, e.URL, e.Reason, "built-in music plays"})
	case !starving && p.fell:
		p.fell, p.why, p.reported = false, nil, ""
		p.notify(Event{Kind: Recovered, URL: redactRaw(p.req.URL), Reason: "playing"})
	}
}

// report tells a failure unless it is the one that was told last, and lets the
// music in without patience when hopeless.
func (p *player) report(e *Error, hopeless bool) {
	p.why = e
	if p.reported != e.Reason {
		p.reported = e.Reason
		p.notify(e.event())
	}
	if hopeless {
		p.s.failing.Store(true)
	}
}

// notify logs an event and hands it to whoever asked for it.
func (p *player) notify(e Event) {
	if p.events++; p.events > maxEvents {
		return
	}
	level := slog.LevelWarn
	if e.Kind == Recovered {
		level = slog.LevelInfo
	}
	p.lib.log.Log(context.Background(), level, "prompt", "event", string(e.Kind), "kind", p.req.Kind.String(), "url", e.URL,
		"reason", e.Reason, "detail", e.Detail, "account", p.req.Account)
	if p.req.Notify != nil {
		p.req.Notify(e)
	}
}

// releaseAll gives back every use of a track.
func (p *player) releaseAll() {
	for _, u := range p.uses {
		p.lib.release(u.track)
	}
	p.uses = nil
}
