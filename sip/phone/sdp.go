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

// statement is what the phone says in an offer or answer with one audio line.
type statement struct {
	codecs    []codec
	direction Direction
	crypto    []cryptoLine
	// opportunistic keeps the line on RTP/AVP although it has keys (RFC 8643).
	opportunistic bool
}

// secureProto is the profile of SRTP.
const secureProto = "RTP/SAVP"

// proto is the profile of the line.
func (s statement) proto() string {
	if len(s.crypto) > 0 && !s.opportunistic {
		return secureProto
	}
	return "RTP/AVP"
}

// write writes the description of a phone that receives at rtp.
func (s statement) write(rtp netip.AddrPort, version int) string {
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
	}
	audio := fmt.Sprintf("m=audio %d %s", rtp.Port(), s.proto())
	var maps []string
	for _, c := range s.codecs {
		audio += fmt.Sprintf(" %d", c.payloadType)
		maps = append(maps, fmt.Sprintf("a=rtpmap:%d %s", c.payloadType, c.rtpmap))
	}
	lines = append(lines, audio+" 101")
	for _, l := range s.crypto {
		lines = append(lines, l.String())
	}
	lines = append(lines, maps...)
	lines = append(lines,
		"a=rtpmap:101 telephone-event/8000",
		"a=fmtp:101 0-15",
		fmt.Sprintf("a=ptime:%d", 20/s.codecs[0].packets),
		"a="+string(s.direction),
	)
	return strings.Join(lines, "\r\n") + "\r\n"
}

// description is what the phone reads from the far end's SDP.
type description struct {
	rtp         netip.AddrPort // invalid: send nothing
	codec       codec          // the first in the list that the phone speaks
	payloadType uint8          // that the far end gives it
	direction   Direction      // seen from the far end
	secure      bool           // on a profile of SRTP
	crypto      []cryptoLine   // the keys the phone can use
}

// errNoAudio: the SDP has no audio line with a codec of the phone's.
var errNoAudio = errors.New("phone: no audio in the SDP that the phone speaks")

// parseDescription reads the first audio line and what applies to it.
func parseDescription(body string) (description, error) {
	d := description{direction: SendRecv}
	var addr netip.Addr
	var types []string
	maps := make(map[string]string)
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
			f := strings.Fields(value)
			if len(f) < 4 {
				return d, errNoAudio
			}
			n, err := strconv.ParseUint(f[1], 10, 16)
			if err != nil {
				return d, errNoAudio
			}
			udpPort, d.secure, types = int(n), strings.HasPrefix(f[2], secureProto), f[3:]
		case other:
		case key == "c":
			if f := strings.Fields(value); len(f) == 3 {
				addr, _ = netip.ParseAddr(f[2])
			}
		case key == "a":
			d.attribute(value, maps)
		}
	}
	if addr.IsValid() && !addr.IsUnspecified() && udpPort > 0 {
		d.rtp = netip.AddrPortFrom(addr, uint16(udpPort))
	}
	return d, d.pick(types, maps)
}

// attribute takes in what follows "a=".
func (d *description) attribute(value string, maps map[string]string) {
	switch dir := Direction(value); dir {
	case SendRecv, SendOnly, RecvOnly, Inactive:
		d.direction = dir
		return
	}
	switch name, value, _ := strings.Cut(value, ":"); name {
	case "rtpmap":
		pt, rtpmap, _ := strings.Cut(value, " ")
		maps[pt] = strings.TrimSpace(rtpmap)
	case "crypto":
		if l, ok := parseCrypto(value); ok {
			d.crypto = append(d.crypto, l)
		}
	}
}

// pick takes the first of the payload types that the phone speaks.
func (d *description) pick(types []string, maps map[string]string) error {
	for _, pt := range types {
		n, err := strconv.ParseUint(pt, 10, 7)
		if err != nil {
			continue
		}
		c, ok := codecOfMap(maps[pt])
		if !ok && maps[pt] == "" && n < 96 {
			c, ok = codecOfType(uint8(n))
		}
		if ok {
			d.codec, d.payloadType = c, uint8(n)
			return nil
		}
	}
	return errNoAudio
}
