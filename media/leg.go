package media

import (
	"net/netip"
	"time"
)

// LegConfig is what a Leg is made of.
type LegConfig struct {
	RTP, RTCP Socket
	// SSRC, Seq and Timestamp are the random starting points of the sent
	// packets (RFC 3550 section 5.1). CNAME names the leg in RTCP.
	SSRC      uint32
	Seq       uint16
	Timestamp uint32
	CNAME     string
}

// Leg is a participant's media path: RTP sockets, jitter buffer, codecs and
// RTCP. After NewLeg it belongs to one goroutine, the clock of its conference.
type Leg struct{ cfg LegConfig }

// NewLeg returns a leg that is quiet until Configure.
func NewLeg(cfg LegConfig) *Leg { return &Leg{cfg: cfg} }

// LocalAddr is the bound RTP address. Safe for concurrent use.
func (l *Leg) LocalAddr() netip.AddrPort { return l.cfg.RTP.LocalAddr() }

// Configure puts the outcome of an offer/answer exchange into force.
func (l *Leg) Configure(p Params, now time.Time) {}

// Codec is the coding WriteFrame expects, NoCodec before Configure.
func (l *Leg) Codec() Codec { return NoCodec }

// Receive drains the sockets into the jitter buffer.
func (l *Leg) Receive(now time.Time) {}

// ReadFrame fills dst, one 20 ms frame at 8 kHz.
func (l *Leg) ReadFrame(dst []int16) (voice bool) { clear(dst); return false }

// WriteFrame sends one 20 ms frame of coded audio.
func (l *Leg) WriteFrame(payload []byte, now time.Time) {}

// Skip accounts for frames that were neither read nor written because ticks
// were skipped.
func (l *Leg) Skip(frames int) {}

// LastRx is when the last valid RTP or RTCP packet came, the zero time before
// the first.
func (l *Leg) LastRx() time.Time { return time.Time{} }

// Silent is how long the phone has sent nothing although it should.
func (l *Leg) Silent(now time.Time) time.Duration { return 0 }

// NextDigit is the next telephone-event digit (0-9, *, #, A-D) in the order
// they began.
func (l *Leg) NextDigit() (digit byte, ok bool) { return 0, false }

// Stats is a copy of the leg's counters.
func (l *Leg) Stats() Stats { return Stats{} }

// Close says BYE in RTCP and releases the sockets.
func (l *Leg) Close() error { return nil }
