package sdp

import (
	"strconv"
	"strings"
)

// maxLines bounds the lines of one description, longest of all real ones
// many times over.
const maxLines = 512

// mline is a media line as it was sent, so that an answer can repeat it.
type mline struct {
	media, port, proto string
	formats            []string
}

// draft is a description taken apart, before its values are looked at.
type draft struct {
	origin string
	head   []string // c= and a= of the session level
	media  []*draftMedia
}

type draftMedia struct {
	line   mline
	conn   string   // "" when the line has no c= of its own
	attrs  []string // a= lines but the crypto ones
	crypto []string // what follows "a=crypto:", so that no key gets any further
}

// normalise rewrites a description into one that pion accepts. It inserts a
// missing v=, s= and t=, mends a short o=, puts lines into their order, drops
// lines and line types that offer/answer has no use for, and takes any line
// ending. Media lines other than audio over RTP become a rejected audio line;
// media holds what they really said.
func normalise(body []byte) (text string, media []*draftMedia, err error) {
	d, err := takeApart(string(body))
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	b.WriteString("v=0\r\no=" + mendOrigin(d.origin) + "\r\ns=-\r\n")
	conn, attrs := splitConn(d.head)
	if conn != "" {
		b.WriteString(conn + "\r\n")
	}
	b.WriteString("t=0 0\r\n")
	writeLines(&b, attrs)
	for _, m := range d.media {
		b.WriteString("m=" + m.line.sanitised() + "\r\n")
		if m.conn != "" {
			b.WriteString(m.conn + "\r\n")
		}
		writeLines(&b, m.attrs)
	}
	return b.String(), d.media, nil
}

func writeLines(b *strings.Builder, lines []string) {
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
}

// splitConn takes the first c= line out of session level lines.
func splitConn(head []string) (conn string, attrs []string) {
	for _, l := range head {
		switch {
		case l[0] != 'c':
			attrs = append(attrs, l)
		case conn == "":
			conn = l
		}
	}
	return conn, attrs
}

// takeApart sorts the lines of a description by where they belong.
func takeApart(body string) (*draft, error) {
	body = strings.ReplaceAll(body, "\x00", "")
	body = strings.ReplaceAll(body, "\r", "\n")
	if strings.Count(body, "\n") > 2*maxLines {
		return nil, syntax("too many lines")
	}
	d := &draft{}
	for raw := range strings.SplitSeq(body, "\n") {
		l := strings.TrimSpace(raw)
		if l == "" {
			continue
		}
		if len(l) < 2 || l[1] != '=' {
			return nil, syntax("line %q has no type", clip(l))
		}
		if err := d.add(l[0], l); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// add files one line. Line types that are not listed are dropped.
func (d *draft) add(kind byte, line string) error {
	var last *draftMedia
	if n := len(d.media); n > 0 {
		last = d.media[n-1]
	}
	switch {
	case kind == 'v' && strings.TrimSpace(line[2:]) != "0":
		return syntax("version %q", clip(line))
	case kind == 'o' && d.origin == "":
		d.origin = line[2:]
	case kind == 'm':
		m, err := parseMLine(line[2:])
		if err != nil {
			return err
		}
		d.media = append(d.media, &draftMedia{line: m})
	case isCrypto(line):
		// RFC 4568 section 5: "The crypto attribute MUST only appear at the SDP
		// media level".
		if last != nil {
			last.crypto = append(last.crypto, line[len(cryptoKey):])
		}
	case kind == 'a' && last == nil:
		d.head = append(d.head, lowerKey(line))
	case kind == 'a':
		last.attrs = append(last.attrs, lowerKey(line))
	case kind == 'c' && last == nil:
		d.head = append(d.head, upperTypes(line))
	case kind == 'c' && last.conn == "":
		last.conn = upperTypes(line)
	}
	return nil
}

const cryptoKey = "a=crypto:"

func isCrypto(line string) bool {
	return len(line) >= len(cryptoKey) && strings.EqualFold(line[:len(cryptoKey)], cryptoKey)
}

// lowerKey writes the name of an attribute as look-ups expect it.
func lowerKey(line string) string {
	key, value, found := strings.Cut(line, ":")
	if !found {
		return strings.ToLower(line)
	}
	return strings.ToLower(key) + ":" + value
}

// upperTypes writes the network and the address type of a c= line as pion
// expects them.
func upperTypes(line string) string {
	f := strings.Fields(line[2:])
	for i := 0; i < 2 && i < len(f); i++ {
		f[i] = strings.ToUpper(f[i])
	}
	return "c=" + strings.Join(f, " ")
}

// parseMLine reads "media port proto fmt ...".
func parseMLine(s string) (mline, error) {
	f := strings.Fields(s)
	if len(f) < 4 {
		return mline{}, syntax("media line %q is too short", clip(s))
	}
	port, _, _ := strings.Cut(f[1], "/")
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return mline{}, syntax("UDP port %q", clip(f[1]))
	}
	return mline{media: f[0], port: port, proto: f[2], formats: f[3:]}, nil
}

func (m mline) isAudio() bool { return strings.EqualFold(m.media, "audio") }

// isRTPAudio reports whether m is a line this package can agree to.
func (m mline) isRTPAudio() bool {
	return m.isAudio() && (m.isSecure() ||
		strings.EqualFold(m.proto, "RTP/AVP") || strings.EqualFold(m.proto, "RTP/AVPF"))
}

// isSecure reports whether m is of a profile of SRTP.
func (m mline) isSecure() bool {
	return strings.EqualFold(m.proto, "RTP/SAVP") || strings.EqualFold(m.proto, "RTP/SAVPF")
}

// sanitised is the media line as pion gets to see it.
func (m mline) sanitised() string {
	if !m.isRTPAudio() {
		return "audio 0 RTP/AVP 0"
	}
	return "audio " + m.port + " " + strings.ToUpper(m.proto) + " " + strings.Join(m.formats, " ")
}

// mendOrigin completes an o= line. Its values identify a description and
// decide nothing, so whatever can't be read becomes zero.
func mendOrigin(s string) string {
	out := []string{"-", "0", "0", "IN", "IP4", "0.0.0.0"}
	f := strings.Fields(s)
	if len(f) > 0 {
		out[0] = f[0]
	}
	for i := 1; i <= 2 && i < len(f); i++ {
		if _, err := strconv.ParseUint(f[i], 10, 64); err == nil {
			out[i] = f[i]
		}
	}
	if len(f) == 6 && (strings.EqualFold(f[4], "IP4") || strings.EqualFold(f[4], "IP6")) {
		out[4], out[5] = strings.ToUpper(f[4]), f[5]
	}
	return strings.Join(out, " ")
}

// clip shortens foreign text for an error message, and leaves out what may be a
// key.
func clip(s string) string {
	const limit = 40
	if i := strings.Index(strings.ToLower(s), "inline"); i >= 0 && i < limit {
		return s[:i] + "..."
	}
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
