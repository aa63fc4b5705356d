package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
)

// Options are what a Server is made of.
type Options struct {
	Bridge *bridge.Bridge
	Log    *slog.Logger // nil: silent
	Listen []Listener
	// Codecs may be spoken, in the bridge's order. Empty: sdp.DefaultCodecs.
	Codecs []bridge.Codec
	// OwnOrder picks the codec of a call by the order of Codecs, not the
	// caller's.
	OwnOrder bool
	// ComfortNoise agrees to comfort noise (RFC 3389) where it is offered.
	ComfortNoise bool
	// Advertise is the bridge's address as phones see it, for Contact and SDP.
	// The zero Addr means the address of the socket.
	Advertise netip.Addr
	// Account owns the conferences of calls whose rule names none.
	Account string
	// Rules decide who may join what; the first that matches wins. Without
	// rules everybody may join any conference of Account.
	Rules []Rule
	// MaxCalls bounds the calls at a time. 0: 10,000.
	MaxCalls int
	// MaxUnacknowledged bounds the calls of one source address that it has not
	// acknowledged. A forger who never sees our 200 gets no further than this.
	// 0: 1,000.
	MaxUnacknowledged int
	// RatePerSource bounds the requests outside of dialogs per second and
	// source address, with bursts of twice as many, and those within dialogs
	// to four times that. 0: 2,000, for a trunk is one source.
	RatePerSource int

	// MaxTransactions bounds the requests at a time that something is kept of,
	// for half a minute after the answer mostly. Beyond it only those about
	// calls that are here are served, however many sources there are. 0: 30,000.
	MaxTransactions int64

	host     host          // for tests, in place of Bridge
	resolver *net.Resolver // for tests, in place of the system's
}

// Server is the SIP front end.
type Server struct {
	opt     Options
	log     *slog.Logger
	host    host
	policy  *policy
	secret  []byte    // keys the To tags
	taggers sync.Pool // of *tagger
	// What a source may send, requests outside of dialogs and the others, and
	// what refusals without a transaction it gets.
	limit, limitInside, limitReplies *limiter
	logLimit                         *rate.Limiter // of lines about refused calls

	tp        *sipgo.TransportLayer
	tx        *sipgo.TransactionLayer
	listeners []*listener
	count     counters
	kept      atomic.Int64 // transactions that are not over

	draining atomic.Bool
	stopped  atomic.Bool
	ctx      context.Context // ends with the server
	cancel   context.CancelFunc

	mu      sync.Mutex
	dialogs map[dialogID]*dialog
	invites map[inviteID]*dialog // calls by the INVITE that started them
	fresh   map[netip.Addr]int   // unacknowledged calls by source
	past    afterlife
	idle    chan struct{} // closed when the last dialog goes, nil: nobody waits
}

func init() {
	// sipgo refuses to send a datagram of more than UDPMTUSize-200 bytes, and
	// a 200 that repeats several Via and Record-Route headers is longer.
	sipgo.UDPMTUSize = 65_535
	// How long a transaction stays after a 200 to an INVITE (RFC 6026 section
	// 7.1). Here the dialog repeats the 200 and afterlife knows copies of the
	// INVITE; sipgo would keep both messages of every call for half a minute.
	sipgo.Timer_L = 0
	// Its log lines quote what attackers send, at level error.
	sipgo.SetDefaultLogger(slog.New(slog.DiscardHandler))
}

// New opens the listeners. It returns an error for a rule or an address that
// can't be used. The server answers once Serve runs.
func New(o Options) (*Server, error) {
	policy, err := compile(o.Rules, o.Account)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opt:     o,
		log:     o.Log,
		host:    o.host,
		policy:  policy,
		secret:  make([]byte, 32),
		dialogs: make(map[dialogID]*dialog),
		invites: make(map[inviteID]*dialog),
		fresh:   make(map[netip.Addr]int),
		past:    newAfterlife(),
	}
	rand.Read(s.secret)
	s.taggers.New = func() any { return newTagger(s.secret) }
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.host == nil {
		s.host = bridgeHost{o.Bridge}
	}
	s.opt.MaxCalls = defaultTo(o.MaxCalls, 10_000)
	s.opt.MaxTransactions = defaultTo(o.MaxTransactions, 30_000)
	s.opt.MaxUnacknowledged = defaultTo(o.MaxUnacknowledged, 1000)
	perSource := defaultTo(o.RatePerSource, 2000)
	s.limit = newLimiter(perSource, 2*perSource)
	s.limitInside = newLimiter(4*perSource, 8*perSource)
	s.limitReplies = newLimiter(perSource, 8*perSource)
	s.logLimit = rate.NewLimiter(20, 200)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.open(); err != nil {
		s.Close()
		return nil, err
	}
	s.layers()
	return s, nil
}

func defaultTo[T int | int64](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// open opens all listeners.
func (s *Server) open() error {
	for _, spec := range s.opt.Listen {
		l, err := s.openListener(spec)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	if len(s.listeners) == 0 {
		return errors.New("sip: no listener")
	}
	return nil
}

// layers stacks sipgo's layers. arrive is registered before the transaction
// layer, so it sees every message first.
func (s *Server) layers() {
	quiet := slog.New(slog.DiscardHandler)
	resolver := s.opt.resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	s.tp = sipgo.NewTransportLayer(resolver, sipgo.NewParser(), nil,
		sipgo.WithTransportLayerLogger(quiet))
	s.tp.OnMessage(s.arrive)
	s.tx = sipgo.NewTransactionLayer(s.tp,
		sipgo.WithTransactionLayerLogger(quiet),
		sipgo.WithTransactionLayerUnhandledResponseHandler(func(*sipgo.Response) {}))
	s.tx.OnRequest(s.onRequest)
}

// Addrs lists the addresses that are served, as "udp:HOST:PORT".
func (s *Server) Addrs() []string {
	var out []string
	for _, l := range s.listeners {
		out = append(out, l.transport+":"+l.addr.String())
	}
	return out
}

// Serve answers until ctx ends, Close is called, or a listener fails, and
// returns when nothing of the server runs any more. Only the last of these is
// an error.
func (s *Server) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.Close() })()
	var readers sync.WaitGroup
	errs := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		readers.Go(func() {
			errs <- s.supervise(l)
			s.Close()
		})
	}
	readers.Wait()
	close(errs)
	s.wait(context.Background())
	s.tx.Close()
	err := s.tp.Close()
	for e := range errs {
		err = errors.Join(err, e)
	}
	return err
}

// Drain refuses new calls with 503 from now on; calls in progress go on.
func (s *Server) Drain() { s.draining.Store(true) }

func (s *Server) drained() bool { return s.draining.Load() || s.host.Draining() }

// Shutdown drains, hangs up every call that is left, waits until their BYEs
// are answered or ctx ends, and closes the server.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	for _, d := range s.all() {
		d.shutDown()
	}
	err := s.wait(ctx)
	s.Close()
	return err
}

// wait waits until there is no dialog.
func (s *Server) wait(ctx context.Context) error {
	s.mu.Lock()
	if len(s.dialogs) == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) all() []*dialog {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*dialog, 0, len(s.dialogs))
	for _, d := range s.dialogs {
		out = append(out, d)
	}
	return out
}

// Close stops at once: sockets close and calls end without a BYE.
func (s *Server) Close() error {
	if s.stopped.Swap(true) {
		return nil
	}
	s.cancel()
	var err error
	for _, l := range s.listeners {
		err = errors.Join(err, l.close())
	}
	for _, d := range s.all() {
		d.post(d.onClose)
	}
	return err
}

// onRequest takes every request that starts a transaction and every ACK that
// belongs to none. sipgo calls it on a goroutine of its own.
func (s *Server) onRequest(req *sipgo.Request, tx *sipgo.ServerTx) {
	defer s.rescue(req, tx)
	s.count.requests.Add(1)
	s.track(tx)
	initial := !req.IsAck() && s.isInitial(req)
	switch {
	case req.IsAck(): // arrive took it to its dialog; nobody answers an ACK
		tx.Terminate()
		return
	case req.IsCancel(): // the ones that matter went to their transaction
		if s.isOver(req) || s.isInitial(req) && s.isCopy(req) {
			respond(tx, newResponse(req, sipgo.StatusOK)) // the call was answered
			return
		}
		s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
		return
	}
	if r := validate(req, initial); r != nil {
		s.refuse(req, tx, r)
		return
	}
	switch {
	case !initial:
		s.onInDialog(req, tx)
	case req.IsInvite():
		s.onInvite(req, tx)
	case req.Method == sipgo.OPTIONS:
		s.refuse(req, tx, s.options(req))
	default:
		s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
	}
}

// rescue turns a panic in a handler into a 500.
func (s *Server) rescue(req *sipgo.Request, tx *sipgo.ServerTx) {
	if p := recover(); p != nil {
		s.panicked(string(req.Method), p)
		respond(tx, newResponse(req, sipgo.StatusInternalServerError))
	}
}

func (s *Server) panicked(where string, p any) {
	s.count.panics.Add(1)
	s.log.Error("sip: panic", "in", where, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// onInDialog takes a request to its dialog (RFC 3261 section 12.2.2).
func (s *Server) onInDialog(req *sipgo.Request, tx *sipgo.ServerTx) {
	if s.isOver(req) {
		if req.Method == sipgo.BYE {
			respond(tx, newResponse(req, sipgo.StatusOK))
		}
		tx.Terminate()
		return
	}
	if d := s.find(req); d != nil {
		d.deliver(req, tx)
		return
	}
	s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
}

// answerBye answers a BYE and lets go of its transaction.
func (s *Server) answerBye(req *sipgo.Request, tx *sipgo.ServerTx) {
	s.remember(req)
	respond(tx, newResponse(req, sipgo.StatusOK))
	tx.Terminate()
}

// remember has isOver know copies of a request.
func (s *Server) remember(req *sipgo.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past.add(s.tagFor(req), time.Now())
}

// isOver reports a copy of a request that was remembered, or the CANCEL of one.
func (s *Server) isOver(req *sipgo.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.past.has(s.tagFor(req), time.Now())
}

// capabilities are the headers that tell what the bridge can do.
func capabilities() []sipgo.Header {
	return []sipgo.Header{
		sipgo.NewHeader("Allow", allow),
		sipgo.NewHeader("Accept", sdpType),
		sipgo.NewHeader("Accept-Encoding", "identity"),
		sipgo.NewHeader("Supported", ""),
	}
}
