package media

import (
	"encoding/binary"
	"time"
)

const (
	eventKeys  = "0123456789*#ABCD" // RFC 4733 section 3.2
	digitQueue = 32
)

// dtmf hears telephone-events (RFC 4733) and queues each digit once, when its
// first packet comes, whichever of its packets that is.
//
// All packets of an event carry the timestamp of its beginning, so the
// timestamp tells digits apart; an event longer than 65,535 units goes on as a
// new segment whose timestamp follows the full one (section 2.5.1.3).
type dtmf struct {
	stats *RxStats
	seen  bool
	event byte
	ts    Timestamp
	next  Timestamp // where a further segment of the same event would begin
	ended bool
	until time.Time // audio is not played before

	queue [digitQueue]byte
	head  int
	n     int
}

// packet takes in the payload of one telephone-event packet.
func (d *dtmf) packet(payload []byte, ts Timestamp, at time.Time) {
	if len(payload) < 4 {
		d.stats.Malformed++
		return
	}
	event, end := payload[0], payload[1]&0x80 != 0
	duration := int(binary.BigEndian.Uint16(payload[2:]))
	if int(event) >= len(eventKeys) {
		return // flash, tones: nothing a caller types
	}
	d.until = at.Add(40 * time.Millisecond)
	if d.seen && ts.Sub(d.ts) <= 0 && ts.Sub(d.ts) > -8000*60 {
		d.extend(ts, duration, end) // the same event again, or a late packet of one before
		return
	}
	segment := d.seen && !d.ended && event == d.event && ts == d.next
	d.seen, d.event, d.ts, d.ended = true, event, ts, false
	d.extend(ts, duration, end)
	if !segment {
		d.enqueue(eventKeys[event])
	}
}

// extend books the progress of the current event.
func (d *dtmf) extend(ts Timestamp, duration int, end bool) {
	if ts != d.ts {
		return
	}
	d.next = ts.Add(duration)
	if duration == 0xFFFF {
		d.next = ts.Add(0xFFFF)
	}
	d.ended = d.ended || end
}

// sounds reports whether a digit is being pressed, so that its tone, which some
// phones send as audio too, is not played.
func (d *dtmf) sounds(now time.Time) bool { return now.Before(d.until) }

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
