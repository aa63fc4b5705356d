package sdp

import (
	"fmt"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"

	"partyline/bridge"
)

// format is one RTP payload type of a media line.
type format struct {
	payloadType uint8
	encoding    string // upper case, "" for a dynamic type without rtpmap
	clock       int
	channels    int
	params      string // of its fmtp, "" without one
}

// static are the payload types of RFC 3551 tables 4 and 5 that need no rtpmap.
var static = map[uint8]format{
	0:  {0, "PCMU", 8000, 1, ""},
	3:  {3, "GSM", 8000, 1, ""},
	4:  {4, "G723", 8000, 1, ""},
	8:  {8, "PCMA", 8000, 1, ""},
	9:  {9, "G722", 8000, 1, ""},
	10: {10, "L16", 44100, 2, ""},
	11: {11, "L16", 44100, 1, ""},
	13: {13, "CN", 8000, 1, ""},
	18: {18, "G729", 8000, 1, ""},
}

// comfortType is the payload type of comfort noise. RFC 3389 section 4: "The
// RTP payload type for comfort noise is 13" wherever the clock is 8,000 Hz.
const comfortType = 13

// findFormats lists the payload types of a media line in its order, each at
// most once, with what rtpmap or RFC 3551 says about them.
func findFormats(m *pion.MediaDescription) []format {
	maps := rtpmaps(m)
	var out []format
	var seen [128]bool
	for _, text := range m.MediaName.Formats {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n > 127 || seen[n] {
			continue
		}
		seen[n] = true
		pt := uint8(n)
		f, ok := maps[pt]
		if !ok {
			f = static[pt]
			f.payloadType = pt
		}
		f.params = fmtp(m, pt)
		out = append(out, f)
	}
	return out
}

// rtpmaps reads the lines "a=rtpmap:type encoding/clock[/channels]".
func rtpmaps(m *pion.MediaDescription) map[uint8]format {
	maps := make(map[uint8]format)
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		f := strings.Fields(a.Value)
		if len(f) < 2 {
			continue
		}
		pt, err := strconv.ParseUint(f[0], 10, 7)
		if err != nil {
			continue
		}
		if format, ok := rtpmap(uint8(pt), f[1]); ok {
			maps[uint8(pt)] = format
		}
	}
	return maps
}

// rtpmap reads "encoding/clock[/channels]".
func rtpmap(pt uint8, text string) (format, bool) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 {
		return format{}, false
	}
	f := format{payloadType: pt, encoding: strings.ToUpper(parts[0]), channels: 1}
	var err error
	if f.clock, err = strconv.Atoi(parts[1]); err != nil {
		return format{}, false
	}
	if len(parts) > 2 {
		if f.channels, err = strconv.Atoi(parts[2]); err != nil {
			return format{}, false
		}
	}
	return f, true
}

// fmtp returns the parameters of the first "a=fmtp:type parameters" line of a
// payload type.
func fmtp(m *pion.MediaDescription, pt uint8) string {
	want := strconv.Itoa(int(pt))
	for _, a := range m.Attributes {
		if a.Key != "fmtp" {
			continue
		}
		if number, params, _ := strings.Cut(strings.TrimSpace(a.Value), " "); number == want {
			return params
		}
	}
	return ""
}

// rtpmapNames are the codecs as rtpmap lines spell them. RFC 7587 section 7:
// for Opus "the number of channels MUST be 2", whatever is sent.
var rtpmapNames = map[bridge.Codec]string{
	bridge.PCMU:     "PCMU/8000",
	bridge.PCMA:     "PCMA/8000",
	bridge.G722:     "G722/8000",
	bridge.Opus:     "opus/48000/2",
	bridge.L16at8k:  "L16/8000",
	bridge.L16at16k: "L16/16000",
	bridge.L16at48k: "L16/48000",
}

// codecOf finds the codec behind a label.
var codecOf = func() map[string]bridge.Codec {
	m := make(map[string]bridge.Codec)
	for c, name := range rtpmapNames {
		f, _ := rtpmap(0, name)
		m[f.label()] = c
	}
	return m
}()

// label names what a payload type stands for, "" when nobody knows. Opus is
// taken for Opus with any number of channels: whatever rtpmap says, its decoder
// gives as many as are asked of it.
func (f format) label() string {
	switch {
	case f.encoding == "":
		return ""
	case f.channels == 1 || f.encoding == "OPUS":
		return fmt.Sprintf("%s/%d", f.encoding, f.clock)
	}
	return fmt.Sprintf("%s/%d/%d", f.encoding, f.clock, f.channels)
}

// codec returns the codec of f, or NoCodec.
func (f format) codec() bridge.Codec { return codecOf[f.label()] }

// isDTMF reports whether f is telephone-event (RFC 4733) at some clock.
func (f format) isDTMF() bool { return f.encoding == "TELEPHONE-EVENT" && f.channels == 1 }

// isComfort reports whether f is comfort noise as a leg knows it.
func (f format) isComfort() bool {
	return f.payloadType == comfortType && f.encoding == "CN" && f.clock == 8000
}

// Bounds of maxaveragebitrate and maxplaybackrate (RFC 7587 section 6.1).
const (
	minBitRate, maxBitRate           = 6000, 510_000
	minPlaybackRate, maxPlaybackRate = 8000, 48_000
)

// opus reads the wishes of an Opus receiver from its fmtp: parameters in any
// order and case, separated by semicolons. Nonsense counts as not said.
func (f format) opus() bridge.OpusParams {
	var p bridge.OpusParams
	for param := range strings.SplitSeq(f.params, ";") {
		key, value, _ := strings.Cut(param, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "useinbandfec":
			p.FEC = value == "1"
		case "maxplaybackrate":
			p.MaxPlaybackRate = bounded(value, minPlaybackRate, maxPlaybackRate)
		case "maxaveragebitrate":
			p.MaxBitRate = bounded(value, minBitRate, maxBitRate)
		}
	}
	if p.MaxPlaybackRate == maxPlaybackRate {
		p.MaxPlaybackRate = 0
	}
	return p
}

// bounded reads a number and brings it into its range; 0 when it is none.
func bounded(text string, low, high int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return 0
	}
	return min(max(n, low), high)
}
