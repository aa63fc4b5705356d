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
func (l *Leg) Configure(p Params, now time.Time) { panic("later") }

// Receive drains the sockets into the jitter buffer.
func (l *Leg) Receive(now time.Time) { panic("later") }

// ReadFrame fills dst, one 20 ms frame at 8 kHz.
func (l *Leg) ReadFrame(dst []int16) (voice bool) { panic("later") }

// WriteFrame sends one 20 ms frame of coded audio.
func (l *Leg) WriteFrame(payload []byte, now time.Time) { panic("later") }

// Close releases the sockets.
func (l *Leg) Close() error { panic("later") }
