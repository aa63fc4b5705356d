package media

import (
	"math/bits"

	"partyline/media/near"
)

// A leg is approached in two steps, while other legs have their turn: its own
// fields two legs ahead, and one leg ahead, when they can be read, what they
// point to. Neither changes anything.

// ApproachFar asks for the leg's fields that Receive and ReadFrame need.
func (l *Leg) ApproachFar() {
	near.Span(&l.rtp, &l.rx)
	near.Span(&l.rx.source.signalled, &l.rx.play.jitterBuffer.transit.ring)
	near.Span(&l.stats.Tx.Packets, &l.stats.Rx.Bytes)
}

// ApproachSocket asks for what Ask needs.
func (l *Leg) ApproachSocket() { approach(l.rtp) }

// ApproachNear asks for the places of the packet to come and of the one to be
// played.
func (l *Leg) ApproachNear() {
	j := &l.rx.play.jitterBuffer
	near.Fetch(j.slot(j.first), 1)
	near.Fetch(j.slot(j.hi.Add(1)), 1)
	if a := &j.arena; a.used != 1<<arenaChunks-1 && a.buf != nil {
		near.Fetch(&a.buf[bits.TrailingZeros64(^a.used)*a.chunk], frameSamples)
	}
}

// ApproachSendingFar asks for the leg's fields that WriteFrame needs.
func (l *Leg) ApproachSendingFar() {
	near.Span(&l.rtp, &l.rx)
	near.Fetch(&l.rx.source.signalled, near.Line)
	near.Span(&l.tx, &l.tx.digits.queue)
	near.Span(&l.stats.Tx.Packets, &l.stats.Rx.Bytes)
}

// ApproachSendingNear asks for the socket and the room of a packet.
func (l *Leg) ApproachSendingNear() {
	approach(l.rtp)
	near.Fetch(&l.tx.buf[0], headerSize+frameSamples)
}
