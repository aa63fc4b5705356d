package load

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"partyline/media"
)

// message is a SIP message, reduced to what a caller needs of it.
type message struct {
	status  int    // 0 for a request
	method  string // of a request, or from CSeq
	callID  string
	cseq    string
	to      string
	contact string // the URI alone
	head    string // all header lines as they came, without the start line
	body    string
}

// parseMessage reads a datagram. It expects what a bridge sends, not what an
// attacker does, but fails on anything it does not understand.
func parseMessage(b []byte) (m message, err error) {
	head, body, ok := strings.Cut(string(b), "\r\n\r\n")
	start, lines, _ := strings.Cut(head, "\r\n")
	f := strings.SplitN(start, " ", 3)
	if !ok || len(f) < 3 {
		return m, errors.New("load: not a SIP message")
	}
	m.head, m.body, m.method = lines, body, f[0]
	if f[0] == "SIP/2.0" {
		if m.status, err = strconv.Atoi(f[1]); err != nil {
			return m, err
		}
	}
	for line := range strings.SplitSeq(lines, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "call-id", "i":
			m.callID = value
		case "cseq":
			m.cseq = value
			if _, method, ok := strings.Cut(value, " "); ok {
				m.method = method
			}
		case "to", "t":
			m.to = value
		case "contact", "m":
			m.contact = uri(value)
		}
	}
	return m, nil
}

// uri takes a URI out of a name-addr.
func uri(s string) string {
	if _, rest, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(rest, ">")
		return s
	}
	s, _, _ = strings.Cut(s, ";")
	return s
}

// mediaAddr finds where a description wants its audio.
func mediaAddr(sdp string) (netip.AddrPort, error) {
	var ip netip.Addr
	var port uint64
	for line := range strings.Lines(sdp) {
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[0] == "c=IN":
			ip, _ = netip.ParseAddr(f[2])
		case len(f) > 3 && f[0] == "m=audio" && port == 0:
			port, _ = strconv.ParseUint(f[1], 10, 16)
		}
	}
	if !ip.IsValid() || port == 0 {
		return netip.AddrPort{}, errors.New("load: the answer has no address for audio")
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// payloadTypes are those the generator uses, by codec.
var payloadTypes = [media.NumCodecs]uint8{media.PCMU: 0, media.PCMA: 8, media.G722: 9, media.Opus: 96, media.L16at16k: 98}

// rtpmaps name the codecs in SDP.
var rtpmaps = [media.NumCodecs]string{
	media.PCMU: "PCMU/8000", media.PCMA: "PCMA/8000", media.G722: "G722/8000",
	media.Opus: "opus/48000/2", media.L16at16k: "L16/16000",
}

// describe is an offer of one codec, with the reports sent to a UDP port of
// their own (RFC 3605).
func describe(at netip.AddrPort, rtcp uint16, c media.Codec) string {
	pt := strconv.Itoa(int(payloadTypes[c]))
	return "v=0\r\no=load 1 1 IN IP4 " + at.Addr().String() + "\r\ns=-\r\nc=IN IP4 " + at.Addr().String() +
		"\r\nt=0 0\r\nm=audio " + strconv.Itoa(int(at.Port())) + " RTP/AVP " + pt +
		"\r\na=rtpmap:" + pt + " " + rtpmaps[c] + "\r\na=rtcp:" + strconv.Itoa(int(rtcp)) + "\r\na=ptime:20\r\na=sendrecv\r\n"
}
