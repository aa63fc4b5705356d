package media

import (
	"encoding/binary"
	"time"
)

const (
	eventKeys  = "0123456789*#ABCD" // RFC 4733 section 3.2
	digitQueue = 32
	// eventMemory is how many events back a late packet is known again. In 16
	// digits lies more than a second, and no packet comes that late.
	eventMemory = 16
	// fullSegment is the longest duration an event packet can tell: an event
	// that lasts longer goes on in a segment that begins where the full one
	// ends (RFC 4733 section 2.5.1.3).
	fullSegment = 0xFFFF
	// longestHeld bounds for how many segments a key is held down: 8 s each
	// where the clock is 8 kHz.
	longestHeld = 64
)

// How audio gives way to a digit whose tone it may hold too: from this long
// before the first packet of the event, as what was said with it is played,
// until this long after the last. Packets of an event come 50 ms apart at most
// (RFC 4733 section 2.5.1.2), and a phone needs a while to hear its own key.
const (
	muteBefore = 40 * time.Millisecond
	muteAfter  = 40 * time.Millisecond
	// muteJoin is how late the next packet of events may be so that audio gives
	// way in between too, whatever the network does to their distances.
	muteJoin = 300 * time.Millisecond
)

// dtmf hears telephone-events (RFC 4733) and queues each digit once, when its
// first packet comes, whichever of its packets that is.
//
// All packets of an event carry the timestamp of its beginning, so the
// timestamp tells digits apart; those of the newest events are remembered, for
// packets overtake each other.
type dtmf struct {
	until time.Time // arrival of the newest packet, and a little more
	from  time.Time // arrival of the first packet of the events that sound

	stats *RxStats
	clock int // of timestamps and durations in Hz, 0 meaning 8,000

	recent [eventMemory]heardEvent
	next   uint8 // index of the oldest

	head  uint8
	n     uint8
	queue [digitQueue]byte
}

// heardEvent is an event, or one segment of it.
type heardEvent struct {
	ts       Timestamp
	duration uint16 // the longest told
	event    byte
	known    bool
	ended    bool
}

// packet takes in the payload of one telephone-event packet.
func (d *dtmf) packet(payload []byte, ts Timestamp, at time.Time) {
	if len(payload) < 4 {
		d.stats.Malformed++
		return
	}
	event := payload[0]
	if int(event) >= len(eventKeys) {
		return // flash, tones: nothing a caller types
	}
	d.mute(at)
	e := heardEvent{
		known: true, event: event, ts: ts,
		ended: payload[1]&0x80 != 0, duration: binary.BigEndian.Uint16(payload[2:]),
	}
	if d.repeats(e) {
		return
	}
	goesOn := d.goesOn(e)
	d.recent[d.next] = e
	d.next = (d.next + 1) % eventMemory
	if !goesOn {
		d.enqueue(eventKeys[event])
	}
}

// repeats reports whether another packet of the same event has come, and books
// what this one adds.
func (d *dtmf) repeats(e heardEvent) bool {
	for i := range d.recent {
		if r := &d.recent[i]; r.known && r.ts == e.ts {
			r.duration = max(r.duration, e.duration)
			r.ended = r.ended || e.ended
			return true
		}
	}
	return false
}

// goesOn reports whether e is a segment of an event that has been heard.
func (d *dtmf) goesOn(e heardEvent) bool {
	for i := range d.recent {
		if r := &d.recent[i]; r.known && r.event == e.event && d.sameKey(r, e.ts.Sub(r.ts)) {
			return true
		}
	}
	return false
}

// sameKey reports whether what begins so many units after r, or before it, is
// a segment of the same event. A full segment is as long as can be, and so are
// several; a sender that cuts off earlier is forgiven a tenth of a second.
func (d *dtmf) sameKey(r *heardEvent, after int) bool {
	if after%fullSegment == 0 && after/fullSegment <= longestHeld && after/fullSegment >= -longestHeld {
		return true
	}
	nearly := fullSegment - d.rate()/10
	return !r.ended && int(r.duration) >= nearly && after >= int(r.duration) && after < fullSegment
}

func (d *dtmf) rate() int {
	if d.clock <= 0 {
		return 8000
	}
	return d.clock
}

// mute extends the time in which audio gives way.
func (d *dtmf) mute(at time.Time) {
	if at.After(d.until.Add(muteJoin)) {
		d.from = at
	}
	if end := at.Add(muteAfter); end.After(d.until) {
		d.until = end
	}
}

// sounds reports whether, once digits have come, one is being pressed in the audio that is played
// now, after the delay given, so that its tone, which some phones send as audio
// too, is not heard.
func (d *dtmf) sounds(now time.Time, delay time.Duration) bool {
	delay = max(0, delay)
	return now.Before(d.until.Add(delay)) && !now.Before(d.from.Add(max(0, delay-muteBefore)))
}

func (d *dtmf) enqueue(key byte) {
	d.stats.Digits++
	if d.n == digitQueue {
		d.stats.DigitsDropped++
		return
	}
	d.queue[(d.head+d.n)%digitQueue] = key
	d.n++
}

func (d *dtmf) dequeue() (key byte, ok bool) {
	if d.n == 0 {
		return 0, false
	}
	key = d.queue[d.head]
	d.head = (d.head + 1) % digitQueue
	d.n--
	return key, true
}
