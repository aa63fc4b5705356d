package prompt

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
)

// Options configure a Library. The zero Options are ready to use.
type Options struct {
	// Allow lists networks that may be fetched from although they are
	// loopback, private, link-local or otherwise special.
	Allow []netip.Prefix
	// Log is told what servers do wrong. Nil discards.
	Log *slog.Logger
}

// Library fetches, decodes and caches prompts for the whole process. It is
// safe for concurrent use.
type Library struct {
	opt   Options
	log   *slog.Logger
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup // every goroutine of the library and its sources
	music musicBox
}

// New returns an empty library.
func New(opt Options) *Library {
	l := &Library{opt: opt, log: opt.Log}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

// Close stops every source and fetch and waits for their goroutines.
func (l *Library) Close() {
	l.stop()
	l.work.Wait()
}

// Open returns a source for the request. It never blocks and never fails: what
// goes wrong is told by ReadFrame, Err and Request.Notify. The caller must call
// Stop when it no longer reads.
func (l *Library) Open(req Request) *Source {
	ctx, cancel := context.WithCancel(l.ctx)
	s := newSource(req, cancel)
	p := newPlayer(l, s)
	l.work.Go(func() { p.run(ctx) })
	return s
}
