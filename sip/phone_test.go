package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const serverAddr = "127.0.0.1:5060"

// setup is a server on a simulated wire with a fake bridge behind it.
type setup struct {
	*testing.T
	*wire
	s      *Server
	bridge *fakeBridge
	served chan error // what Serve returned
	ids    int
}

// inBubble runs a test on virtual time against a fresh server.
func inBubble(t *testing.T, f func(*setup), opts ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		x := &setup{T: t, wire: w, bridge: &fakeBridge{wire: w}}
		x.start(opts...)
		f(x)
		x.s.Close()
		if err := <-x.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if n := x.s.Stats().Panics; n > 0 && !strings.Contains(t.Name(), "Panic") {
			t.Errorf("%d panics", n)
		}
		x.wantNoGhosts()
	})
}

func (x *setup) start(opts ...func(*Options)) {
	o := Options{host: x.bridge, Account: "AC1"}
	for _, f := range opts {
		f(&o)
	}
	if len(o.Listen) == 0 {
		o.Listen = append(o.Listen, Listener{Conn: x.wire.listen(serverAddr)})
	}
	s, err := New(o)
	if err != nil {
		x.Fatal(err)
	}
	x.s = s
	x.served = make(chan error, 1)
	go func() { x.served <- s.Serve(x.Context()) }()
}

// wantNoGhosts checks that nothing of any call is left.
func (x *setup) wantNoGhosts() {
	x.Helper()
	x.bridge.mu.Lock()
	defer x.bridge.mu.Unlock()
	if x.bridge.legs != 0 {
		x.Errorf("%d legs are open after all calls", x.bridge.legs)
	}
	if n := x.s.Stats().Calls; n != 0 {
		x.Errorf("%d calls are left", n)
	}
}

// message is a SIP message as the script sees it.
type message struct {
	start   string
	headers [][2]string
	body    string
	raw     string
}

func parseMessage(raw string) *message {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	m := &message{raw: raw, body: body}
	for i, l := range strings.Split(head, "\r\n") {
		if i == 0 {
			m.start = l
			continue
		}
		k, v, _ := strings.Cut(l, ":")
		m.headers = append(m.headers, [2]string{strings.TrimSpace(k), strings.TrimSpace(v)})
	}
	return m
}

// all returns the values of a header; get the first, "" for none.
func (m *message) all(name string) []string {
	var out []string
	for _, h := range m.headers {
		if strings.EqualFold(h[0], name) {
			out = append(out, h[1])
		}
	}
	return out
}

func (m *message) get(name string) string {
	if v := m.all(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

func (m *message) has(name string) bool { return len(m.all(name)) > 0 }

// code is a response's status, 0 for a request.
func (m *message) code() int {
	f := strings.Fields(m.start)
	if len(f) < 2 || f[0] != "SIP/2.0" {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n
}

func (m *message) method() string { return strings.Fields(m.start)[0] }

func tagOf(header string) string {
	_, after, _ := strings.Cut(header, ";tag=")
	tag, _, _ := strings.Cut(after, ";")
	return tag
}

// phone is a scripted user agent: it sends what the test says, word for word.
type phone struct {
	*setup
	conn    *memConn
	addr    string
	server  string // where requests go, "" for the first listener
	callID  string
	fromTag string
	toTag   string
	uri     string
	cseq    int
	branch  int
	sdp     string // the offer
}

func (x *setup) phone(addr string) *phone {
	x.ids++
	host := addr[:strings.LastIndexByte(addr, ':')]
	return &phone{
		setup:   x,
		conn:    x.wire.listen(addr),
		addr:    addr,
		callID:  fmt.Sprintf("call-%d@%s", x.ids, host),
		fromTag: fmt.Sprintf("from%d", x.ids),
		uri:     "sip:lobby@127.0.0.1",
		sdp:     offerAt(host, 4000, "0"),
	}
}

// offerAt is a plain offer.
func offerAt(host string, port int, formats string, attrs ...string) string {
	s := fmt.Sprintf("v=0\r\no=alice 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n",
		host, host, port, formats)
	for _, a := range attrs {
		s += "a=" + a + "\r\n"
	}
	return s
}

// text builds a request. Each change is "Name: value" to replace or add a
// header, "+Name: value" to add one, "-Name" to remove it, "!text" to replace
// the start line, or "=text" to set the body.
func (p *phone) text(method string, changes ...string) string {
	p.branch++
	if method != "ACK" && method != "CANCEL" {
		p.cseq++
	}
	to := "<" + p.uri + ">"
	if p.toTag != "" {
		to += ";tag=" + p.toTag
	}
	start := method + " " + p.uri + " SIP/2.0"
	lines := []string{
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d;rport", p.addr, p.fromTag, p.branch),
		fmt.Sprintf("From: \"Alice\" <sip:alice@example.com>;tag=%s", p.fromTag),
		"To: " + to,
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", p.cseq, method),
		"Contact: <sip:alice@" + p.addr + ">",
		"Max-Forwards: 70",
	}
	body := ""
	if method == "INVITE" {
		body = p.sdp
	}
	for _, c := range changes {
		switch c[0] {
		case '!':
			start = c[1:]
		case '=':
			body = c[1:]
		case '-':
			lines = dropHeader(lines, c[1:])
		case '+':
			lines = append(lines, c[1:])
		default:
			lines = replaceHeader(lines, c)
		}
	}
	if body != "" && len(dropHeader(lines, "Content-Type")) == len(lines) {
		lines = append(lines, "Content-Type: application/sdp")
	}
	if len(dropHeader(lines, "Content-Length")) == len(lines) {
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return start + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func dropHeader(lines []string, name string) []string {
	var out []string
	for _, l := range lines {
		if k, _, _ := strings.Cut(l, ":"); !strings.EqualFold(strings.TrimSpace(k), name) {
			out = append(out, l)
		}
	}
	return out
}

func replaceHeader(lines []string, line string) []string {
	name, _, _ := strings.Cut(line, ":")
	for i, l := range lines {
		if k, _, _ := strings.Cut(l, ":"); strings.EqualFold(k, name) {
			lines[i] = line
			return lines
		}
	}
	return append(lines, line)
}

// send sends a text as it is.
func (p *phone) send(text string) string {
	server := p.s.listeners[0].addr
	if p.server != "" {
		server = netip.MustParseAddrPort(p.server)
	}
	p.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(server))
	return text
}

// request builds and sends.
func (p *phone) request(method string, changes ...string) string {
	return p.send(p.text(method, changes...))
}

// next waits for a message, nil when there is none within the time.
func (p *phone) next(within time.Duration) *message {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case in := <-p.conn.in:
		return parseMessage(string(in.data))
	case <-t.C:
		return nil
	}
}

// want waits for the final response and checks its code.
func (p *phone) want(code int) *message {
	p.Helper()
	for {
		m := p.next(time.Second)
		switch {
		case m == nil:
			p.Fatalf("no answer, want %d", code)
		case m.code() == code:
			return m
		case m.code() != 100:
			p.Fatalf("got %q, want %d\n%s", m.start, code, m.raw)
		}
	}
}

// wantRefused waits for a refusal of an INVITE and acknowledges it.
func (p *phone) wantRefused(code int) *message {
	p.Helper()
	m := p.want(code)
	p.request("ACK", "Via: "+m.get("Via"), "To: "+m.get("To"), "CSeq: "+strings.Replace(m.get("CSeq"), "INVITE", "ACK", 1))
	return m
}

// wantRequest waits for a request of a method.
func (p *phone) wantRequest(method string, within time.Duration) *message {
	p.Helper()
	m := p.next(within)
	if m == nil || m.code() != 0 || m.method() != method {
		p.Fatalf("got %v, want %s", m, method)
	}
	return m
}

// silence checks that nothing comes.
func (p *phone) silence(d time.Duration) {
	p.Helper()
	if m := p.next(d); m != nil {
		p.Fatalf("got an unexpected message:\n%s", m.raw)
	}
}

// ack acknowledges a 200.
func (p *phone) ack(changes ...string) { p.request("ACK", changes...) }

// call sets a call up and returns the 200.
func (p *phone) call(changes ...string) *message {
	p.Helper()
	p.request("INVITE", changes...)
	ok := p.want(200)
	p.toTag = tagOf(ok.get("To"))
	p.ack()
	synctest.Wait()
	return ok
}

// hangUp ends a call.
func (p *phone) hangUp() {
	p.Helper()
	p.request("BYE")
	p.want(200)
	synctest.Wait()
}

// reinvite sends a re-INVITE with an offer and acknowledges its 200.
func (p *phone) reinvite(offer string) *message {
	p.Helper()
	p.request("INVITE", "="+offer)
	ok := p.want(200)
	p.ack()
	synctest.Wait()
	return ok
}

// answer answers a request of the bridge.
func (p *phone) answer(req *message, status string, extra ...string) {
	lines := []string{"SIP/2.0 " + status}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range req.all(name) {
			lines = append(lines, name+": "+v)
		}
	}
	lines = append(append(lines, extra...), "Content-Length: 0")
	p.send(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// events are what happened to the only participant.
func (x *setup) events() string {
	var all []string
	for _, e := range x.bridge.events() {
		all = append(all, strings.Join(e, ", "))
	}
	return strings.Join(all, " | ")
}

func (x *setup) wantEvents(want string) {
	x.Helper()
	synctest.Wait()
	if got := x.events(); got != want {
		x.Errorf("participants saw %q, want %q", got, want)
	}
}
