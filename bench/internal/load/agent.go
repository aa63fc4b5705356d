package load

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	timerT1 = 500 * time.Millisecond // RFC 3261 section 17.1.1.1
	// patience is how long a call may take to be answered.
	patience = 8 * time.Second
	// socketBuffer holds the answers to some thousand calls at once.
	socketBuffer = 8 << 20
)

// callState is where a call stands.
type callState uint8

const (
	inviting callState = iota
	up
	ending
	over
)

// call is the signalling of one caller.
type call struct {
	id     string
	uri    string
	caller *caller
	state  callState
	began  time.Time
	resend time.Time
	wait   time.Duration
	invite string
	bye    string
	ack    string

	remote netip.AddrPort // of the bridge's audio
}

// agent makes and ends calls over one UDP socket.
type agent struct {
	conn   *net.UDPConn
	local  netip.AddrPort
	target netip.AddrPort

	mu      sync.Mutex
	calls   map[string]*call
	serial  int
	setup   Histogram
	first   time.Time // when the first call was made
	last    time.Time // when the last one was answered
	failed  int
	dropped int // ended by the bridge
	reason  error
	// answered is called under mu when a call is up. It must not call a.
	answered func(*call)
	done     chan struct{}
}

func newAgent(local netip.Addr, target netip.AddrPort, answered func(*call)) (*agent, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(socketBuffer)
	a := &agent{conn: conn, target: target, calls: map[string]*call{}, answered: answered, done: make(chan struct{})}
	a.local = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	go a.read()
	return a, nil
}

// close ends the reading; calls that are up stay up at the bridge.
func (a *agent) close() {
	a.conn.Close()
	<-a.done
}

// invite begins a call to a URI.
func (a *agent) invite(uri string, who *caller) *call {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	k := &call{id: fmt.Sprintf("%d-%d@load", a.local.Port(), a.serial), uri: uri, caller: who, began: time.Now(), wait: timerT1}
	k.resend = k.began.Add(k.wait)
	k.invite = a.request("INVITE", uri, k, "<"+uri+">", 1, describe(who.rtp.LocalAddr(), who.codec))
	a.calls[k.id] = k
	if a.first.IsZero() {
		a.first = k.began
	}
	a.send(k.invite)
	return k
}

// hangUp ends a call that is up.
func (a *agent) hangUp(k *call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.state != up {
		return
	}
	k.state, k.wait = ending, timerT1
	k.resend = time.Now().Add(k.wait)
	a.send(k.bye)
}

// request writes a request of a call.
func (a *agent) request(method, target string, k *call, to string, cseq int, body string) string {
	var b strings.Builder
	branch := fmt.Sprintf("z9hG4bK%s%d%s", method[:1], cseq, k.id[:len(k.id)-len("@load")])
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\n", method, target, a.local, branch)
	fmt.Fprintf(&b, "From: <sip:load@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", a.local, k.id[:len(k.id)-len("@load")], to, k.id, cseq, method)
	fmt.Fprintf(&b, "Contact: <sip:load@%s>\r\n", a.local)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

func (a *agent) send(text string) { _, _ = a.conn.WriteToUDPAddrPort([]byte(text), a.target) }

// read takes in what the bridge says until the socket is closed.
func (a *agent) read() {
	defer close(a.done)
	buf := make([]byte, 64<<10)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if m, err := parseMessage(buf[:n]); err == nil {
			a.take(m, from)
		}
	}
}

func (a *agent) take(m message, from netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.calls[m.callID]
	switch {
	case m.status == 0:
		a.obey(k, m, from)
	case k == nil || m.status < 200:
	case m.method == "INVITE":
		a.final(k, m)
	case m.method == "BYE":
		a.forget(k)
	}
}

// obey answers a request of the bridge's.
func (a *agent) obey(k *call, m message, from netip.AddrPort) {
	if m.method == "ACK" {
		return
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for line := range strings.SplitSeq(m.head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "record-route":
			b.WriteString(line + "\r\n")
		}
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	_, _ = a.conn.WriteToUDPAddrPort([]byte(b.String()), from)
	if m.method == "BYE" && k != nil && k.state == up {
		a.dropped++
		a.forget(k)
	}
}

// final takes in the final response to an INVITE and acknowledges it.
func (a *agent) final(k *call, m message) {
	if k.state != inviting {
		if m.status < 300 && k.ack != "" {
			a.send(k.ack) // it had got lost
		}
		return
	}
	if m.status >= 300 {
		a.send(a.request("ACK", k.uri, k, m.to, 1, ""))
		a.fail(k, fmt.Errorf("load: %s is answered %d", k.uri, m.status))
		return
	}
	target := m.contact
	if target == "" {
		target = k.uri
	}
	k.ack = a.request("ACK", target, k, m.to, 1, "")
	k.bye = a.request("BYE", target, k, m.to, 2, "")
	a.send(k.ack)
	var err error
	if k.remote, err = mediaAddr(m.body); err != nil {
		a.fail(k, err)
		return
	}
	k.state = up
	a.last = time.Now()
	a.setup.add(a.last.Sub(k.began))
	a.answered(k)
}

func (a *agent) fail(k *call, err error) {
	a.failed++
	if a.reason == nil {
		a.reason = err
	}
	k.caller.close()
	a.forget(k)
}

func (a *agent) forget(k *call) {
	k.state = over
	delete(a.calls, k.id)
}

// remind sends again what nobody has answered, and gives up what nobody will
// (RFC 3261 sections 17.1.1.2 and 17.1.2.2).
func (a *agent) remind(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.calls {
		if k.state == up || now.Before(k.resend) {
			continue
		}
		k.wait *= 2
		k.resend = now.Add(k.wait)
		switch {
		case k.state == inviting && now.Sub(k.began) > patience:
			a.fail(k, fmt.Errorf("load: %s is not answered within %s", k.uri, patience))
		case k.state == inviting:
			a.send(k.invite)
		default:
			a.send(k.bye)
		}
	}
}

// pending counts the calls in a state.
func (a *agent) pending(s callState) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.calls {
		if k.state == s {
			n++
		}
	}
	return n
}
