package media

// Bounds of what a timestamp may claim, in milliseconds.
const (
	// earliest is how much faster than all others a packet may have travelled
	// before its timestamp is taken for a jump.
	earliest = 80
	// latest is how much slower. A sender whose timestamps stand still while
	// it says nothing goes beyond it.
	latest = 400
	// moreLevel is how much may wait, beyond the jitter followed, before the
	// oldest is dropped.
	moreLevel = 100
	// longestPacket is how long a packet may last.
	longestPacket = maxDecoded
)

// spreads are the jitter that the playout delay follows at most, in
// milliseconds; a late packet may hold up the playout for as long.
var spreads = [...]int{JitterLarge: 200, JitterMedium: 100, JitterSmall: 40, JitterOff: 0}

// spread is that of the size asked for, in media time.
func (j *jitterBuffer) spread() int {
	return units(spreads[min(int(j.size), len(spreads)-1)])
}

// place finds the media position of a packet that arrived at the given media
// time; tick is a timestamp in media time. Timestamps of different clocks cannot
// be compared (RFC 7160): where the clock changes the sequence decides.
func (j *jitterBuffer) place(seq Seq, ts Timestamp, tick, n int, arrived int64) int64 {
	if j.refN == 0 { // the first packet, or the first after a restart
		return j.resume(arrived)
	}
	dseq, dts := seq.Sub(j.refSeq), ts.Sub(j.refTS)*tick
	if dseq < 0 {
		if tick == int(j.refTick) && dts < 0 && dts > -ringSize*units(longestPacket) {
			return j.refPos + int64(dts)
		}
		return j.refPos + int64(dseq*n)
	}
	bySeq := int(j.refN) + (dseq-1)*n
	if tick != int(j.refTick) {
		dts = bySeq
	}
	pos := j.refPos + int64(dts)
	if dts != bySeq && !j.plausible(dts, int(arrived-pos)) {
		j.stats.TimestampJumps++
		pos = j.refPos + int64(bySeq)
	}
	if int(arrived-pos) > j.high()+units(latest) {
		return j.resume(arrived)
	}
	return pos
}

// plausible reports whether a timestamp that is not the one due next can be
// believed: it does not overlap the packet before, and does not claim that the
// packet came long before it can have been sent.
func (j *jitterBuffer) plausible(dts, transit int) bool {
	return dts >= int(j.refN) &&
		transit >= j.transit.low-units(earliest) &&
		transit <= j.high()+units(latest)
}

// resume is the position for a packet that has no tie to those before: one
// that keeps the playout delay as it is, a whole number of frames from the
// cursor.
func (j *jitterBuffer) resume(arrived int64) int64 {
	if j.transit.empty() {
		return arrived
	}
	const frame = frameUnits
	ahead := arrived - int64(j.transit.low+j.high())/2 - j.cursor
	if ahead <= 0 {
		return j.cursor
	}
	return j.cursor + (ahead+frame-1)/frame*frame
}

// high is the transit that a packet may be expected to take at worst, within
// what the playout delay follows.
func (j *jitterBuffer) high() int {
	return min(j.transit.high, j.transit.low+j.spread())
}

// pullBack moves the cursor back to a packet that came too late, when the
// playout ran dry waiting for it: nothing newer is held up, and no word is lost.
// The delay stays within what is followed.
func (j *jitterBuffer) pullBack(pos, arrived int64) {
	if !j.playing || !j.dry || pos >= j.cursor {
		return
	}
	j.dry = false // what is later still is too late
	earliest := arrived - int64(j.transit.low+j.spread()+units(slackHigh))
	j.cursor = min(j.cursor, max(pos, j.cursor-int64(j.spread()), earliest))
}
