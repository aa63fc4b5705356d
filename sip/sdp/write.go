package sdp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"partyline/bridge"
)

// render puts the o= line in front of what n says.
func (n Negotiation) render() []byte {
	if n.said == "" {
		return nil
	}
	return fmt.Appendf(nil, "v=0\r\no=- %d %d IN %s\r\n%s", n.id, n.version, network(n.local.Addr()), n.said)
}

// network is an address as o= and c= spell it.
func network(a netip.Addr) string {
	if a = a.Unmap(); a.Is4() {
		return "IP4 " + a.String()
	}
	return "IP6 " + a.WithZone("").String()
}

func head(b *strings.Builder, local netip.AddrPort) {
	fmt.Fprintf(b, "s=-\r\nc=IN %s\r\nt=0 0\r\n", network(local.Addr()))
}

// answerText writes the answer to d: as many media lines in the same order
// (RFC 3264 section 6), all rejected but the agreed one.
func answerText(d *Description, audio int, a agreement, local netip.AddrPort) string {
	var b strings.Builder
	head(&b, local)
	for i, m := range d.media {
		if i != audio || a.closed {
			m.line.reject(&b)
			continue
		}
		a.write(&b, m.line.proto, local.Port())
	}
	return b.String()
}

// reject writes the line back with UDP port zero.
func (m mline) reject(b *strings.Builder) {
	fmts := m.formats
	if len(fmts) == 0 {
		fmts = []string{"0"}
	}
	fmt.Fprintf(b, "m=%s 0 %s %s\r\n", m.media, m.proto, strings.Join(fmts, " "))
}

// write writes the agreed media line.
func (a agreement) write(b *strings.Builder, proto string, port uint16) {
	fmt.Fprintf(b, "m=audio %d %s", port, proto)
	for _, c := range a.codecs {
		fmt.Fprintf(b, " %d", c.Type)
	}
	if a.dtmf != 0 {
		fmt.Fprintf(b, " %d", a.dtmf)
	}
	b.WriteString("\r\n")
	writeFormats(b, a.codecs, a.dtmf)
	fmt.Fprintf(b, "a=ptime:%d\r\n", a.ptime/time.Millisecond)
	if a.mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	fmt.Fprintf(b, "a=%s\r\n", directionNames[a.direction])
}

func writeFormats(b *strings.Builder, codecs []bridge.PayloadCodec, dtmf uint8) {
	for _, c := range codecs {
		fmt.Fprintf(b, "a=rtpmap:%d %s/%d\r\n", c.Type, c.Codec, c.Codec.ClockRate())
	}
	if dtmf != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", dtmf, dtmf)
	}
}

var directionNames = map[bridge.Direction]string{
	bridge.SendRecv: "sendrecv",
	bridge.SendOnly: "sendonly",
	bridge.RecvOnly: "recvonly",
	bridge.Inactive: "inactive",
}

// offerText writes an offer of everything on the audio line, and every other
// line of the dialog closed, as it must be repeated (RFC 3264 section 8).
func offerText(lines []mline, audio int, local netip.AddrPort, dtmf uint8) string {
	full := agreement{
		codecs: []bridge.PayloadCodec{{Type: 0, Codec: bridge.PCMU}, {Type: 8, Codec: bridge.PCMA}},
		dtmf:   dtmf,
		ptime:  20 * time.Millisecond,
	}
	var b strings.Builder
	head(&b, local)
	for i, m := range lines {
		if i == audio {
			full.write(&b, m.proto, local.Port())
			continue
		}
		m.reject(&b)
	}
	return b.String()
}
