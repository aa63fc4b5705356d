package prompt

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

// defaultRate is the sampling rate of a request that names none, in Hz.
const defaultRate = 8000

// Options configure a Library. The zero Options are ready to use.
type Options struct {
	// Allow lists networks that may be fetched from although they are
	// loopback, private, link-local or otherwise special.
	Allow []netip.Prefix
	// TLS is the base of the client's TLS configuration: other roots, or
	// InsecureSkipVerify for those who insist. TLS 1.2 is the least. Nil is
	// the system's roots.
	TLS *tls.Config
	// Speaker speaks the text of Say. Nil looks for espeak-ng, then flite.
	Speaker Speaker
	// Log is told what servers do wrong. Nil discards.
	Log *slog.Logger

	dial     dialFunc      // for tests: instead of the guarded dialer
	resolver *net.Resolver // for tests: of the guarded dialer
}

// Library fetches, decodes and caches prompts for the whole process. It is
// safe for concurrent use.
type Library struct {
	log      *slog.Logger
	conns    *connections
	client   *http.Client
	speaker  Speaker       // nil when no engine is installed
	speaking chan struct{} // holds a token for each engine that runs
	slots    slots
	music    musicBox

	turns      *turns // of decoders whose readers wait
	background *turns // of decoders that are ahead of their readers

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup // every goroutine of the library and its sources

	keepLimit time.Duration // longer tracks do not keep their beginning

	mu      sync.Mutex
	entries map[string]*entry
	kept    int64 // samples of all tracks that are kept from their beginning
}

// New returns an empty library.
func New(opt Options) *Library {
	l := &Library{
		log: opt.Log, speaker: opt.Speaker,
		speaking:   make(chan struct{}, maxSpeaking()),
		turns:      newTurns(max(1, runtime.GOMAXPROCS(0)/2)),
		background: newTurns(1),
		keepLimit:  keepLimit,
		entries:    make(map[string]*entry),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.speaker == nil {
		l.speaker = findSpeaker(l.log)
	}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.conns = newConnections(l.ctx, opt.dialer())
	l.client = newClient(opt, l.conns.dial)
	return l
}

// Close stops every source and fetch and waits for their goroutines.
func (l *Library) Close() {
	l.stop()
	l.work.Wait()
	l.client.CloseIdleConnections()
	l.conns.close()
}

// Open returns a source for the request. It never blocks and never fails: what
// goes wrong is told by ReadFrame, Err and Request.Notify. The caller must call
// Stop when it no longer reads.
func (l *Library) Open(req Request) *Source {
	if req.Rate <= 0 {
		req.Rate = defaultRate
	}
	s := newSource(req)
	l.work.Go(newPlayer(l, s).run)
	return s
}
