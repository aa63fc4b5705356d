package media

import "time"

// reception counts what a receiver report says about the phone's packets
// (RFC 3550 section 6.4.1 and appendix A.3, A.8).
type reception struct {
	clock    int    // of the newest packet's timestamp, in Hz; 0 before the first
	expected uint64 // over all sequences, the finished ones included
	received uint64
	extended uint32 // highest sequence number and its cycles

	jitter16  int // interarrival jitter times 16, in timestamp units
	lastTS    Timestamp
	lastAt    time.Time
	measuring bool

	// At the previous report.
	priorExpected, priorReceived uint64
}

// begin starts a new sequence with its first packet.
func (c *reception) begin(seq Seq) {
	c.extended = uint32(seq)
	c.expected++
	c.received++
	c.measuring = false
}

// packet counts a packet d places from the newest.
func (c *reception) packet(d int) {
	c.received++
	if d > 0 {
		c.extended += uint32(d)
		c.expected += uint64(d)
	}
}

// lost is how many packets never came, less the duplicates, as RFC 3550 has it.
func (c *reception) lost() int64 { return int64(c.expected) - int64(c.received) }

// fraction is the share lost since the last call, in 256ths.
func (c *reception) fraction() uint8 {
	expected, received := c.expected-c.priorExpected, c.received-c.priorReceived
	c.priorExpected, c.priorReceived = c.expected, c.received
	if expected == 0 || received >= expected {
		return 0
	}
	return uint8(min(255, (expected-received)<<8/expected))
}

// interarrival updates the jitter: J += (|D| - J)/16. Another clock, in Hz, is
// another measure and starts it anew.
func (c *reception) interarrival(ts Timestamp, clock int, at time.Time) {
	if clock != c.clock {
		c.clock, c.jitter16, c.measuring = clock, 0, false
	}
	if c.measuring {
		arrived := int(at.Sub(c.lastAt) * time.Duration(clock) / time.Second)
		d := arrived - ts.Sub(c.lastTS)
		d = max(d, -d)
		if d < clock { // a pause or a timestamp jump says nothing of jitter
			c.jitter16 += d - (c.jitter16+8)>>4
		}
	}
	c.lastTS, c.lastAt, c.measuring = ts, at, true
}

// jitter in timestamp units.
func (c *reception) jitter() uint32 { return uint32(c.jitter16 >> 4) }

// jitterTime is the jitter as a time.
func (c *reception) jitterTime() time.Duration {
	return time.Duration(c.jitter()) * time.Second / time.Duration(max(1, c.clock))
}
