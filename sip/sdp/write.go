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
		a.said().write(&b, m.line.proto, local.Port())
	}
	return b.String()
}

// offerText writes an offer of p on the audio line, and every other line of the
// dialog closed, as it must be repeated (RFC 3264 section 8).
func offerText(lines []mline, audio int, local netip.AddrPort, p proposal) string {
	var b strings.Builder
	head(&b, local)
	for i, m := range lines {
		if i == audio {
			p.said().write(&b, m.proto, local.Port())
			continue
		}
		m.reject(&b)
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

// statement is an audio line as the bridge writes it.
type statement struct {
	codecs    []bridge.PayloadCodec
	dtmf      []format
	comfort   bool
	keys      []cryptoLine
	ptime     time.Duration
	mux       bool
	direction bridge.Direction
}

// said is what an answer says of the agreement.
func (a agreement) said() statement {
	s := statement{
		codecs:    payloadCodecs(a.formats),
		comfort:   a.comfort,
		ptime:     a.ptime,
		mux:       a.mux,
		direction: a.direction,
	}
	if a.dtmf.payloadType != 0 {
		s.dtmf = []format{a.dtmf}
	}
	if a.secure != nil {
		s.keys = []cryptoLine{a.secure.answer()}
	}
	return s
}

// said is what an offer says of the proposal.
func (p proposal) said() statement {
	return statement{codecs: p.codecs, dtmf: p.dtmf, comfort: p.comfort, keys: p.keys, ptime: p.ptime}
}

// write writes the media line and its attributes.
func (s statement) write(b *strings.Builder, proto string, port uint16) {
	fmt.Fprintf(b, "m=audio %d %s", port, proto)
	for _, c := range s.codecs {
		fmt.Fprintf(b, " %d", c.Type)
	}
	for _, f := range s.dtmf {
		fmt.Fprintf(b, " %d", f.payloadType)
	}
	if s.comfort {
		fmt.Fprintf(b, " %d", comfortType)
	}
	b.WriteString("\r\n")
	for _, k := range s.keys {
		k.write(b)
	}
	s.writeFormats(b)
	fmt.Fprintf(b, "a=ptime:%d\r\n", s.ptime/time.Millisecond)
	if s.mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	fmt.Fprintf(b, "a=%s\r\n", directionNames[s.direction])
}

// writeFormats writes what the payload types stand for, and for Opus what the
// bridge wishes to receive (RFC 7587 section 6.1): redundancy, and one channel.
func (s statement) writeFormats(b *strings.Builder) {
	for _, c := range s.codecs {
		fmt.Fprintf(b, "a=rtpmap:%d %s\r\n", c.Type, rtpmapNames[c.Codec])
		if c.Codec == bridge.Opus {
			fmt.Fprintf(b, "a=fmtp:%d useinbandfec=1;stereo=0\r\n", c.Type)
		}
	}
	for _, f := range s.dtmf {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/%d\r\na=fmtp:%d 0-15\r\n", f.payloadType, f.clock, f.payloadType)
	}
	if s.comfort {
		fmt.Fprintf(b, "a=rtpmap:%d CN/8000\r\n", comfortType)
	}
}

var directionNames = map[bridge.Direction]string{
	bridge.SendRecv: "sendrecv",
	bridge.SendOnly: "sendonly",
	bridge.RecvOnly: "recvonly",
	bridge.Inactive: "inactive",
}
