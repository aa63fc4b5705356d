package media

import (
	"net/netip"
	"time"
)

const (
	// hushAfter is how many frames of digital silence are sent before comfort
	// noise takes their place, and hushEvery how many frames one of its
	// packets stands for: 200 ms, so that the phone still hears from us often
	// enough to know that we are there.
	hushAfter = 10
	hushEvery = 10
	// comfortClock is the RTP clock of payload type 13 in Hz.
	comfortClock = 8000
	// hushLevel is the level announced, in -dBov: the least there is, because
	// what it stands for is no sound at all. A phone that wants a floor under
	// its silence adds it; one of ours would come and go with the packets.
	hushLevel = 127
)

// WriteQuiet is WriteFrame for a frame that is digital silence. Where comfort
// noise was negotiated (RFC 3389) and the codec's clock is 8 kHz, its packets
// take the place of audio after 200 ms: one at once and one every 200 ms. Not so
// with G.722: a decoder that misses the silence is out of step with the coder,
// and the next word begins distorted.
func (l *Leg) WriteQuiet(payload []byte, now time.Time) {
	l.PackQuiet(payload, now)
	l.Dispatch()
}

// PackQuiet is WriteQuiet up to Dispatch.
func (l *Leg) PackQuiet(payload []byte, now time.Time) { l.pack(payload, true, now) }

// hush sends comfort noise in the place of digital silence that has lasted.
func (s *sender) hush(via Socket, to netip.AddrPort) bool {
	s.quiet++
	n := s.quiet - hushAfter
	if !s.comfort || n <= 0 {
		return false
	}
	if n%hushEvery == 1 {
		s.flush(to)
		s.dispatch(via)
		s.buf[headerSize] = hushLevel
		s.send(comfortNoise, s.ts, 1, false, to)
		s.stats.ComfortNoise++
	}
	s.pause(1)
	return true
}
