package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
	"partyline/sip/sdp"
)

// dialogID identifies a dialog at the bridge (RFC 3261 section 12).
type dialogID struct{ callID, local, remote string }

// inviteID identifies an INVITE whichever way it came (RFC 3261 section
// 8.2.2.2).
type inviteID struct {
	callID, from string
	seq          uint32
}

// phase is where a dialog stands.
//
//	joining ──200──► answered ──our BYE──► leaving ──200 or time-out──► over
//	   │                 └────────────── BYE from the phone ────────────►┘
//	   └── CANCEL, refusal ───────────────────────────────────────────► over
type phase uint8

const (
	joining  phase = iota // the INVITE has no final response
	answered              // the 200 is out, acknowledged or not
	leaving               // our BYE is out
	over
)

// dialog is one call: an actor that works off its events one after the other.
// Its fields from phase on belong to them; start is the first.
type dialog struct {
	s  *Server
	id dialogID

	listener *listener  // our requests leave by it
	contact  netip.Addr // of the bridge, as the phone reaches it
	caller   netip.Addr // where the INVITE came from
	fresh    bool       // not acknowledged yet; guarded by s.mu

	events   mailbox
	hung     atomic.Bool   // Hangup was called
	accepted atomic.Uint64 // CSeq of the last INVITE with a 200, plus 1<<32; 0: none

	phase     phase
	jobs      int // running helper goroutines
	ctx       context.Context
	cancel    context.CancelFunc // of ctx; both nil while no helper runs
	start     *opening           // nil once the 200 is out
	seq       uint32             // CSeq of the INVITE that started it
	party     participant        // nil until joined
	left      bool               // party knows that it has left
	updating  bool               // the bridge is changing the leg
	media     sdp.Negotiation
	unacked   *unacked    // the 200 that waits for its ACK
	change    *change     // the re-INVITE that is being worked on
	waiting   func()      // a re-INVITE to take up after that
	remoteSeq uint32      // CSeq of the phone's last request
	localSeq  uint32      // CSeq of our last request
	from, to  string      // the headers of our requests
	target    *sipgo.Uri  // remote target
	routes    []sipgo.Uri // route set
	source    string      // where the phone's last request came from
	byeReason *bridge.LeaveReason
}

// opening is what a dialog needs until it has answered.
type opening struct {
	invite *sipgo.Request
	tx     *sipgo.ServerTx
	link   *atomic.Pointer[dialog] // by which the transaction knows the dialog
}

// Hangup implements bridge.Call.
func (d *dialog) Hangup(reason bridge.LeaveReason) {
	if !d.hung.Swap(true) {
		d.post(func() { d.onHangup(reason) })
	}
}

// shutDown hangs up without having been asked to by the bridge.
func (d *dialog) shutDown() {
	d.post(func() { d.leave(bridge.Shutdown) })
	d.Hangup(bridge.Shutdown)
}

// post queues an event that must not get lost. It reports false when the
// dialog is over.
func (d *dialog) post(event func()) bool { return d.queue(event, 0) }

// offer queues an event that the phone causes. It reports false, and the event
// is lost, when the dialog is over or overrun.
func (d *dialog) offer(event func()) bool { return d.queue(event, maxInbox) }

func (d *dialog) queue(event func(), limit int) bool {
	ok, begin := d.events.put(event, limit)
	if begin {
		go d.work()
	}
	return ok
}

// take is offer for a goroutine that has nothing else to do, as sipgo's of a
// request: it works for the dialog if none does.
func (d *dialog) take(event func()) bool {
	ok, begin := d.events.put(event, maxInbox)
	if begin {
		d.work()
	}
	return ok
}

// deliver queues a request other than ACK and CANCEL.
func (d *dialog) deliver(req *sipgo.Request, tx *sipgo.ServerTx) {
	switch {
	case d.take(func() { d.onRequest(req, tx) }):
	case d.events.isClosed():
		d.s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
	default:
		d.s.refuse(req, tx, refuseLater())
	}
}

// work takes the events that there are.
func (d *dialog) work() {
	for event := d.events.take(); event != nil; event = d.events.take() {
		d.guard(event)
		if d.phase == over && d.jobs == 0 {
			d.end()
		}
	}
}

// log is where the dialog writes.
func (d *dialog) log() *slog.Logger { return d.s.log.With("call_id", d.id.callID) }

// guard runs one event. A panic costs the call, not the program.
func (d *dialog) guard(event func()) {
	defer func() {
		if p := recover(); p != nil {
			d.s.panicked("dialog", p)
			d.leave(bridge.SignallingFailed)
			d.finish()
		}
	}()
	event()
}

// do runs work on a helper goroutine, and then on this dialog's. work ends
// early when the call does.
func (d *dialog) do(work func(context.Context) error, then func(error)) {
	if d.jobs == 0 {
		d.ctx, d.cancel = context.WithCancel(d.s.ctx)
	}
	d.jobs++
	ctx := d.ctx
	go func() {
		err := d.guarded(ctx, work)
		d.post(func() { d.finished(); then(err) })
	}()
}

// finished notes that a helper has gone.
func (d *dialog) finished() {
	if d.jobs--; d.jobs == 0 {
		d.cancel()
		d.ctx, d.cancel = nil, nil
	}
}

func (d *dialog) guarded(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			d.s.panicked("dialog", p)
			err = fmt.Errorf("sip: panic: %v", p)
		}
	}()
	return work(ctx)
}

// finish makes this the dialog's last event, but for what its helpers still
// have to say.
func (d *dialog) finish() {
	d.phase = over
	d.stopWaiting()
	if d.cancel != nil {
		d.cancel()
	}
}

// end leaves the tables. What came too late is still worked off, and answered.
func (d *dialog) end() {
	if d.events.isClosed() {
		return
	}
	d.s.forget(d)
	if o := d.start; o != nil {
		o.link.Store(nil)
	}
	d.events.close()
}

// onClose ends the call without a word, because the server has closed.
func (d *dialog) onClose() {
	d.leave(bridge.Shutdown)
	d.finish()
}

// leave tells the bridge that the participant is gone, once.
func (d *dialog) leave(reason bridge.LeaveReason) {
	if d.party != nil && !d.left {
		d.left = true
		d.party.Leave(reason)
	}
}

// onRequest takes the requests of this dialog, one after the other.
func (d *dialog) onRequest(req *sipgo.Request, tx *sipgo.ServerTx) {
	defer d.s.rescue(req, tx)
	if d.phase == over || d.phase == leaving && req.Method != sipgo.BYE {
		d.s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
		return
	}
	// RFC 3261 section 12.2.2: "If the remote sequence number was not empty,
	// but the sequence number of the request is lower than the remote sequence
	// number, the request is out of order and MUST be rejected with a 500".
	if seq := req.CSeq().SeqNo; seq <= d.remoteSeq {
		d.s.refuse(req, tx, refuse(sipgo.StatusInternalServerError))
		return
	}
	d.remoteSeq = req.CSeq().SeqNo
	d.source = req.Source()
	switch req.Method {
	case sipgo.BYE:
		d.onBye(req, tx)
	case sipgo.INVITE:
		d.onReinvite(req, tx)
	case sipgo.INFO:
		d.onInfo(req, tx)
	default: // validate lets nothing else through but OPTIONS
		respond(tx, newResponse(req, sipgo.StatusOK, capabilities()...))
	}
}

// onBye ends the call from the phone's side. RFC 3261 section 15.1.2: "The UAS
// MUST still respond to any pending requests received for that dialog. It is
// RECOMMENDED that a 487 (Request Terminated) response be generated".
func (d *dialog) onBye(req *sipgo.Request, tx *sipgo.ServerTx) {
	d.s.answerBye(req, tx)
	terminated := refuse(sipgo.StatusRequestTerminated)
	if d.phase == joining {
		d.s.refuse(d.start.invite, d.start.tx, terminated)
	}
	if d.change != nil {
		d.s.refuse(d.change.req, d.change.tx, terminated)
		d.change = nil
	}
	d.leave(bridge.HungUp)
	d.finish()
}

// onHangup ends the call from the bridge's side.
func (d *dialog) onHangup(reason bridge.LeaveReason) {
	switch {
	case d.phase == joining:
		d.s.refuse(d.start.invite, d.start.tx, refusalForHangup(reason))
		d.finish()
	case d.phase == answered:
		d.left = true
		d.bye(reason)
	}
}

// bye hangs up. RFC 3261 section 15: "the callee's UA MUST NOT send a BYE on a
// confirmed dialog until it has received an ACK for its 2xx response or until
// the server transaction times out."
func (d *dialog) bye(reason bridge.LeaveReason) {
	if d.unacked != nil && d.unacked.first {
		d.byeReason = &reason
		return
	}
	if d.change != nil {
		d.s.refuse(d.change.req, d.change.tx, refuse(sipgo.StatusRequestTerminated))
		d.change = nil
	}
	d.phase = leaving
	d.stopWaiting()
	req := d.newRequest(sipgo.BYE, reasonHeader(reason))
	source := d.source
	d.do(func(ctx context.Context) error { return d.s.transact(ctx, req, source) }, func(err error) {
		if err != nil {
			d.log().Info("sip: BYE not answered", "err", err)
		}
		d.finish()
	})
}

// T1 and T2 of RFC 3261 section 17.1.1.1, and the time a 200 is repeated for.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
	timerH  = 64 * timerT1
)
