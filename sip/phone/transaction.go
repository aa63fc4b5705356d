package phone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The timers of RFC 3261 section 17.1.1.1.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// ErrNoAnswer is returned when a request got no final response in 64·T1.
var ErrNoAnswer = errors.New("phone: no answer")

// Refused is the error of a request with a final response other than 2xx.
type Refused struct {
	Status   int    // the SIP status code
	Reason   string // its reason phrase
	response *sip.Response
}

func refused(r *sip.Response) *Refused {
	return &Refused{Status: r.StatusCode, Reason: r.Reason, response: r}
}

// Error implements error.
func (e *Refused) Error() string { return fmt.Sprintf("phone: refused: %d %s", e.Status, e.Reason) }

// Header is the value of a header of the refusal, "" when it is missing.
func (e *Refused) Header(name string) string { return headerValue(e.response, name) }

func headerValue(m interface{ GetHeader(string) sip.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// request is one request as text, so that a test can send anything.
type request struct {
	method  sip.RequestMethod
	uri     string
	branch  string
	headers []string // "Name: value", after Via
	body    string
	to      netip.AddrPort // where the datagram goes
}

// wire renders the request.
func (r *request) wire(via netip.AddrPort) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", r.method, r.uri)
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=%s;rport\r\n", via, r.branch)
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	if r.body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.body), r.body)
	return []byte(b.String())
}

// transactionKey tells transactions apart (RFC 3261 section 17.1.3).
func transactionKey(v *sip.ViaHeader, m sip.RequestMethod) string {
	return string(m) + " " + v.Params.GetOr("branch", "")
}

// exchange sends a request, repeats it as UDP needs, and returns the final
// response, whatever it says.
func (p *Phone) exchange(ctx context.Context, r *request) (*sip.Response, error) {
	key := string(r.method) + " " + r.branch
	responses := make(chan *sip.Response, 32)
	p.mu.Lock()
	p.waiting[key] = responses
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, key)
		p.mu.Unlock()
	}()

	raw := r.wire(p.local)
	p.send(raw, r.to)
	interval := t1
	repeat, giveUp := time.NewTimer(interval), time.NewTimer(64*t1)
	defer repeat.Stop()
	defer giveUp.Stop()
	for {
		select {
		case res := <-responses:
			if !res.IsProvisional() {
				return res, nil
			}
			if r.method == sip.INVITE {
				repeat.Stop()
				giveUp.Stop()
			}
		case <-repeat.C:
			p.send(raw, r.to)
			interval *= 2
			if r.method != sip.INVITE {
				interval = min(interval, t2)
			}
			repeat.Reset(interval)
		case <-giveUp.C:
			return nil, ErrNoAnswer
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.closed.Done():
			return nil, ErrClosed
		}
	}
}

// ackRefusal acknowledges a final response other than 2xx, also when it is
// repeated (RFC 3261 section 17.1.1.3).
func (p *Phone) ackRefusal(invite *request, res *sip.Response) {
	ack := *invite
	ack.method, ack.body = sip.ACK, ""
	ack.headers = nil
	for _, h := range invite.headers {
		switch name, _, _ := strings.Cut(h, ":"); name {
		case "To":
			ack.headers = append(ack.headers, "To: "+res.To().Value())
		case "CSeq":
			ack.headers = append(ack.headers, strings.Replace(h, "INVITE", "ACK", 1))
		case "From", "Call-ID", "Route", "Max-Forwards":
			ack.headers = append(ack.headers, h)
		}
	}
	raw := ack.wire(p.local)
	p.mu.Lock()
	p.answered["INVITE "+invite.branch] = raw
	p.mu.Unlock()
	p.send(raw, invite.to)
}
