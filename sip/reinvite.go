package sip

import (
	"context"
	"reflect"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
	"partyline/sip/sdp"
)

// change is a re-INVITE without a final response.
type change struct {
	req *sipgo.Request
	tx  *sipgo.ServerTx
}

// onReinvite takes an INVITE within the dialog (RFC 3261 section 14.2). One
// that can't be agreed to leaves everything as it was.
func (d *dialog) onReinvite(req *sipgo.Request, tx *sipgo.ServerTx) {
	switch {
	case d.phase == leaving || d.phase == over:
		d.s.refuse(req, tx, refuse(sipgo.StatusCallTransactionDoesNotExists))
		return
	case d.updating && d.change == nil && d.waiting == nil:
		// The answer in an ACK is taking effect; that does not last.
		d.waiting = func() { d.onReinvite(req, tx) }
		return
	case d.phase == joining || d.updating:
		// "A UAS that receives a second INVITE before it sends the final
		// response to a first INVITE [...] MUST return a 500".
		d.s.refuse(req, tx, refuseLater())
		return
	case d.unacked != nil && d.unacked.offer != nil:
		// Our own offer has no answer yet (RFC 3264 section 4).
		d.s.refuse(req, tx, refuse(sipgo.StatusRequestPending))
		return
	}
	body, r := sessionDescription(req)
	if r != nil {
		d.s.refuse(req, tx, r)
		return
	}
	d.implicitACK()
	if body == nil {
		offer := d.media.Offer()
		d.answerReinvite(req, tx, offer, &offer)
		return
	}
	next, err := d.media.Answer(body)
	if err != nil {
		d.s.refuse(req, tx, refusalFor(err))
		return
	}
	c := &change{req, tx}
	d.change = c
	d.update(next, func(err error) { d.onUpdated(c, next, err) })
}

// onUpdated answers a re-INVITE once the bridge has followed it.
func (d *dialog) onUpdated(c *change, next sdp.Negotiation, err error) {
	if d.change != c {
		return // the call has ended meanwhile
	}
	d.change = nil
	if err != nil {
		// A 404 or 481 would end the dialog (RFC 5057 section 5.1).
		d.log().Error("sip: media update failed", "err", err)
		d.s.refuse(c.req, c.tx, refuseLater())
		return
	}
	d.answerReinvite(c.req, c.tx, next, nil)
}

// answerReinvite sends the 200. If the phone has cancelled, the media go back
// to what they were.
func (d *dialog) answerReinvite(req *sipgo.Request, tx *sipgo.ServerTx, next sdp.Negotiation, offer *sdp.Negotiation) {
	d.s.remember(req)
	u, err := d.accept(req, tx, newAnswer(req, d.contactURI(), next.Body()))
	if err != nil {
		old := d.media
		d.media = next
		d.update(old, func(error) { d.media = old })
		return
	}
	d.media = next
	d.refreshTarget(req)
	u.offer = offer
}

// implicitACK takes a new INVITE for the ACK of the last one: the phone would
// not send it without having seen our 200 (RFC 3261 section 14.1).
func (d *dialog) implicitACK() {
	u := d.unacked
	if u == nil {
		return
	}
	d.stopWaiting()
	d.s.onAcknowledged(d)
	if u.first {
		d.party.Acknowledge()
	}
}

// refreshTarget follows the phone to a new Contact (RFC 3261 section 12.2.2).
func (d *dialog) refreshTarget(req *sipgo.Request) {
	if c := req.Contact(); c != nil && isSIP(c.Address) && c.Address.Host != "" {
		d.target = requestURI(c.Address)
	}
}

// update puts the outcome of an offer/answer exchange into force, unless it
// changes nothing. Until then runs, no other may start.
func (d *dialog) update(next sdp.Negotiation, then func(error)) {
	params, party := next.Params(), d.party
	if sameMedia(params, d.media.Params()) {
		then(nil)
		return
	}
	d.updating = true
	d.do(func(ctx context.Context) error { return party.UpdateMedia(ctx, params) }, func(err error) {
		d.updating = false
		then(err)
		if next := d.waiting; next != nil {
			d.waiting = nil
			next()
		}
	})
}

func sameMedia(a, b bridge.MediaParams) bool { return reflect.DeepEqual(a, b) }
