package sip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	sipgo "github.com/emiago/sipgo/sip"
)

// Bounds on a datagram's header section.
const (
	maxHeaderBytes = 16 << 10
	maxHeaderLines = 256
)

// maxPeers is how many sources a listener may have heard from before the
// transport layer, which remembers each of them, is made to forget.
const maxPeers = 20_000

// farewell is how long a reader stays before it leaves the transport layer, so
// that requests under way still find its socket there. For a request whose
// socket it no longer knows, sipgo would open another one.
const farewell = 20 * time.Millisecond

// gate is a UDP socket that gives sipgo only datagrams its layers can work
// with. Everything else is answered here without keeping state, or dropped.
// It never returns an error before the socket is closed, since sipgo stops
// reading at the first one; except that it lets go of the reader, to be called
// again, when too many peers are known.
type gate struct {
	net.PacketConn
	s      *Server
	parser *sipgo.Parser
	peers  map[netip.AddrPort]struct{}
	held   func(b []byte) (int, net.Addr) // a datagram to hand out first
	failed error                          // set when the socket is closed
}

func newGate(s *Server, conn net.PacketConn) *gate {
	return &gate{PacketConn: conn, s: s, parser: sipgo.NewParser(), peers: make(map[netip.AddrPort]struct{})}
}

// errForget ends one run of the reader; it is a closed socket as far as sipgo
// can tell.
var errForget = errors.Join(net.ErrClosed, errors.New("sip: too many peers known"))

// ReadFrom implements net.PacketConn.
func (g *gate) ReadFrom(b []byte) (int, net.Addr, error) {
	if g.held != nil {
		n, from := g.held(b)
		g.held = nil
		return n, from, nil
	}
	for {
		n, from, err := g.PacketConn.ReadFrom(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || g.s.stopped.Load() {
				time.Sleep(farewell)
				g.failed = err
				return 0, nil, net.ErrClosed
			}
			g.s.count.readErrors.Add(1)
			time.Sleep(time.Millisecond) // a socket that fails at once must not spin
			continue
		}
		g.s.count.datagrams.Add(1)
		if !g.pass(b[:n], from) {
			continue
		}
		if g.known(from) {
			return n, from, nil
		}
		g.hold(bytes.Clone(b[:n]), from)
		time.Sleep(farewell)
		return 0, nil, errForget
	}
}

// known remembers a peer. It reports false when there are too many.
func (g *gate) known(from net.Addr) bool {
	if len(g.peers) >= maxPeers {
		clear(g.peers)
		return false
	}
	g.peers[addrPortOf(from)] = struct{}{}
	return true
}

func (g *gate) hold(datagram []byte, from net.Addr) {
	g.held = func(b []byte) (int, net.Addr) { return copy(b, datagram), from }
}

// pass reports whether sipgo may have a datagram.
func (g *gate) pass(data []byte, from net.Addr) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			g.s.panicked("gate", p)
			ok = false
		}
	}()
	if len(bytes.Trim(data, "\r\n\x00")) == 0 {
		return false // keep-alive
	}
	start, ok := startLine(data)
	if !ok {
		g.s.count.junk.Add(1)
		return false
	}
	code, req := g.check(data, start, from)
	switch code {
	case 0:
		if g.s.acknowledge(req) {
			return false // done: sipgo would only make a transaction and drop it
		}
		r := g.s.early(req, from)
		if r == nil {
			return true
		}
		g.reply(data, start, from, r)
		return false
	case sipgo.StatusServiceUnavailable:
		g.s.count.limited.Add(1)
	default:
		g.s.count.malformed.Add(1)
	}
	if !g.s.limitReplies.allow(hostOf(from), time.Now()) {
		return false // whoever forges a source shall not have us flood it
	}
	g.reply(data, start, from, refuse(code))
	return false
}

// reply answers a datagram without keeping anything of it.
func (g *gate) reply(data []byte, start string, from net.Addr, r *refusal) {
	if res := rawResponse(data, start, from, r, g.s.secret); res != nil {
		g.PacketConn.WriteTo(res.data, res.to)
	}
}

// startLine returns the first line if it is one of SIP: "METHOD uri SIP/x" or
// "SIP/x code reason".
func startLine(data []byte) (string, bool) {
	line, _, found := bytes.Cut(data, []byte("\n"))
	text := strings.TrimRight(string(line), "\r \t")
	if !found || len(text) > maxHeaderBytes {
		return "", false
	}
	if strings.HasPrefix(text, "SIP/") {
		return text, true
	}
	i := strings.LastIndexByte(text, ' ')
	return text, i > 0 && isToken(text[0]) && strings.HasPrefix(strings.ToUpper(text[i+1:]), "SIP/")
}

func isToken(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' ||
		strings.IndexByte("-.!%*_+`'~", c) >= 0
}

// check returns the code to refuse a datagram with, or 0 and the request in it,
// nil for a response.
func (g *gate) check(data []byte, start string, from net.Addr) (int, *sipgo.Request) {
	head, _, complete := bytes.Cut(data, []byte("\r\n\r\n"))
	lines := bytes.Count(head, []byte("\n"))
	switch {
	case len(head) > maxHeaderBytes || lines > maxHeaderLines:
		return sipgo.StatusMessageTooLarge, nil
	case !complete || lines != bytes.Count(head, []byte("\r\n")):
		// A bare LF would let a header value carry another header.
		return sipgo.StatusBadRequest, nil
	}
	msg, err := g.parser.ParseSIP(data)
	if err != nil {
		return refuseUnparsed(start), nil
	}
	req, ok := msg.(*sipgo.Request)
	if !ok {
		return checkResponse(msg), nil
	}
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") {
		return sipgo.StatusVersionNotSupported, nil
	}
	if code := checkHeaders(req); code != 0 {
		return code, nil
	}
	return g.checkRate(req, from), req
}

// otherScheme is a start line whose URI is of a scheme that sipgo's parser does
// not take for one.
var otherScheme = regexp.MustCompile(`^\S+ ([A-Za-z][A-Za-z0-9+.-]*):\S* SIP/2\.0$`)

// refuseUnparsed is the code for a message that sipgo can't parse.
func refuseUnparsed(start string) int {
	m := otherScheme.FindStringSubmatch(start)
	if m != nil && !oneOf(strings.ToLower(m[1]), "sip", "sips", "tel") {
		return statusUnsupportedScheme
	}
	return sipgo.StatusBadRequest
}

// checkResponse refuses, that is drops, responses no transaction can take.
func checkResponse(msg sipgo.Message) int {
	if msg.Via() == nil || msg.CSeq() == nil {
		return sipgo.StatusBadRequest
	}
	return 0
}

// single lists headers that may appear once, and whether they must appear
// (RFC 3261 section 8.1.1; Max-Forwards is often forgotten and not needed).
var single = []struct {
	names    []string
	required bool
}{
	{[]string{"from", "f"}, true},
	{[]string{"to", "t"}, true},
	{[]string{"call-id", "i"}, true},
	{[]string{"cseq"}, true},
	{[]string{"max-forwards"}, false},
	{[]string{"content-length", "l"}, false},
	{[]string{"content-type", "c"}, false},
}

func checkHeaders(req *sipgo.Request) int {
	if via := req.Via(); via == nil || via.Host == "" {
		return sipgo.StatusBadRequest
	}
	for _, h := range single {
		n := 0
		for _, got := range req.Headers() {
			if isNamed(got, h.names) {
				n++
			}
		}
		if n > 1 || n == 0 && h.required {
			return sipgo.StatusBadRequest
		}
	}
	cseq := sipgo.RequestMethod(strings.TrimSpace(string(req.CSeq().MethodName)))
	if !strings.EqualFold(string(cseq), string(req.Method)) {
		return sipgo.StatusBadRequest
	}
	return 0
}

// checkRate counts requests against their source. Those within a call have an
// allowance of their own.
func (g *gate) checkRate(req *sipgo.Request, from net.Addr) int {
	limit := g.s.limit
	if req.IsAck() || req.IsCancel() || req.To().Params.Has("tag") {
		limit = g.s.limitInside
	}
	if limit.allow(hostOf(from), time.Now()) {
		return 0
	}
	return sipgo.StatusServiceUnavailable
}

// hostOf is the IP address of a datagram's source.
func hostOf(a net.Addr) netip.Addr { return addrPortOf(a).Addr().Unmap() }

// addrPortOf is a datagram's source, the zero value for none of UDP.
func addrPortOf(a net.Addr) netip.AddrPort {
	if udp, ok := a.(*net.UDPAddr); ok {
		return udp.AddrPort()
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return ap
}
