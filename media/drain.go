package media

import "time"

const (
	// drainLimit bounds the datagrams one tick takes from one socket, so that a
	// flood costs its victim's clock a bounded time.
	drainLimit = 256
	// rtcpPoll is how often, in ticks, the RTCP socket is looked at: its
	// datagrams carry their arrival time and are in no hurry.
	rtcpPoll = 16
)

// Receive drains the sockets into the jitter buffer, one datagram at a time
// through d, which any number of legs of a goroutine share. It is Ask and Take.
func (l *Leg) Receive(now time.Time, d *Datagram) { l.Take(d, l.Ask(now, d)) }

// Ask fetches into d the first datagram that waits, and reports whether one did.
// Who has many legs asks for several before the first of them takes what came,
// each in a Datagram of its own: the kernel's code, and then ours, so stays in
// the caches for all of them.
func (l *Leg) Ask(now time.Time, d *Datagram) (came bool) {
	l.now, d.Now = now, now
	l.hold()
	return l.rtp.Recv(d) == nil
}

// Take puts what Ask fetched into the jitter buffer, and what else waits.
func (l *Leg) Take(d *Datagram, came bool) {
	for n := 1; came && n <= drainLimit; n++ {
		if l.datagram(d) && l.caughtUp(d) {
			break
		}
		came = l.rtp.Recv(d) == nil
	}
	if l.polled++; l.polled >= rtcpPoll && !l.mux {
		l.polled = 0
		l.receiveRTCP(d)
	}
}

// promptly is how much earlier than its time the next packet may be expected.
const promptly = 2 * time.Millisecond

// caughtUp reports whether the socket need not be asked again in this tick,
// after the packet in d: it is the newest, it came less than its own length
// ago, so that the next is not due, and with it all that this tick plays is
// here. What has come early all the same is read in the next tick and has lost
// nothing: the kernel stamped it. For a phone that sends one packet a tick this
// saves the system call that finds nothing.
func (l *Leg) caughtUp(d *Datagram) bool {
	return l.rx.play.covered() && l.now.Sub(d.At)+promptly < l.rx.play.packetTime()
}

// receiveRTCP drains the RTCP socket.
func (l *Leg) receiveRTCP(d *Datagram) {
	for range drainLimit {
		if l.cfg.RTCP.Recv(d) != nil {
			return
		}
		d.From = unmap(d.From)
		if l.configured {
			l.report(d)
		}
	}
}

// covered reports whether all that the next frame is made of is there.
func (p *playout) covered() bool {
	return p.playing && (!p.calm && p.store.pending() >= p.store.frame() || p.waits())
}

// packetTime is how long the newest audio packet lasts.
func (j *jitterBuffer) packetTime() time.Duration {
	return time.Duration(j.refN) * time.Second / mediaRate
}
