package load

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	timerT1 = 500 * time.Millisecond // RFC 3261 section 17.1.1.1
	// patience is how long a call may take to be answered.
	patience = 8 * time.Second
	// nagEvery is how often the agent looks for what has to be sent again.
	nagEvery = 100 * time.Millisecond
)

// callState is where a call stands.
type callState uint8

const (
	inviting callState = iota
	up
	ending
	over
)

// call is the signalling of one caller. It belongs to the agent's mutex, but
// for what never changes.
type call struct {
	id     string
	uri    string
	trunk  *trunk
	caller *caller
	state  callState
	began  int64 // in nanoseconds since 1970, just before the INVITE left
	resend time.Time
	wait   time.Duration
	invite string
	bye    string
	ack    string
	tally  *Tally

	remote netip.AddrPort // of the bridge's audio
}

// Tally counts what became of calls.
type Tally struct {
	Made     int
	Answered int
	Failed   int
	Dropped  int       // ended by the bridge
	Repeated int       // requests that had to be sent again
	Setup    Histogram // from the INVITE to its 200, by the kernel's clock
	Reason   error     // the first failure

	first, last int64 // when the first was made, and the last one answered
}

// rate is the calls answered per second.
func (t *Tally) rate() float64 {
	if t.last <= t.first {
		return 0
	}
	return float64(t.Answered) / time.Duration(t.last-t.first).Seconds()
}

// agent makes and ends calls over UDP. It is safe for concurrent use.
type agent struct {
	trunks []*trunk
	target netip.AddrPort
	// rtcp is where all callers want their reports: nobody reads them.
	rtcp netip.AddrPort
	// answered is called under mu when a call is up. It must not call the
	// agent. An error fails the call.
	answered func(*call) error

	mu     sync.Mutex
	calls  map[string]*call
	open   map[*call]struct{} // those with a request that is not answered
	serial int
	stop   chan struct{}
	done   chan struct{}
}

func newAgent(trunks []*trunk, target, rtcp netip.AddrPort, answered func(*call) error) *agent {
	a := &agent{
		trunks: trunks, target: target, rtcp: rtcp, answered: answered,
		calls: map[string]*call{}, open: map[*call]struct{}{},
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	for _, t := range trunks {
		go t.read(func(b []byte, from netip.AddrPort, at int64) {
			if m, err := parseMessage(b); err == nil {
				a.take(t, m, from, at)
			}
		})
	}
	go a.nag()
	return a
}

// close ends everything of the agent; calls that are up stay up at the bridge.
func (a *agent) close() {
	close(a.stop)
	<-a.done
	for _, t := range a.trunks {
		t.close()
	}
}

// invite begins a call to a URI and counts in tally what becomes of it.
func (a *agent) invite(uri string, who *caller, tally *Tally) *call {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	t := a.trunks[a.serial%len(a.trunks)]
	k := &call{id: fmt.Sprintf("%d-%d@load", t.local.Port(), a.serial), uri: uri, trunk: t, caller: who, tally: tally, wait: timerT1}
	k.invite = k.request("INVITE", uri, "<"+uri+">", 1, describe(who.wire.local, a.rtcp.Port(), who.codec))
	a.calls[k.id], a.open[k] = k, struct{}{}
	tally.Made++
	now := time.Now()
	k.began, k.resend = now.UnixNano(), now.Add(k.wait)
	if tally.first == 0 {
		tally.first = k.began
	}
	t.send(k.invite, a.target)
	return k
}

// hangUp ends a call that is up, and reports whether it was.
func (a *agent) hangUp(k *call) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.state != up {
		return false
	}
	k.state, k.wait = ending, timerT1
	k.resend = time.Now().Add(k.wait)
	a.open[k] = struct{}{}
	k.trunk.send(k.bye, a.target)
	return true
}

// request writes a request of a call.
func (k *call) request(method, target, to string, cseq int, body string) string {
	var b strings.Builder
	tag, _, _ := strings.Cut(k.id, "@")
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d%s;rport\r\nMax-Forwards: 70\r\n", method, target, k.trunk.local, method[:1], cseq, tag)
	fmt.Fprintf(&b, "From: <sip:load@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", k.trunk.local, tag, to, k.id, cseq, method)
	fmt.Fprintf(&b, "Contact: <sip:load@%s>\r\n", k.trunk.local)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

func (a *agent) take(t *trunk, m message, from netip.AddrPort, at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.calls[m.callID]
	switch {
	case m.status == 0:
		a.obey(t, k, m, from)
	case k == nil || m.status < 200:
	case m.method == "INVITE":
		a.final(k, m, at)
	case m.method == "BYE":
		a.forget(k)
	}
}

// obey answers a request of the bridge's.
func (a *agent) obey(t *trunk, k *call, m message, from netip.AddrPort) {
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
	t.send(b.String(), from)
	if m.method == "BYE" && k != nil && k.state == up {
		k.tally.Dropped++
		a.forget(k)
	}
}

// final takes in the final response to an INVITE and acknowledges it.
func (a *agent) final(k *call, m message, at int64) {
	if k.state != inviting {
		if m.status < 300 && k.ack != "" {
			k.trunk.send(k.ack, a.target) // it had got lost
		}
		return
	}
	if m.status >= 300 {
		k.trunk.send(k.request("ACK", k.uri, m.to, 1, ""), a.target)
		a.fail(k, fmt.Errorf("load: %s is answered %d", k.uri, m.status))
		return
	}
	target := m.contact
	if target == "" {
		target = k.uri
	}
	k.ack = k.request("ACK", target, m.to, 1, "")
	k.bye = k.request("BYE", target, m.to, 2, "")
	k.trunk.send(k.ack, a.target)
	var err error
	if k.remote, err = mediaAddr(m.body); err == nil {
		err = a.answered(k)
	}
	if err != nil {
		a.fail(k, err)
		return
	}
	k.state = up
	delete(a.open, k)
	k.tally.Answered++
	k.tally.last = at
	k.tally.Setup.add(time.Duration(at - k.began))
}

func (a *agent) fail(k *call, err error) {
	k.tally.Failed++
	if k.tally.Reason == nil {
		k.tally.Reason = err
	}
	k.caller.leave()
	a.forget(k)
}

func (a *agent) forget(k *call) {
	k.state = over
	delete(a.calls, k.id)
	delete(a.open, k)
}

// nag sends again what has got lost, until the agent is closed.
func (a *agent) nag() {
	defer close(a.done)
	t := time.NewTicker(nagEvery)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			a.remind(now)
		case <-a.stop:
			return
		}
	}
}

// remind sends again what nobody has answered, and gives up what nobody will
// (RFC 3261 sections 17.1.1.2 and 17.1.2.2).
func (a *agent) remind(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k := range a.open {
		if now.Before(k.resend) {
			continue
		}
		k.wait *= 2
		k.resend = now.Add(k.wait)
		again := k.bye
		if k.state == inviting {
			again = k.invite
		}
		switch {
		case now.UnixNano()-k.began > int64(patience) && k.state == inviting:
			a.fail(k, fmt.Errorf("load: %s is not answered within %s", k.uri, patience))
		default:
			k.tally.Repeated++
			k.trunk.send(again, a.target)
		}
	}
}

// stands says where a call stands.
func (a *agent) stands(k *call) callState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return k.state
}

// pending is how many calls wait for an answer to a request.
func (a *agent) pending() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.open)
}

// tallied is a copy of a tally.
func (a *agent) tallied(t *Tally) Tally {
	a.mu.Lock()
	defer a.mu.Unlock()
	return *t
}
