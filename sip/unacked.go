package sip

import (
	"errors"
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
	conn   sipgo.Connection // by which the 200 goes
	res    *sipgo.Response
	offer  *sdp.Negotiation // what the 200 offers, nil when it answers
	since  time.Time
	wait   time.Duration
	repeat *time.Timer
}

// accept answers an INVITE with a 200, and has that repeated until its ACK
// comes. It returns sipgo.ErrTransactionCanceled, and nothing has been sent but
// the 487, when a CANCEL was faster; of other errors the repetition takes care.
//
// With the 200 the transaction is over (see init): all it could do for half a
// minute is to hold its messages and to ignore copies of the INVITE, and those
// the tables know.
func (d *dialog) accept(req *sipgo.Request, tx *sipgo.ServerTx, res *sipgo.Response) (*unacked, error) {
	if err := tx.Respond(res); errors.Is(err, sipgo.ErrTransactionCanceled) {
		return nil, err
	}
	tx.Terminate()
	u := &unacked{
		seq:   req.CSeq().SeqNo,
		conn:  tx.Connection(),
		res:   res,
		since: time.Now(),
		wait:  timerT1,
	}
	d.accepted.Store(1<<32 | uint64(u.seq))
	u.repeat = time.AfterFunc(timerT1, func() { d.post(func() { d.onUnacked(u) }) })
	d.unacked = u
	return u, nil
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
	_ = u.conn.WriteMsg(u.res) // it is repeated anyway
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
	d.s.onAcknowledged(d)
	switch {
	case d.byeReason != nil:
		d.bye(*d.byeReason)
	case u.offer != nil:
		d.onLateAnswer(req, u)
	case u.first:
		d.party.Acknowledge()
	}
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
