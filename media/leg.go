package media

import (
	"errors"
	"net/netip"
	"time"
)

const (
	sampleRate   = 8000
	frameSamples = 160
)

// LegConfig is what a Leg is made of.
type LegConfig struct {
	RTP, RTCP Socket
	// Source says where the phone's packets may come from.
	Source SourceMode
	// ClampDTMF keeps the tones of digits that come as audio from the
	// conference, and reports the digits when telephone-event was not
	// negotiated.
	ClampDTMF bool
	// SSRC, Seq and Timestamp are the random starting points of the sent
	// packets (RFC 3550 section 5.1). CNAME names the leg in RTCP.
	SSRC      uint32
	Seq       uint16
	Timestamp uint32
	CNAME     string
}

// Leg is a participant's media path: RTP sockets, jitter buffer, codecs and
// RTCP. After NewLeg it belongs to one goroutine, the clock of its conference,
// which calls once a tick, in this order: Receive, ReadFrame, WriteFrame.
// None of the three blocks or allocates.
//
// With thousands of legs each tick finds all of them out of the caches, so that
// the memory it touches is what it costs. Here and in the structs within, what
// every tick needs comes first and side by side.
type Leg struct {
	rtp        Socket
	held       netip.AddrPort // what the system holds the RTP socket to
	now        time.Time      // of the newest tick
	reportAt   time.Time      // when the next RTCP report is due
	polled     uint8          // ticks since the RTCP socket was looked at
	configured bool
	receives   bool // by its direction, once configured
	sends      bool // by its direction, and there is where to
	mux        bool // RTCP comes to the RTP socket
	mute       muter
	clamp      *clamp // nil: tones of digits stay
	guard      *guard
	rx         receiver
	tx         sender
	stats      Stats
	rtcp       reporter

	cfg       LegConfig
	params    Params
	listening time.Time // since when the phone is expected to send
	rate      int       // of the frames read
}

// NewLeg returns a leg that is quiet until Configure. It owns the sockets.
func NewLeg(cfg LegConfig) *Leg {
	l := &Leg{cfg: cfg, rtp: cfg.RTP, rate: sampleRate}
	if cfg.ClampDTMF {
		l.clamp = new(clamp)
	}
	l.rx.stats = &l.stats.Rx
	l.rx.digits.stats = &l.stats.Rx
	l.rx.play.stats = &l.stats.Rx
	l.rx.play.init()
	l.rx.source.mode = cfg.Source
	l.tx.init(&l.stats.Tx, cfg.SSRC, cfg.Seq, cfg.Timestamp)
	l.rtcp.init(l)
	return l
}

// LocalAddr is the bound RTP address. Safe for concurrent use.
func (l *Leg) LocalAddr() netip.AddrPort { return l.cfg.RTP.LocalAddr() }

// Codec is the coding WriteFrame expects, NoCodec before Configure.
func (l *Leg) Codec() Codec { return l.params.Tx.Codec }

// Configure puts the outcome of an offer/answer exchange into force. SSRC,
// sequence and time line of what is sent go on, and so do a decoder and a key
// that stay the same. A new remote address is sent to at once and the old one
// is no longer heard.
func (l *Leg) Configure(s *Setup, now time.Time) {
	p := s.params
	heard := l.receives
	l.params, l.configured = p, true
	l.receives, l.mux = p.Direction.Receives(), p.RTCPMux
	l.sends = p.Direction.Sends() && reachable(p.Remote)
	l.rx.configure(p)
	s.guard.follow(l.guard, now)
	l.guard, l.rx.guard, l.tx.guard = s.guard, s.guard, s.guard
	l.rx.source.signal(p.Remote, now)
	l.tx.configure(p, s.packet)
	l.rx.play.adopt(s)
	if l.receives && !heard {
		l.listening = now
		l.rx.source.reopen(now)
		l.rx.restart()
	}
}

// SetJitterBufferSize bounds the playout delay from now on.
func (l *Leg) SetJitterBufferSize(s JitterBufferSize) { l.rx.play.size = s }

// SetRate says at which rate ReadFrame gives audio: 8,000, 16,000 or 48,000
// Hz. A new leg gives 8,000.
func (l *Leg) SetRate(rate int) {
	l.rate = rate
	l.rx.play.setRate(rate)
}

// holdWhile is how long after the phone's last packet the system keeps all
// others from the socket. Once the phone is silent they are let in, to be
// refused and counted: they may be the phone, from another address.
const holdWhile = 200 * time.Millisecond

// hold has the system enforce the lock on the phone's address while the phone
// is heard, where it can.
func (l *Leg) hold() {
	want := l.rx.source.locked
	if l.now.Sub(l.rx.last) > holdWhile {
		want = netip.AddrPort{}
	}
	if want == l.held {
		return
	}
	l.held = want
	s, ok := l.rtp.(exclusive)
	switch {
	case !ok:
	case want.IsValid():
		_ = s.lock(want) // the leg itself judges every packet all the same
	default:
		_ = s.unlock()
	}
}

// datagram sorts what came to the RTP socket. It reports whether it was the
// phone's newest audio.
func (l *Leg) datagram(d *Datagram) (newest bool) {
	d.From = unmap(d.From)
	switch {
	case len(d.Data) == receiveSize: // cut short, perhaps
		l.stats.Rx.Oversize++
	case !l.configured:
		l.stats.Rx.NotReceiving++
	case !isRTCP(d.Data):
		return l.rx.datagram(d)
	case l.mux:
		l.report(d)
	default:
		l.stats.Rx.StrayRTCP++
	}
	return false
}

// report takes in an RTCP datagram.
func (l *Leg) report(d *Datagram) {
	if !l.rtcp.allows(d.From, l.rx.source.dest(), unmap(l.params.RemoteRTCP), l.cfg.Source, l.params.RTCPMux) {
		l.stats.Peer.BadSource++
		return
	}
	if l.rtcp.receive(l.guard, d.Data, d.From, d.At) {
		l.rx.last = d.At
	}
}

// ReadFrame fills dst, one 20 ms frame at the rate set, with what the phone said.
// Voice is false when it is digital silence; dst is then all zeros.
func (l *Leg) ReadFrame(dst []int16) (voice bool) {
	if !l.receives {
		clear(dst)
		return false
	}
	return l.muteDigits(dst, l.rx.play.frame(dst, l.now))
}

// WriteFrame sends one 20 ms frame of coded audio, in the coding of Codec,
// packed into packets of the negotiated ptime. While the direction forbids
// sending, or no address is known, or payload is empty, the time line goes on
// and nothing is sent. It must be called every tick all the same: RTCP goes out
// from here too.
func (l *Leg) WriteFrame(payload []byte, now time.Time) {
	l.PackFrame(payload, now)
	l.Dispatch()
}

// PackFrame is WriteFrame but for the last system call, which is Dispatch's. Who
// has many legs packs for several before the first packet goes out, as with Ask.
func (l *Leg) PackFrame(payload []byte, now time.Time) { l.pack(payload, false, now) }

// Dispatch sends the packet that PackFrame or PackQuiet has made, if it made one.
func (l *Leg) Dispatch() { l.tx.dispatch(l.rtp) }

// pack takes in a frame, of which silent says that it is digital silence.
func (l *Leg) pack(payload []byte, silent bool, now time.Time) {
	var to netip.AddrPort
	if l.sends {
		to = l.rx.source.dest()
	}
	l.tx.frame(payload, silent, l.rtp, to)
	if !now.Before(l.reportAt) && l.configured && l.rtcp.due(&l.reportAt, now) {
		l.sendRTCP(l.rtcp.report(now, l.rx.ssrc, l.rx.known))
	}
}

// dest is where RTP goes, the zero address when it may go nowhere.
func (l *Leg) dest() netip.AddrPort {
	if !reachable(l.params.Remote) {
		return netip.AddrPort{}
	}
	return l.rx.source.dest()
}

// sendRTCP sends one RTCP datagram where the phone expects it.
func (l *Leg) sendRTCP(b []byte) {
	via, to := l.cfg.RTCP, l.rtcpDest()
	if l.params.RTCPMux {
		via, to = l.rtp, l.dest()
	}
	if !reachable(to) {
		return
	}
	b, err := l.guard.sealRTCP(b)
	if err != nil || via.Send(b, to) != nil {
		l.stats.Tx.Errors++
		return
	}
	l.rtcp.spoke = true
	l.stats.Tx.Reports++
}

// rtcpDest is where RTCP goes without rtcp-mux: back to where it comes from,
// or the address in SDP, or the port next to the RTP lock.
func (l *Leg) rtcpDest() netip.AddrPort {
	to := l.dest()
	switch {
	case !to.IsValid():
		return to
	case l.rtcp.locked.IsValid() && l.rtcp.locked.Addr() == to.Addr():
		return l.rtcp.locked
	case to == unmap(l.params.Remote) && reachable(l.params.RemoteRTCP):
		return unmap(l.params.RemoteRTCP)
	}
	return netip.AddrPortFrom(to.Addr(), to.Port()+1)
}

// Skip accounts for frames that were neither read nor written because ticks
// were skipped: both time lines move on.
func (l *Leg) Skip(frames int) {
	l.tx.skip(frames)
	l.rx.play.skip(frames)
	l.stats.Tx.Skipped += uint64(frames)
}

// LastRx is when the last valid RTP or RTCP packet came, the zero time before
// the first.
func (l *Leg) LastRx() time.Time { return l.rx.last }

// Silent is how long the phone has sent neither RTP nor RTCP although it
// should: 0 before Configure and while the direction does not receive.
func (l *Leg) Silent(now time.Time) time.Duration {
	if !l.receives {
		return 0
	}
	since := l.listening
	if l.rx.last.After(since) {
		since = l.rx.last
	}
	return max(0, now.Sub(since))
}

// NextDigit is the next telephone-event digit (0-9, *, #, A-D) in the order
// they began.
func (l *Leg) NextDigit() (digit byte, ok bool) {
	if !l.rx.pressed {
		return 0, false
	}
	return l.rx.digits.dequeue()
}

// Stats is a copy of the leg's counters.
func (l *Leg) Stats() Stats {
	s := l.stats
	s.Rx.Lost = uint64(max(0, l.rx.count.lost()+int64(s.Rx.Duplicate)))
	s.Rx.Jitter = l.rx.count.jitterTime()
	s.Rx.PlayoutDelay = l.rx.play.delay()
	s.Rx.Source = l.rx.source.locked
	s.Tx.Dest = l.dest()
	return s
}

// Close says BYE in RTCP, if it ever spoke, and releases the sockets.
func (l *Leg) Close() error {
	if l.rtcp.spoke || l.stats.Tx.Packets > 0 {
		l.sendRTCP(l.rtcp.bye(l.now, l.rx.ssrc, l.rx.known))
	}
	return errors.Join(l.cfg.RTP.Close(), l.cfg.RTCP.Close())
}
