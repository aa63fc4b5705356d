package media

const (
	// replayWords are the 64-bit words of a replay window of 256 packets: 5 s of
	// audio, four times what RFC 3711 section 3.3.2 wants at least.
	replayWords  = 4
	replayWindow = replayWords * 64
	// maxSources is how many SSRCs a key keeps the windows of.
	maxSources = 16
)

// replay remembers which packets of one SSRC have come under a key (RFC 3711
// section 3.3.2). Only authentic ones are added.
type replay struct {
	begun  bool
	newest uint64              // index
	seen   [replayWords]uint64 // bit i of all: newest-i has come
}

// guess is the index of a sequence number: the one next to the newest
// (RFC 3711 section 3.3.1). It fails before the first packet of all.
func (r *replay) guess(seq uint16) (index uint64, ok bool) {
	d := int64(int16(seq - uint16(r.newest)))
	index = r.newest + uint64(d)
	return index, d >= 0 || uint64(-d) <= r.newest
}

// has reports whether a packet has come, or is too old to tell.
func (r *replay) has(index uint64) bool {
	if !r.begun || index > r.newest {
		return false
	}
	age := r.newest - index
	return age >= replayWindow || r.seen[age/64]>>(age%64)&1 == 1
}

// add books a packet.
func (r *replay) add(index uint64) {
	switch {
	case !r.begun:
		r.begun, r.newest = true, index
	case index > r.newest:
		r.shift(index - r.newest)
		r.newest = index
	}
	if age := r.newest - index; age < replayWindow {
		r.seen[age/64] |= 1 << (age % 64)
	}
}

// shift makes all that has come n older.
func (r *replay) shift(n uint64) {
	words := int(min(n/64, replayWords))
	copy(r.seen[words:], r.seen[:])
	clear(r.seen[:words])
	for i := replayWords - 1; i >= 0; i-- {
		r.seen[i] <<= n % 64
		if i > 0 {
			r.seen[i] |= r.seen[i-1] >> (64 - n%64)
		}
	}
}

// rxSource is what came of one SSRC.
type rxSource struct {
	ssrc      uint32
	heard     uint64 // when it was heard last, counted in authentic packets of all
	rtp, rtcp replay
}

// sources are the SSRCs heard under a key. Beyond maxSources the one silent for
// longest is forgotten, and its packets could be played back: to a leg that
// hears another SSRC, they would be those of a new one, while the other is
// silent.
type sources struct {
	all   [maxSources]rxSource
	n     int
	clock uint64
}

// find is the place of an SSRC, nil when it has none.
func (s *sources) find(ssrc uint32) *rxSource {
	for i := range s.all[:s.n] {
		if s.all[i].ssrc == ssrc {
			return &s.all[i]
		}
	}
	return nil
}

// place is the place of an SSRC that was just heard.
func (s *sources) place(ssrc uint32) *rxSource {
	p := s.find(ssrc)
	if p == nil {
		p = s.free()
		*p = rxSource{ssrc: ssrc}
	}
	s.clock++
	p.heard = s.clock
	return p
}

// free is a place for another SSRC.
func (s *sources) free() *rxSource {
	if s.n < maxSources {
		s.n++
		return &s.all[s.n-1]
	}
	oldest := &s.all[0]
	for i := range s.all {
		if s.all[i].heard < oldest.heard {
			oldest = &s.all[i]
		}
	}
	return oldest
}
