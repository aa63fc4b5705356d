package sip

import (
	"time"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
	"partyline/sip/sdp"
)

// unacked is a 200 to an INVITE that has no ACK yet. RFC 3261 section
// 13.3.1.4: "The 2xx response is passed to the transport with an interval that
// starts at T1 seconds and doubles for each retransmission until it reaches T2
// seconds."
type unacked struct {
	first  bool // the INVITE that started the dialog
	seq    uint32
	tx     *sipgo.ServerTx
	res    *sipgo.Response
	offer  *sdp.Negotiation // what the 200 offers, nil when it answers
	since  time.Time
	wait   time.Duration
	repeat *time.Timer
}

// await has the 200 repeated until its ACK comes.
func (d *dialog) await(req *sipgo.Request, tx *sipgo.ServerTx, res *sipgo.Response) *unacked {
	u := &unacked{
		seq:   req.CSeq().SeqNo,
		tx:    tx,
		res:   res,
		since: time.Now(),
		wait:  timerT1,
	}
	d.accepted.Store(1<<32 | uint64(u.seq))
	u.repeat = time.AfterFunc(timerT1, func() { d.post(func() { d.onUnacked(u) }) })
	d.unacked = u
	return u
}

// stopWaiting waits for no ACK any more.
func (d *dialog) stopWaiting() {
	if d.unacked != nil {
		d.unacked.repeat.Stop()
		d.unacked = nil
	}
}

// onUnacked repeats the 200, or gives up: "If the server retransmits the 2xx
// response for 64*T1 seconds without receiving an ACK, the dialog is
// confirmed, but the session SHOULD be terminated. This is accomplished with a
// BYE".
func (d *dialog) onUnacked(u *unacked) {
	if d.unacked != u {
		return // it came as the timer fired
	}
	spent := time.Since(u.since)
	if spent >= timerH {
		d.stopWaiting()
		reason := bridge.NoACK
		if d.byeReason != nil {
			reason = *d.byeReason
		}
		d.leave(bridge.NoACK)
		d.bye(reason)
		return
	}
	u.tx.Respond(u.res)
	u.wait = min(2*u.wait, timerT2)
	u.repeat.Reset(min(u.wait, timerH-spent))
}

// onACK takes an ACK. One that fits no 200 is dropped.
func (d *dialog) onACK(req *sipgo.Request) {
	u := d.unacked
	if u == nil || req.CSeq().SeqNo != u.seq {
		return
	}
	d.stopWaiting()
	d.acknowledged(u)
	switch {
	case d.byeReason != nil:
		d.bye(*d.byeReason)
	case u.offer != nil:
		d.onLateAnswer(req, u)
	case u.first:
		d.party.Acknowledge()
	}
}

// acknowledged notes that the phone has seen a 200 of ours. With that the
// INVITE that started the dialog is over: its transaction would only keep it
// for half a minute to ignore its copies, and those the tables know.
func (d *dialog) acknowledged(u *unacked) {
	d.s.onAcknowledged(d)
	o := d.start
	if o == nil {
		return
	}
	d.start, d.done = nil, true
	o.link.Store(nil)
	o.tx.Terminate()
	// A timer of sipgo's holds both for the rest of the half minute.
	o.invite.MessageData = sipgo.MessageData{}
	u.res.MessageData = sipgo.MessageData{}
}

// onLateAnswer takes the answer in an ACK to the offer in our 200. Without a
// usable one there is no call.
func (d *dialog) onLateAnswer(ack *sipgo.Request, u *unacked) {
	next, err := lateAnswer(ack, u.offer)
	if err != nil {
		d.log().Info("sip: no usable answer in the ACK", "err", err)
		d.leave(bridge.SignallingFailed)
		d.bye(bridge.SignallingFailed)
		return
	}
	d.update(next, func(err error) {
		switch {
		case d.phase != answered:
		case err != nil:
			d.log().Error("sip: media update failed", "err", err)
			d.leave(bridge.SignallingFailed)
			d.bye(bridge.SignallingFailed)
		default:
			d.media = next
			if u.first {
				d.party.Acknowledge()
			}
		}
	})
}

func lateAnswer(ack *sipgo.Request, offer *sdp.Negotiation) (sdp.Negotiation, error) {
	body, r := sessionDescription(ack)
	if r != nil {
		return sdp.Negotiation{}, r
	}
	return offer.Accept(body)
}
