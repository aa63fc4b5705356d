package sdp

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	pion "github.com/pion/sdp/v3"

	"partyline/bridge"
)

// maxBody bounds the size of a description in bytes.
const maxBody = 16 << 10

// A Description is a peer's session description, reduced to what offer/answer
// needs.
type Description struct {
	media []media
}

// media is one media line with its attributes resolved: what is said at the
// session level counts where the line itself says nothing.
type media struct {
	line      mline
	port      uint16
	conn      netip.Addr       // from c=, invalid for a host name
	direction bridge.Direction // as seen by the peer
	ptime     time.Duration    // 0: not given
	maxptime  time.Duration    // 0: not given
	rtcp      netip.AddrPort   // from a=rtcp, invalid: not given
	rtcpMux   bool
	formats   []format
	crypto    []cryptoLine // the usable ones
	cryptoErr error        // what was wrong with one that is not
}

// Parse reads a description. Its errors wrap ErrSyntax.
func Parse(body []byte) (*Description, error) {
	if len(body) > maxBody {
		return nil, syntax("%d bytes", len(body))
	}
	text, drafts, err := normalise(body)
	if err != nil {
		return nil, err
	}
	if len(drafts) == 0 {
		return nil, syntax("no media line")
	}
	var p pion.SessionDescription
	if err := p.UnmarshalString(text); err != nil {
		return nil, syntax("%v", err)
	}
	d := &Description{}
	for i, m := range p.MediaDescriptions {
		resolved, err := resolve(&p, m, drafts[i])
		if err != nil {
			return nil, err
		}
		d.media = append(d.media, resolved)
	}
	return d, nil
}

// resolve merges the session level into one media line.
func resolve(p *pion.SessionDescription, m *pion.MediaDescription, draft *draftMedia) (media, error) {
	out := media{line: draft.line}
	if !draft.line.isRTPAudio() {
		return out, nil
	}
	out.port = uint16(m.MediaName.Port.Value)
	conn, err := findConnection(p, m)
	if err != nil {
		return out, err
	}
	out.conn = conn
	out.direction = findDirection(p, m)
	_, out.rtcpMux = m.Attribute("rtcp-mux")
	out.ptime = milliseconds(p, m, "ptime")
	out.maxptime = milliseconds(p, m, "maxptime")
	out.rtcp = findRTCP(m, conn)
	out.formats = findFormats(m)
	out.crypto, out.cryptoErr = parseCrypto(draft.crypto)
	return out, nil
}

// findConnection returns the address of the c= line in force, invalid for a
// host name: looking one up on a stranger's word would let the stranger choose
// what to look up and how long to wait. A description without any c= falls back
// on the address in o=.
func findConnection(p *pion.SessionDescription, m *pion.MediaDescription) (netip.Addr, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = p.ConnectionInformation
	}
	text := p.Origin.UnicastAddress
	if c != nil {
		if c.Address == nil || c.Address.Address == "" {
			return netip.Addr{}, syntax("connection line without an address")
		}
		text = c.Address.Address
	}
	text, _, _ = strings.Cut(text, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil && c == nil {
		return netip.Addr{}, syntax("no connection line")
	}
	if c != nil && err == nil && addr.Is4() != (c.AddressType == "IP4") {
		return netip.Addr{}, syntax("address %q is not %s", clip(text), c.AddressType)
	}
	return addr.Unmap().WithZone(""), nil
}

var directions = map[string]bridge.Direction{
	"sendrecv": bridge.SendRecv,
	"sendonly": bridge.SendOnly,
	"recvonly": bridge.RecvOnly,
	"inactive": bridge.Inactive,
}

// findDirection returns the direction attribute in force, from the peer's
// point of view (RFC 4566 section 6: sendrecv when there is none).
func findDirection(p *pion.SessionDescription, m *pion.MediaDescription) bridge.Direction {
	for _, attrs := range [][]pion.Attribute{m.Attributes, p.Attributes} {
		for _, a := range attrs {
			if d, ok := directions[strings.ToLower(a.Key)]; ok {
				return d
			}
		}
	}
	return bridge.SendRecv
}

// milliseconds reads a=ptime or a=maxptime. Nonsense counts as not given.
func milliseconds(p *pion.SessionDescription, m *pion.MediaDescription, key string) time.Duration {
	v, ok := m.Attribute(key)
	if !ok {
		v, _ = p.Attribute(key)
	}
	v, _, _ = strings.Cut(strings.TrimSpace(v), ".")
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// findRTCP reads "a=rtcp:port [IN IP4 address]" (RFC 3605).
func findRTCP(m *pion.MediaDescription, host netip.Addr) netip.AddrPort {
	v, ok := m.Attribute("rtcp")
	f := strings.Fields(v)
	if !ok || len(f) == 0 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(f[0], 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	if len(f) == 4 {
		if a, err := netip.ParseAddr(f[3]); err == nil {
			host = a
		}
	}
	return netip.AddrPortFrom(host, uint16(port))
}
