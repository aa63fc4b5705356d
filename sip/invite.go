package sip

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
	"partyline/sip/sdp"
)

// onInvite takes an INVITE that wants to start a dialog.
func (s *Server) onInvite(req *sipgo.Request, tx *sipgo.ServerTx) {
	if s.isCopy(req) {
		tx.Terminate()
		return
	}
	if s.drained() {
		s.refuse(req, tx, refuseBusy())
		return
	}
	place, r := s.policy.admit(callerOf(req))
	if r != nil {
		s.refuse(req, tx, r)
		return
	}
	offer, r := sessionDescription(req)
	if r != nil {
		s.refuse(req, tx, r)
		return
	}
	d := s.newDialog(req, tx)
	if r := s.register(d); r != nil {
		if r.code == 0 { // the same INVITE again, its transaction long gone
			tx.Terminate()
			return
		}
		s.refuse(req, tx, r)
		return
	}
	// sipgo keeps a refused transaction, and with it this function, for half a
	// minute after the call: it must not hold the dialog and its leg.
	link := d.start.link
	cancelled := func(*sipgo.Request) {
		if d := link.Load(); d != nil {
			d.post(d.onCancel)
		}
	}
	if !tx.OnCancel(cancelled) {
		s.forget(d)
		return // cancelled already, and answered with 487
	}
	d.take(func() { d.join(place, offer) })
}

// newDialog makes the dialog of an INVITE (RFC 3261 section 12.1.1).
func (s *Server) newDialog(req *sipgo.Request, tx *sipgo.ServerTx) *dialog {
	l := s.listenerFor(tx)
	caller, _ := netip.ParseAddrPort(req.Source())
	d := &dialog{
		s:         s,
		id:        dialogID{req.CallID().Value(), toTag(req), fromTag(req)},
		contact:   s.hostFor(l.addr.Addr(), req.Source()),
		listener:  l,
		caller:    caller.Addr().Unmap(),
		start:     &opening{invite: req, tx: tx, link: new(atomic.Pointer[dialog])},
		seq:       req.CSeq().SeqNo,
		remoteSeq: req.CSeq().SeqNo,
		localSeq:  rand.Uint32N(1 << 16),
		target:    requestURI(req.Contact().Address),
		routes:    recordRoutes(req),
		source:    req.Source(),
	}
	d.start.link.Store(d)
	d.from, d.to = reversed(req)
	return d
}

// reversed are From and To of our requests in the dialog that req starts.
func reversed(req *sipgo.Request) (from, to string) {
	peer := req.From().AsTo()
	if peer.Params.GetOr("tag", "") == "" {
		peer.Params.Remove("tag") // a caller of RFC 2543
	}
	return req.To().Value(), peer.Value()
}

// contactURI is our Contact in the dialog.
func (d *dialog) contactURI() sipgo.Uri { return d.listener.contact(d.contact) }

// inviteID is that of the INVITE that started the dialog.
func (d *dialog) inviteID() inviteID { return inviteID{d.id.callID, d.id.remote, d.seq} }

func inviteIDOf(req *sipgo.Request) inviteID {
	return inviteID{req.CallID().Value(), fromTag(req), req.CSeq().SeqNo}
}

// register enters a dialog into the tables. An INVITE that is there already
// came twice on different paths: RFC 3261 section 8.2.2.2, "the UAS core
// SHOULD generate a 482 (Loop Detected) response". A refusal without a code
// means a late retransmission, to be ignored.
func (s *Server) register(d *dialog) *refusal {
	key := d.inviteID()
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.invites[key]; old != nil {
		if old.id == d.id {
			return &refusal{}
		}
		return refuse(sipgo.StatusLoopDetected)
	}
	if len(s.dialogs) >= s.opt.MaxCalls || s.fresh[d.caller] >= s.opt.MaxUnacknowledged || s.stopped.Load() {
		return refuseBusy()
	}
	if s.past.has(d.id.local, time.Now()) {
		return &refusal{}
	}
	s.fresh[d.caller]++
	d.fresh = true
	s.invites[key] = d
	s.dialogs[d.id] = d
	s.count.calls.Add(1)
	return nil
}

// forget removes a dialog from the tables.
func (s *Server) forget(d *dialog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dialogs[d.id] != d {
		return
	}
	s.acknowledged(d)
	if d.start == nil {
		s.past.add(d.id.local, time.Now())
	}
	delete(s.dialogs, d.id)
	delete(s.invites, d.inviteID())
	s.count.calls.Add(-1)
	if len(s.dialogs) == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// onAcknowledged notes that the caller has seen our 200.
func (s *Server) onAcknowledged(d *dialog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledged(d)
}

// acknowledged needs s.mu.
func (s *Server) acknowledged(d *dialog) {
	if !d.fresh {
		return
	}
	d.fresh = false
	if s.fresh[d.caller]--; s.fresh[d.caller] == 0 {
		delete(s.fresh, d.caller)
	}
}

// find returns the dialog that a request belongs to, nil for none.
func (s *Server) find(req *sipgo.Request) *dialog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialogs[dialogID{req.CallID().Value(), toTag(req), fromTag(req)}]
}

// isCopy reports a late copy of an INVITE, or a CANCEL of one, whose transaction
// is over because its call was answered.
func (s *Server) isCopy(req *sipgo.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.dialogs[dialogID{req.CallID().Value(), toTag(req), fromTag(req)}]
	return d != nil || s.past.has(toTag(req), time.Now())
}

// join agrees on media and takes the place in the conference.
func (d *dialog) join(place admission, offer []byte) {
	l, next, err := d.openMedia(offer)
	if err != nil {
		d.refuseInvite(refusalFor(err))
		return
	}
	request := bridge.JoinRequest{
		Account:    place.account,
		Conference: place.conference,
		From:       addressOf(&d.start.invite.From().Address),
		To:         addressOf(&d.start.invite.Recipient),
		SIPCallID:  d.id.callID,
		Direction:  "inbound",
		Options:    place.options,
		Media:      next.Params(),
		Call:       d,
	}
	var party participant
	d.do(func(ctx context.Context) (err error) {
		party, err = l.Join(ctx, request)
		return err
	}, func(err error) { d.onJoined(party, next, offer == nil, err) })
}

// openMedia reserves a leg and works out what to say in the 200: an answer, or
// an offer if the INVITE had none.
func (d *dialog) openMedia(offer []byte) (leg, sdp.Negotiation, error) {
	l, err := d.s.host.OpenLeg()
	if err != nil {
		return nil, sdp.Negotiation{}, err
	}
	addr := l.LocalAddr()
	n := sdp.New(netip.AddrPortFrom(d.s.hostFor(addr.Addr(), d.source), addr.Port()), d.s.mediaPolicy(d.listener))
	if offer == nil {
		return l, n.Offer(), nil
	}
	n, err = n.Answer(offer)
	if err != nil {
		l.Close()
		return nil, n, err
	}
	return l, n, nil
}

// mediaPolicy is what calls that come in on l may agree to.
func (s *Server) mediaPolicy(l *listener) sdp.Policy {
	return sdp.Policy{
		Codecs:       s.opt.Codecs,
		OwnOrder:     s.opt.OwnOrder,
		ComfortNoise: s.opt.ComfortNoise,
		SRTP:         l.srtp,
	}
}

func (d *dialog) refuseInvite(r *refusal) {
	d.s.refuse(d.start.invite, d.start.tx, r)
	d.finish()
}

// onJoined answers the INVITE.
func (d *dialog) onJoined(party participant, next sdp.Negotiation, late bool, err error) {
	if err == nil {
		d.party = party
	}
	switch {
	case d.phase != joining: // cancelled, or hung up meanwhile
		d.leave(bridge.HungUp)
		return
	case err != nil:
		d.log().Info("sip: join refused", "err", err)
		d.refuseInvite(refusalFor(err))
		return
	}
	o := d.start
	u, err := d.accept(o.invite, o.tx, newAnswer(o.invite, d.contactURI(), next.Body()))
	if err != nil {
		d.leave(bridge.HungUp)
		d.finish()
		return
	}
	o.link.Store(nil)
	d.start = nil
	d.s.count.answered.Add(1)
	d.phase = answered
	d.media = next
	u.first = true
	if late {
		u.offer = &next
	}
}

// onCancel gives the place up. sipgo has answered the CANCEL and the INVITE,
// unless the 200 was out first; then it means nothing (RFC 3261 section 9.2).
func (d *dialog) onCancel() {
	if d.phase == joining {
		d.finish()
	}
}
