package phone

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Direction is a direction attribute of SDP, seen from the phone.
type Direction string

// The directions of RFC 3264 section 6.1.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly" // the far end is on hold
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

func (d Direction) sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) receives() bool { return d == SendRecv || d == RecvOnly }

// and is the direction in which both d and e let audio flow.
func (d Direction) and(e Direction) Direction {
	switch s, r := d.sends() && e.sends(), d.receives() && e.receives(); {
	case s && r:
		return SendRecv
	case s:
		return SendOnly
	case r:
		return RecvOnly
	}
	return Inactive
}

// mirror is the direction that answers d.
func (d Direction) mirror() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// describe writes an offer or answer with one audio line.
func describe(rtp netip.AddrPort, version int, c codec, d Direction) string {
	family := "IP4"
	if rtp.Addr().Is6() {
		family = "IP6"
	}
	lines := []string{
		"v=0",
		fmt.Sprintf("o=phone 1 %d IN %s %s", version, family, rtp.Addr()),
		"s=-",
		fmt.Sprintf("c=IN %s %s", family, rtp.Addr()),
		"t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP %d 101", rtp.Port(), c.payloadType),
		fmt.Sprintf("a=rtpmap:%d %s/8000", c.payloadType, c.name),
		"a=rtpmap:101 telephone-event/8000",
		"a=fmtp:101 0-15",
		"a=ptime:20",
		"a=" + string(d),
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// description is what the phone reads from the far end's SDP.
type description struct {
	rtp       netip.AddrPort // invalid: send nothing
	codec     codec          // the first of G.711 in the list
	direction Direction      // seen from the far end
}

// errNoAudio: the SDP has no audio line with G.711.
var errNoAudio = errors.New("phone: no G.711 audio in the SDP")

// parseDescription reads the first audio line and what applies to it.
func parseDescription(body string) (description, error) {
	d := description{direction: SendRecv}
	var addr netip.Addr
	var udpPort int
	var found, other bool // other: inside a media section that is not ours
	for line := range strings.Lines(body) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case key == "m":
			if other = found || !strings.HasPrefix(value, "audio "); other {
				continue
			}
			found = true
			var err error
			if udpPort, d.codec, err = parseAudioLine(value); err != nil {
				return d, err
			}
		case other:
		case key == "c":
			if f := strings.Fields(value); len(f) == 3 {
				addr, _ = netip.ParseAddr(f[2])
			}
		case key == "a":
			switch dir := Direction(value); dir {
			case SendRecv, SendOnly, RecvOnly, Inactive:
				d.direction = dir
			}
		}
	}
	if !found {
		return d, errNoAudio
	}
	if addr.IsValid() && !addr.IsUnspecified() && udpPort > 0 {
		d.rtp = netip.AddrPortFrom(addr, uint16(udpPort))
	}
	return d, nil
}

// parseAudioLine reads "audio 4000 RTP/AVP 0 101".
func parseAudioLine(value string) (udpPort int, c codec, err error) {
	f := strings.Fields(value)
	if len(f) < 4 {
		return 0, c, errNoAudio
	}
	n, err := strconv.ParseUint(f[1], 10, 16)
	if err != nil {
		return 0, c, errNoAudio
	}
	for _, pt := range f[3:] {
		if t, err := strconv.ParseUint(pt, 10, 7); err == nil {
			if c, ok := codecOfType(uint8(t)); ok {
				return int(n), c, nil
			}
		}
	}
	return 0, c, errNoAudio
}
