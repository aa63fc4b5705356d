package prompt

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

// The limits of the cache.
const (
	negativeTime = 2 * time.Second // how long a failure is not tried again
	unusedTime   = time.Hour       // how long a track stays that nobody listens to
)

// result is what a URL, or a text to speak, turned out to be: a document or a
// track.
type result struct {
	doc   []byte
	final *url.URL // of a document, after redirects
	track *track
}

// entry is what the library knows about one key.
type entry struct {
	track  *track // being decoded, or whole
	header http.Header
	expiry time.Time // of a whole track's freshness
	used   time.Time
	flight *flight
	err    error // of a failure that is not to be tried again before expiry
}

// flight is a request under way, shared by all who want the same.
type flight struct {
	done    chan struct{}
	waiters int    // guarded by the library's mutex
	home    *entry // nil for one that never flew
	cancel  context.CancelCauseFunc
	res     result // after done; its track counts every waiter as a user
	err     error
}

// getFunc gets what a key stands for, in a goroutine of its own. It must call
// land exactly once, with an error or with a result whose track may still grow.
// Known is the header of a cached copy that needs validation, or nil; land's
// header tells how long the new one is good for.
type getFunc func(ctx context.Context, known http.Header, land landFunc)
type landFunc func(res result, header http.Header, err error)

// share returns a flight to what key stands for: one that has landed when the
// cache knows it, one that is under way for somebody else, or a new one. The
// caller waits for done and then owns a use of the track, or calls abandon.
func (l *Library) share(key string, get getFunc) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[key]
	if e == nil {
		e = &entry{}
		l.entries[key] = e
	}
	now := time.Now()
	e.used = now
	switch {
	case e.flight != nil:
		e.flight.waiters++
		return e.flight
	case e.usable(now):
		e.track.users++
		return landed(result{track: e.track}, nil)
	case e.err != nil && now.Before(e.expiry):
		return landed(result{}, e.err)
	}
	return l.takeOff(e, get)
}

// usable reports whether a new reader may have the entry's track: one that is
// being decoded, or a whole one that is fresh.
func (e *entry) usable(now time.Time) bool {
	if e.track == nil {
		return false
	}
	select {
	case <-e.track.done:
		return e.track.whole() && now.Before(e.expiry)
	default:
		return e.track.live || e.track.root.Load() != nil
	}
}

// landed returns a flight that is over.
func landed(res result, err error) *flight {
	f := &flight{done: make(chan struct{}), res: res, err: err}
	close(f.done)
	return f
}

// takeOff starts a flight. The caller holds mu.
func (l *Library) takeOff(e *entry, get getFunc) *flight {
	ctx, cancel := context.WithCancelCause(l.ctx)
	f := &flight{done: make(chan struct{}), waiters: 1, home: e, cancel: cancel}
	e.flight, e.err = f, nil
	var known http.Header
	if e.track != nil && e.track.whole() {
		known = validators(e.header)
	}
	l.work.Go(func() {
		defer cancel(nil)
		defer l.crash(f)
		get(ctx, known, func(res result, header http.Header, err error) {
			l.land(f, res, header, err)
		})
	})
	return f
}

// crash, deferred, makes a panic over what somebody sent the failure of one
// flight instead of the end of the process.
func (l *Library) crash(f *flight) {
	v := recover()
	if v == nil {
		return
	}
	l.log.Error("prompt: panic", "value", v, "stack", string(debug.Stack()))
	select {
	case <-f.done:
	default:
		l.land(f, result{}, nil, &Error{Kind: UnsupportedAudio, Reason: "panic", Err: fmt.Errorf("%v", v)})
	}
}

// land ends a flight and files what it brought.
func (l *Library) land(f *flight, res result, header http.Header, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := f.home; e.flight == f { // not abandoned
		e.flight = nil
		res, err = l.file(e, res, header, err)
	}
	if t := res.track; t != nil {
		t.users += f.waiters
		l.unused(t)
	}
	f.res, f.err = res, err
	close(f.done)
	l.sweep()
}

// file puts the outcome of a flight into its entry and returns what its
// waiters get: an old copy when the new one is unchanged or not to be had. The
// caller holds mu.
func (l *Library) file(e *entry, res result, header http.Header, err error) (result, error) {
	stale := e.track
	if stale != nil && !stale.whole() {
		stale, e.track = nil, nil
	}
	now := time.Now()
	switch {
	case stale != nil && (err != nil || res.track == nil && res.doc == nil):
		e.expiry = now.Add(lifetime(e.header, header))
		return result{track: stale}, nil
	case err != nil:
		e.err, e.expiry = err, now.Add(negativeTime)
		return res, err
	}
	if stale != nil {
		l.unkeep(stale)
	}
	e.track, e.header = res.track, header
	e.expiry = now.Add(lifetime(header, nil))
	if res.track != nil {
		res.track.home = e
	}
	return res, nil
}

// abandon gives up a flight that has not been used.
func (l *Library) abandon(f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-f.done:
		if f.res.track != nil {
			f.res.track.users--
			l.unused(f.res.track)
		}
	default:
		if f.waiters--; f.waiters == 0 {
			f.home.flight = nil
			f.cancel(context.Canceled)
		}
	}
}

// release gives a use of a track back.
func (l *Library) release(t *track) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.users--
	l.unused(t)
}

// unused stops the decoding of a track without users, and forgets it unless it
// is whole. The caller holds mu.
func (l *Library) unused(t *track) {
	if t.users > 0 || t.whole() {
		return
	}
	t.cancel()
	l.unkeep(t)
	if t.home != nil && t.home.track == t {
		t.home.track = nil
	}
}

// settle is called when a track is over.
func (l *Library) settle(t *track) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unused(t)
	if !t.whole() {
		l.unkeep(t)
	}
	l.sweep()
}

// sweep forgets entries that say nothing any more, and tracks that nobody has
// listened to for long. The caller holds mu.
func (l *Library) sweep() {
	now := time.Now()
	for key, e := range l.entries {
		t := e.track
		if t != nil && t.users == 0 && t.whole() && now.Sub(e.used) > unusedTime {
			l.unkeep(t)
			e.track, t = nil, nil
		}
		if t == nil && e.flight == nil && (e.err == nil || now.After(e.expiry)) {
			delete(l.entries, key)
		}
	}
}
