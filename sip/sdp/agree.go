package sdp

import (
	"net/netip"
	"slices"
	"time"

	"partyline/bridge"
)

// maxCodecs bounds the payload types agreed to on a line.
const maxCodecs = 8

// agreement is what the bridge and the peer have in common on one line.
type agreement struct {
	closed    bool
	formats   []format // of codecs, in the order of choice, never empty
	dtmf      format   // payload type 0: none
	comfort   bool
	ptime     time.Duration
	secure    *protection
	remote    netip.AddrPort // invalid: send nothing
	rtcp      netip.AddrPort
	mux       bool
	direction bridge.Direction // as seen by the bridge
}

// agree works out what can be agreed on m but for its protection. The one who
// answers chooses the codec.
func (n Negotiation) agree(m media, answering bool) (agreement, *Unacceptable) {
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
	case m.conn.Is4() != n.local.Addr().Unmap().Is4() && !m.conn.IsUnspecified():
		return agreement{}, &Unacceptable{WarnNetworkProtocol, "Incompatible network protocol"}
	}
	a := agreement{mux: m.rtcpMux, formats: n.policy.allowed(m.formats, answering)}
	if len(a.formats) == 0 {
		return agreement{}, &Unacceptable{WarnMediaFormat, "Incompatible media format"}
	}
	tx := a.formats[0].codec()
	a.ptime = packetTime(tx, m.ptime, m.maxptime)
	a.dtmf = findDTMF(m.formats, tx.ClockRate())
	a.comfort = n.policy.ComfortNoise && tx.ClockRate() == 8000 && slices.ContainsFunc(m.formats, format.isComfort)
	a.setRemote(m)
	return a, nil
}

// allowed returns the formats whose codec may be spoken, in the order of
// choice.
func (p Policy) allowed(formats []format, answering bool) []format {
	var out []format
	for _, f := range formats {
		if slices.Contains(p.Codecs, f.codec()) {
			out = append(out, f)
		}
	}
	if p.OwnOrder && answering {
		slices.SortStableFunc(out, func(a, b format) int {
			return slices.Index(p.Codecs, a.codec()) - slices.Index(p.Codecs, b.codec())
		})
	}
	return out[:min(len(out), maxCodecs)]
}

// findDTMF returns the telephone-event to use beside a codec of a clock. RFC
// 4733 section 2.1 has it share the clock of the audio; phones with Opus that
// offer 8,000 Hz alone mean that.
func findDTMF(formats []format, clock int) format {
	var found format
	for _, f := range formats {
		switch {
		case !f.isDTMF() || f.payloadType == 0:
		case f.clock == clock:
			return f
		case f.clock == 8000 && found.payloadType == 0:
			found = f
		}
	}
	return found
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
	p := bridge.MediaParams{
		Rx:           payloadCodecs(a.formats),
		DTMFRx:       a.dtmf.payloadType,
		DTMFTx:       a.dtmf.payloadType,
		ComfortNoise: a.comfort,
		SRTP:         a.secure.params(),
		Ptime:        a.ptime,
		Remote:       a.remote,
		RemoteRTCP:   a.rtcp,
		RTCPMux:      a.mux,
		Direction:    a.direction,
	}
	p.Tx = p.Rx[0]
	if p.Tx.Codec == bridge.Opus {
		p.Opus = a.formats[0].opus()
	}
	if a.dtmf.clock != 8000 {
		p.DTMFClock = a.dtmf.clock
	}
	return p
}

func payloadCodecs(formats []format) []bridge.PayloadCodec {
	out := make([]bridge.PayloadCodec, len(formats))
	for i, f := range formats {
		out[i] = bridge.PayloadCodec{Type: f.payloadType, Codec: f.codec()}
	}
	return out
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

// longest is the most audio a packet of a codec carries: what fits into an
// Ethernet frame. 20 ms of linear audio at 48 kHz are 1,920 bytes, 10 ms fit.
func longest(c bridge.Codec) time.Duration {
	switch c {
	case bridge.L16at48k:
		return 10 * time.Millisecond
	case bridge.L16at16k:
		return 40 * time.Millisecond
	}
	return packetTimes[len(packetTimes)-1]
}

// packetTime is the audio per packet of c to send: 20 ms, or what the peer
// wishes for, the longest that fits its ptime, its maxptime and the network.
// Zero means the peer did not say. Opus always goes out in 20 ms, whatever the
// peer wishes.
func packetTime(c bridge.Codec, ptime, maxptime time.Duration) time.Duration {
	if c == bridge.Opus {
		return 20 * time.Millisecond
	}
	want := ptime
	if want == 0 {
		want = 20 * time.Millisecond
	}
	if maxptime > 0 {
		want = min(want, maxptime)
	}
	want = min(want, longest(c))
	best := packetTimes[0]
	for _, p := range packetTimes {
		if p <= want {
			best = p
		}
	}
	return best
}
