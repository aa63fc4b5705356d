package media

import "math"

const (
	// transitBlock is how many packets the jitter estimate remembers and
	// forgets at once, and transitBlocks how many times as many at most.
	transitBlock  = 8
	transitBlocks = 50
	// transitSpan is how long it remembers them, in 10 ms; the newest
	// transitLeast packets stay whatever their age, for a phone that seldom
	// speaks.
	transitSpan  = 800
	transitLeast = 50
	// outliersPer is the share of packets that may come later than the
	// estimate: one in so many.
	outliersPer = 200
	// transitTop is how many of the slowest packets are needed to tell.
	transitTop = transitBlocks*transitBlock/outliersPer + 1
)

// transits remembers how long the recent packets travelled, each as arrival
// minus media position, in media time. The zero point is arbitrary; differences
// are what matters. It answers how late a packet may be expected.
//
// All it keeps of a block of packets is the fastest and the slowest ones:
//
//	│ 8 │ 8 │ 8 │ … │ 8 │ 8 │ 0 to 7
//	 oldest full      newest   open
//
// The answer is found anew whenever a block is full, and with every packet of
// the first one.
type transits struct {
	low  int // the fastest of the window
	high int // all but one in outliersPer came no later

	last   int32    // of the newest packet
	open   extremes // of the block that is being filled
	n      uint8    // packets in it
	blocks uint8    // full ones
	write  uint8    // where the next full one goes
	ring   [transitBlocks]transitRecord
}

// extremes are the fastest of some packets, and the slowest in falling order.
type extremes struct {
	low int32
	top [transitTop]int32
}

// transitRecord is the extremes of a full block. The slowest are given by how
// much slower than the fastest they were, 1.3 s at most: no playout delay
// follows jitter so far.
type transitRecord struct {
	low int32
	top [transitTop]uint16
	at  uint16 // when the newest packet came, in 10 ms; wraps
}

// none are the extremes of no packets.
func (e *extremes) none() {
	e.low = math.MaxInt32
	for i := range e.top {
		e.top[i] = math.MinInt32
	}
}

// add takes in a packet.
func (e *extremes) add(d int32) {
	e.low = min(e.low, d)
	e.slow(d)
}

// slow takes in a packet that is not the fastest. It reports whether it is one
// of the slowest.
func (e *extremes) slow(d int32) bool {
	i := transitTop - 1
	if d <= e.top[i] {
		return false
	}
	for ; i > 0 && e.top[i-1] < d; i-- {
		e.top[i] = e.top[i-1]
	}
	e.top[i] = d
	return true
}

// record is e as it is remembered.
func (e *extremes) record(at uint16) transitRecord {
	r := transitRecord{low: e.low, at: at}
	for i, d := range e.top {
		r.top[i] = uint16(min(math.MaxUint16, int64(d)-int64(e.low)))
	}
	return r
}

// addBlock takes in the packets of a full block.
func (e *extremes) addBlock(r *transitRecord) {
	e.low = min(e.low, r.low)
	for _, above := range r.top {
		if !e.slow(int32(min(math.MaxInt32, int64(r.low)+int64(above)))) {
			return
		}
	}
}

// add takes in the transit d of one more packet, which came at the given time,
// in 10 ms.
func (t *transits) add(d int, at int64) {
	if t.n == 0 {
		t.open.none()
	}
	t.last = int32(max(math.MinInt32, min(math.MaxInt32, d)))
	t.open.add(t.last)
	if t.n++; t.n == transitBlock {
		t.close(uint16(at))
	}
	if t.n == 0 || t.blocks == 0 {
		t.search()
	}
}

// close puts the open block to the full ones and forgets those that are too
// old.
func (t *transits) close(at uint16) {
	t.ring[t.write] = t.open.record(at)
	t.write = (t.write + 1) % transitBlocks
	t.n, t.blocks = 0, min(t.blocks+1, transitBlocks)
	for (int(t.blocks)-1)*transitBlock >= transitLeast && at-t.ring[t.oldest()].at > transitSpan {
		t.blocks--
	}
	t.open.none()
}

// oldest is the place of the oldest full block.
func (t *transits) oldest() int {
	return (int(t.write) + transitBlocks - int(t.blocks)) % transitBlocks
}

// empty reports whether nothing is remembered.
func (t *transits) empty() bool { return t.n == 0 && t.blocks == 0 }

// clear forgets all packets. What was found stays.
func (t *transits) clear() { t.n, t.blocks = 0, 0 }

// forget keeps nothing but the newest packet.
func (t *transits) forget() {
	if t.empty() {
		return
	}
	t.open.none()
	t.open.add(t.last)
	t.n, t.blocks = 1, 0
	t.search()
}

// search finds low, and high as the (n/outliersPer+1)-th largest value of n.
func (t *transits) search() {
	all := t.open
	from := t.oldest()
	first := t.ring[from:min(from+int(t.blocks), transitBlocks)]
	for _, part := range [2][]transitRecord{first, t.ring[:int(t.blocks)-len(first)]} {
		for i := range part {
			all.addBlock(&part[i])
		}
	}
	n := int(t.blocks)*transitBlock + int(t.n)
	t.low, t.high = int(all.low), int(all.top[n/outliersPer])
}
