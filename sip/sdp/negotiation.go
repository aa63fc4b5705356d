package sdp

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"partyline/bridge"
)

// A Negotiation is the offer/answer state of one dialog: what was last said
// by the bridge and what was agreed. It is a value. Its methods return the
// state that follows and leave the receiver alone, so a dialog keeps whichever
// of the two is in force.
type Negotiation struct {
	local   netip.AddrPort // where the bridge wants RTP
	id      uint64         // session id of o=, fixed for the dialog
	version uint64         // of o=, one more for every change
	said    string         // the bridge's last description without its o= line
	lines   []mline        // every media line of the dialog
	audio   int            // index of the agreed line, -1: none
	dtmf    uint8          // payload type of telephone-event in this dialog
	params  bridge.MediaParams
}

const defaultDTMF = 101

// New starts a negotiation for a leg that receives RTP at local, as the phone
// can reach it.
func New(local netip.AddrPort) Negotiation {
	return Negotiation{
		local: local,
		id:    rand.Uint64N(1 << 62),
		audio: -1,
		dtmf:  defaultDTMF,
	}
}

// Params is what was agreed; the zero value before that.
func (n Negotiation) Params() bridge.MediaParams { return n.params }

// Body is the bridge's latest description, "" before there is one.
func (n Negotiation) Body() []byte { return n.render() }

// Answer reads an offer and agrees to its first usable audio line. It returns
// an error wrapping ErrSyntax, or an *Unacceptable.
func (n Negotiation) Answer(offer []byte) (Negotiation, error) {
	d, err := Parse(offer)
	if err != nil {
		return n, err
	}
	i, agreed, err := n.choose(d)
	if err != nil {
		return n, err
	}
	next := n
	next.lines = d.lines()
	next.audio = i
	next.params = agreed.params()
	if next.params.DTMFRx != 0 {
		next.dtmf = next.params.DTMFRx
	}
	next.say(answerText(d, i, agreed, n.local))
	return next, nil
}

// Offer makes a full offer of everything the bridge can do (RFC 3261 section
// 13.2.1: the INVITE had none). It stays open until Accept.
func (n Negotiation) Offer() Negotiation {
	next := n
	next.lines = slices.Clone(n.lines)
	if next.audio < 0 {
		next.audio = len(next.lines)
		next.lines = append(next.lines, mline{media: "audio", proto: "RTP/AVP"})
	}
	next.say(offerText(next.lines, next.audio, n.local, n.dtmf))
	return next
}

// Accept reads the answer to the offer that n made.
func (n Negotiation) Accept(answer []byte) (Negotiation, error) {
	d, err := Parse(answer)
	if err != nil {
		return n, err
	}
	if n.audio < 0 || n.audio >= len(d.media) {
		return n, syntax("answer has %d media lines", len(d.media))
	}
	agreed, refused := agree(d.media[n.audio], n.local.Addr())
	if refused != nil {
		return n, refused
	}
	next := n
	next.params = agreed.params()
	// The offer promised to decode all of these whatever the answer picked.
	next.params.Rx = []bridge.PayloadCodec{{Type: 0, Codec: bridge.PCMU}, {Type: 8, Codec: bridge.PCMA}}
	if next.params.DTMFTx != 0 {
		next.params.DTMFRx = n.dtmf
	}
	return next, nil
}

// say makes text the bridge's description, under a new version if it differs
// from the last one (RFC 3264 section 8).
func (n *Negotiation) say(text string) {
	if text == n.said {
		return
	}
	n.said = text
	n.version++
}

// choose picks the audio line to agree to: the one agreed before if it is
// still usable, else the first. In a dialog that has media, a line the peer
// has closed is agreed to as closed.
func (n Negotiation) choose(d *Description) (int, agreement, error) {
	if n.audio >= 0 && n.audio < len(d.media) {
		m := d.media[n.audio]
		if a, err := agree(m, n.local.Addr()); err == nil {
			return n.audio, a, nil
		}
	}
	why := &Unacceptable{WarnMediaType, "Media type not available"}
	for i, m := range d.media {
		a, err := agree(m, n.local.Addr())
		if err == nil {
			return i, a, nil
		}
		if m.line.isAudio() {
			why = err
		}
	}
	if n.audio >= 0 && n.audio < len(d.media) && d.media[n.audio].closed() {
		return n.audio, agreement{closed: true}, nil
	}
	return 0, agreement{}, why
}

// closed reports an audio line with UDP port zero (RFC 3264 section 8.2).
func (m media) closed() bool { return m.line.isAudio() && m.line.port == "0" }

func (d *Description) lines() []mline {
	out := make([]mline, len(d.media))
	for i, m := range d.media {
		out[i] = m.line
	}
	return out
}

// agreement is what the bridge and the peer have in common on one line.
type agreement struct {
	closed    bool
	codecs    []bridge.PayloadCodec // in the peer's order, never empty
	dtmf      uint8                 // 0: none
	ptime     time.Duration
	remote    netip.AddrPort // invalid: send nothing
	rtcp      netip.AddrPort
	mux       bool
	direction bridge.Direction // as seen by the bridge
}

// agree works out what can be agreed on m with a bridge at host.
func agree(m media, host netip.Addr) (agreement, *Unacceptable) {
	switch {
	case !m.line.isAudio():
		return agreement{}, &Unacceptable{WarnMediaType, "Media type not available"}
	case !m.line.isRTPAudio():
		return agreement{}, &Unacceptable{WarnTransport, "Incompatible transport protocol"}
	case m.port == 0:
		return agreement{}, &Unacceptable{WarnMediaType, "Media line is closed"}
	case !m.conn.IsValid():
		return agreement{}, &Unacceptable{WarnNetworkAddress, "Incompatible network address formats"}
	case m.conn.IsMulticast():
		return agreement{}, &Unacceptable{WarnNetworkAddress, "Multicast not available"}
	case m.conn.Is4() != host.Unmap().Is4() && !m.conn.IsUnspecified():
		return agreement{}, &Unacceptable{WarnNetworkProtocol, "Incompatible network protocol"}
	}
	a := agreement{ptime: packetTime(m.ptime, m.maxptime), mux: m.rtcpMux}
	for _, f := range m.formats {
		switch c := f.codec(); {
		case c != 0 && len(a.codecs) < 8:
			a.codecs = append(a.codecs, bridge.PayloadCodec{Type: f.payloadType, Codec: c})
		case f.isDTMF() && a.dtmf == 0:
			a.dtmf = f.payloadType
		}
	}
	if len(a.codecs) == 0 {
		return agreement{}, &Unacceptable{WarnMediaFormat, "Incompatible media format"}
	}
	a.setRemote(m)
	return a, nil
}

// setRemote fills the addresses and the direction. An unspecified address is
// the hold of RFC 2543: RFC 3264 section 8.4, "neither RTP nor RTCP should be
// sent to the peer".
func (a *agreement) setRemote(m media) {
	a.direction = reverse(m.direction)
	if m.conn.IsUnspecified() {
		if a.direction != bridge.RecvOnly {
			a.direction = bridge.Inactive
		}
		return
	}
	a.remote = netip.AddrPortFrom(m.conn, m.port)
	switch {
	case a.mux:
		a.rtcp = a.remote
	case m.rtcp.IsValid() && !m.rtcp.Addr().IsUnspecified() && m.rtcp.Addr().Is4() == m.conn.Is4():
		a.rtcp = m.rtcp
	case m.port < 65535:
		a.rtcp = netip.AddrPortFrom(m.conn, m.port+1)
	}
}

// params is the agreement in the words of the bridge.
func (a agreement) params() bridge.MediaParams {
	if a.closed {
		return bridge.MediaParams{Direction: bridge.Inactive}
	}
	return bridge.MediaParams{
		Tx:         a.codecs[0],
		Rx:         a.codecs,
		DTMFRx:     a.dtmf,
		DTMFTx:     a.dtmf,
		Ptime:      a.ptime,
		Remote:     a.remote,
		RemoteRTCP: a.rtcp,
		RTCPMux:    a.mux,
		Direction:  a.direction,
	}
}

// reverse turns a direction from the peer's point of view to the bridge's.
func reverse(d bridge.Direction) bridge.Direction {
	switch d {
	case bridge.SendOnly:
		return bridge.RecvOnly
	case bridge.RecvOnly:
		return bridge.SendOnly
	}
	return d
}

// packetTimes are what a leg can send, in ascending order.
var packetTimes = []time.Duration{
	10 * time.Millisecond,
	20 * time.Millisecond,
	30 * time.Millisecond,
	40 * time.Millisecond,
	60 * time.Millisecond,
}

// packetTime is the audio per packet to send: 20 ms, or what the peer wishes
// for, the longest that fits both its ptime and its maxptime. Zero means the
// peer did not say.
func packetTime(ptime, maxptime time.Duration) time.Duration {
	want := ptime
	if want == 0 {
		want = 20 * time.Millisecond
	}
	if maxptime > 0 {
		want = min(want, maxptime)
	}
	best := packetTimes[0]
	for _, p := range packetTimes {
		if p <= want {
			best = p
		}
	}
	return best
}
