package prompt

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The limits of redirects between documents.
const (
	maxHops = 100         // in a row with nothing to hear between them
	hopTime = time.Second // from the request for one document to the next
)

// follow plays what t leads to, from document to document. It returns nil when
// the programme is complete.
func (p *player) follow(ctx context.Context, t target) error {
	for hops := 1; ; hops++ {
		began, queued := time.Now(), p.queued
		res, err := p.load(ctx, t)
		switch {
		case err != nil:
			return err
		case res.track != nil:
			return p.file(ctx, res.track)
		}
		verbs, err := parseTeXML(res.doc)
		if err != nil {
			return failure(err, redact(res.final))
		}
		next, err := p.perform(ctx, verbs, res.final)
		switch {
		case err != nil:
			return err
		case next == nil:
			return p.end()
		case p.queued != queued:
			hops = 0
		case hops == maxHops:
			return &Error{Kind: DocumentError, URL: redact(res.final), Reason: "redirects",
				Err: errors.New("100 redirects with nothing to hear")}
		}
		t = *next
		if err := p.turn(ctx, began, hops); err != nil {
			return err
		}
	}
}

// turn waits for the moment to request the next document: when the programme
// is nearly over, and no sooner than hopTime after the last request, except
// that the first of a row of redirects is followed at once.
func (p *player) turn(ctx context.Context, last time.Time, hops int) error {
	if err := p.wait(ctx, nil, p.nearlyOver); err != nil || hops == 1 {
		return err
	}
	return p.sleep(ctx, hopTime-time.Since(last))
}

// nearlyOver reports whether the tick is about to run out of programme.
func (p *player) nearlyOver() bool {
	return p.s.finished.Load() == p.queued || p.s.begun.Load() == p.queued && p.s.low.Load()
}

// end completes the programme of a document.
func (p *player) end() error {
	if !p.heard && p.why != nil {
		return p.why // nothing in it could be played
	}
	if p.req.Kind != Announce {
		p.queue(&segment{silence: -1})
	}
	return nil
}

// file plays a bare file: once for an announcement, else for ever. It returns
// errOver when a file that cannot be looped is over.
func (p *player) file(ctx context.Context, t *track) error {
	if p.req.Kind == Announce {
		p.queueTrack(t, 1)
		if err := p.wait(ctx, t.done, nil); err != nil {
			return err
		}
		return t.err
	}
	p.queueTrack(t, 0)
	n := p.queued
	if err := p.wait(ctx, nil, func() bool { return p.s.finished.Load() >= n }); err != nil {
		return err
	}
	p.lasted = time.Duration(t.made.Load()) * time.Second / time.Duration(t.rate)
	if t.err != nil {
		return t.err
	}
	return errOver
}

// perform queues the verbs of a document whose URL is base. It returns where a
// Redirect leads. A verb that fails is reported and left out.
func (p *player) perform(ctx context.Context, verbs []verb, base *url.URL) (*target, error) {
	for _, v := range verbs {
		if err := p.keepShort(ctx); err != nil {
			return nil, err
		}
		var err error
		switch v.name {
		case "Play":
			err = p.playVerb(ctx, v, base)
		case "Say":
			err = p.sayVerb(ctx, v)
		case "Pause":
			err = p.pauseVerb(v)
		case "Redirect":
			next, err := p.redirectVerb(v, base)
			if err == nil {
				return next, nil
			}
			p.tell(err, base)
			return nil, nil
		default:
			err = &Error{Kind: UnknownVerb, Reason: v.name, Err: errors.New("only Play, Say, Pause and Redirect are allowed here")}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			p.tell(err, base)
		}
	}
	return nil, nil
}

// tell reports what is wrong with one verb of a document.
func (p *player) tell(err error, base *url.URL) {
	p.why = failure(err, redact(base))
	p.reported = p.why.Reason
	p.notify(p.why.event())
}

// resolve returns the URL that ref means in a document at base.
func resolve(base *url.URL, ref string) (*url.URL, error) {
	u, err := url.Parse(ref)
	if err != nil || strings.ContainsFunc(ref, func(r rune) bool { return r < ' ' }) {
		return nil, &Error{Kind: FetchFailed, Reason: "url", Err: errors.New("not a URL")}
	}
	u = base.ResolveReference(u)
	return u, checkURL(u)
}

// playVerb performs a Play.
func (p *player) playVerb(ctx context.Context, v verb, base *url.URL) error {
	if v.text == "" {
		return docError("attribute", "Play without a URL")
	}
	u, err := resolve(base, v.text)
	if err != nil {
		return err
	}
	t := playTarget(p.req, u)
	return p.repeat(ctx, v, func() *flight { return p.lib.share(t.key(), p.lib.get(t)) })
}

// sayVerb performs a Say.
func (p *player) sayVerb(ctx context.Context, v verb) error {
	if v.text == "" {
		return nil
	}
	words := speech{voice: v.attrs["voice"], language: v.attrs["language"], text: v.text, rate: p.req.Rate}
	if err := words.check(p.lib.speaker); err != nil {
		return err
	}
	return p.repeat(ctx, v, func() *flight { return p.lib.share(words.key(p.lib.speaker), p.lib.speak(words)) })
}

// pauseVerb performs a Pause.
func (p *player) pauseVerb(v verb) error {
	d, err := v.pause()
	if n := samples(d, p.req.Rate); n > 0 {
		p.queue(&segment{silence: int64(n)})
	}
	return err
}

// redirectVerb returns where a Redirect leads: to the document itself when it
// is empty.
func (p *player) redirectVerb(v verb, base *url.URL) (*target, error) {
	u, err := resolve(base, v.text)
	if err != nil {
		return nil, err
	}
	method := strings.ToUpper(v.attrs["method"])
	switch method {
	case http.MethodGet, http.MethodPost:
	case "":
		method = http.MethodPost
	default:
		return nil, docError("attribute", "Redirect method=%q", v.attrs["method"])
	}
	t := newTarget(p.req, method, u)
	return &t, nil
}

// repeat queues the track of a verb as often as its loop attribute says. The
// tick repeats a whole track by itself; one that is not kept is opened anew.
func (p *player) repeat(ctx context.Context, v verb, open func() *flight) error {
	left, err := v.loops()
	if err != nil {
		p.notify(failure(err, "").event())
	}
	for {
		res, err := p.board(ctx, open())
		if err != nil {
			return err
		}
		t := res.track
		if t == nil {
			return &Error{Kind: UnsupportedAudio, Reason: "document", Err: errors.New("Play of a document")}
		}
		p.queueTrack(t, left)
		if left == 1 {
			return nil
		}
		began, n := time.Now(), p.queued
		if err := p.wait(ctx, t.done, func() bool { return p.s.finished.Load() >= n }); err != nil {
			return err
		}
		if t.whole() && left > 0 {
			return nil
		}
		if err := p.wait(ctx, nil, func() bool { return p.s.finished.Load() >= n }); err != nil {
			return err
		}
		if t.err != nil {
			return t.err
		}
		if left > 0 {
			left--
		}
		if err := p.sleep(ctx, hopTime-time.Since(began)); err != nil {
			return err
		}
	}
}
