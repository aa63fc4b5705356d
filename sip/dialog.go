package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
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

// maxInbox bounds the events that wait for a dialog.
const maxInbox = 32

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

// dialog is one call. Its fields from ctx on belong to its goroutine, run.
type dialog struct {
	s   *Server
	log *slog.Logger
	id  dialogID

	contact  sipgo.Uri  // our address in this dialog
	listener *listener  // our requests leave by it
	caller   netip.Addr // where the INVITE came from
	fresh    bool       // not acknowledged yet; guarded by s.mu

	mu     sync.Mutex
	closed bool // nobody reads inbox any more
	inbox  chan func()

	hang       sync.Once
	hangup     chan struct{} // closed by Hangup
	hangReason bridge.LeaveReason

	ctx    context.Context // ends with the call
	cancel context.CancelFunc

	jobs int         // running helper goroutines
	done chan func() // what is left to do when one of them has finished

	phase     phase
	invite    *sipgo.Request  // the INVITE that started it
	inviteTx  *sipgo.ServerTx // its transaction
	broken    bool            // inviteTx could not send and must be let go of
	cancelled chan struct{}   // closed when the INVITE is cancelled
	start     func()          // its first event
	party     participant     // nil until joined
	left      bool            // party knows that it has left
	media     sdp.Negotiation
	unacked   *unacked  // the 200 that waits for its ACK
	change    *change   // the re-INVITE that is being worked on
	updating  bool      // the bridge is changing the leg
	waiting   func()    // a re-INVITE to take up after that
	remoteSeq uint32    // CSeq of the phone's last request
	localSeq  uint32    // CSeq of our last request
	target    sipgo.Uri // remote target
	routes    []sipgo.Uri
	source    string // where the phone's last request came from
	byeReason *bridge.LeaveReason
}

// Hangup implements bridge.Call.
func (d *dialog) Hangup(reason bridge.LeaveReason) {
	d.hang.Do(func() {
		d.hangReason = reason
		close(d.hangup)
	})
}

// shutDown hangs up without having been asked to by the bridge.
func (d *dialog) shutDown() {
	d.post(func() { d.leave(bridge.Shutdown) })
	d.Hangup(bridge.Shutdown)
}

// post queues an event. It reports false, and the event is lost, when the
// dialog is over or overrun.
func (d *dialog) post(event func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	select {
	case d.inbox <- event:
		return true
	default:
		return false
	}
}

// deliver queues a request other than ACK and CANCEL.
func (d *dialog) deliver(req *sipgo.Request, tx *sipgo.ServerTx) {
	if d.post(func() { d.onRequest(req, tx) }) {
		return
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		d.s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
		return
	}
	d.s.refuse(req, tx, refuseLater())
}

// run is the dialog's goroutine.
func (d *dialog) run() {
	d.ctx, d.cancel = context.WithCancel(d.s.ctx)
	defer d.end()
	d.guard(d.start)
	hangup, cancelled, closing := d.hangup, d.cancelled, d.s.ctx.Done()
	for d.phase != over || d.jobs > 0 {
		select {
		case event := <-d.inbox:
			d.guard(event)
		case next := <-d.done:
			d.jobs--
			d.guard(next)
		case <-d.inviteTx.Acks(): // arrive has seen them
		case <-d.unacked.timer():
			d.guard(d.onUnacked)
		case <-cancelled:
			cancelled = nil
			d.guard(d.onCancel)
		case <-hangup:
			hangup = nil
			d.guard(d.onHangup)
		case <-closing:
			closing = nil
			d.leave(bridge.Shutdown)
			d.finish()
		}
	}
}

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
	d.jobs++
	go func() {
		err := d.guarded(work)
		d.done <- func() { then(err) }
	}()
}

func (d *dialog) guarded(work func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			d.s.panicked("dialog", p)
			err = fmt.Errorf("sip: panic: %v", p)
		}
	}()
	return work(d.ctx)
}

// finish makes this the dialog's last event.
func (d *dialog) finish() {
	d.phase = over
	d.unacked = nil
	d.cancel()
}

// end leaves the tables and answers what came too late.
func (d *dialog) end() {
	d.cancel()
	d.s.forget(d)
	if d.broken {
		d.inviteTx.Terminate()
	}
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	for {
		select {
		case event := <-d.inbox:
			d.guard(event)
		default:
			return
		}
	}
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
	respond(tx, newResponse(req, sipgo.StatusOK))
	terminated := refuse(sipgo.StatusRequestTerminated)
	if d.phase == joining {
		d.s.refuse(d.invite, d.inviteTx, terminated)
	}
	if d.change != nil {
		d.s.refuse(d.change.req, d.change.tx, terminated)
		d.change = nil
	}
	d.leave(bridge.HungUp)
	d.finish()
}

// onHangup ends the call from the bridge's side.
func (d *dialog) onHangup() {
	switch {
	case d.phase == joining:
		d.s.refuse(d.invite, d.inviteTx, refusalForHangup(d.hangReason))
		d.finish()
	case d.phase == answered:
		d.left = true
		d.bye(d.hangReason)
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
	d.unacked = nil
	req := d.newRequest(sipgo.BYE, reasonHeader(reason))
	source := d.source
	d.do(func(ctx context.Context) error { return d.s.transact(ctx, req, source) }, func(err error) {
		if err != nil {
			d.log.Info("sip: BYE not answered", "err", err)
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
