package media

// store holds decoded PCM of one leg: what is still to be played, and before it
// the past that concealment and stretching look back on.
//
//	buf   ░░░░past░░░░│████pending████│
//	               play              end
//
// Its memory is given to it; nothing in it allocates.
type store struct {
	buf  []int16
	rate int // in Hz
	play int
	end  int
}

const (
	// storePast is the past that is kept, in ms.
	storePast = 50
	// storeAhead is what a store holds ahead besides one packet, in ms: two
	// frames, of which one is left out or put in.
	storeAhead = 40
)

// storeSize is the length of a buffer for packets of up to longest ms at rate.
func storeSize(rate, longest int) int {
	return (storePast + storeAhead + longest) * rate / 1000
}

// adopt moves s into a longer buffer.
func (s *store) adopt(buf []int16) {
	if len(buf) <= len(s.buf) {
		return
	}
	if s.buf == nil {
		s.buf = buf
		s.reset(s.rate)
		return
	}
	copy(buf, s.buf[:s.end])
	s.buf = buf
}

// reset empties the store; silence has gone before.
func (s *store) reset(rate int) {
	s.rate = rate
	s.play = storePast * rate / 1000
	s.end = s.play
	clear(s.buf[:min(s.play, len(s.buf))])
}

// pending is how much waits, in samples.
func (s *store) pending() int { return s.end - s.play }

// heard is all there is, played and pending: what comes next follows it.
func (s *store) heard() []int16 { return s.buf[:s.end] }

// frame is the length of a frame in samples.
func (s *store) frame() int { return s.rate / framesPerSecond }

// room returns the n samples behind what is pending, for the caller to fill
// and then add. It moves the past away when there is none.
func (s *store) room(n int) []int16 {
	if s.end+n > len(s.buf) {
		keep := min(s.play, storePast*s.rate/1000)
		from := s.play - keep
		copy(s.buf, s.buf[from:s.end])
		s.play, s.end = keep, s.end-from
	}
	n = min(n, len(s.buf)-s.end)
	return s.buf[s.end : s.end+n]
}

// add makes the first n samples of room pending.
func (s *store) add(n int) { s.end += n }

// take returns the next frame and counts it as played. It is valid until the
// next room.
func (s *store) take() []int16 {
	n := min(s.frame(), s.pending())
	s.play += n
	return s.buf[s.play-n : s.play]
}

// drop forgets n pending samples.
func (s *store) drop(n int) { s.play += min(n, s.pending()) }

// convert changes the rate of what is there, on a straight line between
// samples: it is a few milliseconds when a phone changes its codec.
func (s *store) convert(rate int) {
	if rate == s.rate {
		return
	}
	past, pending := min(s.play, storePast*s.rate/1000), s.pending()
	from, n := s.play-past, past+pending
	copy(s.buf, s.buf[from:s.end])
	m := min(n*rate/s.rate, len(s.buf))
	if rate > s.rate {
		for i := m - 1; i >= 0; i-- {
			s.buf[i] = s.between(i, rate, n)
		}
	} else {
		for i := range m {
			s.buf[i] = s.between(i, rate, n)
		}
	}
	s.play, s.end = min(past*rate/s.rate, m), m
	s.rate = rate
}

// between is sample i at rate of the n at the front of buf.
func (s *store) between(i, rate, n int) int16 {
	k, rest := i*s.rate/rate, i*s.rate%rate
	a, b := int(s.buf[k]), int(s.buf[min(k+1, n-1)])
	return int16(a + (b-a)*rest/rate)
}
