package phone

import (
	"fmt"
	"slices"

	"github.com/emiago/sipgo/sip"
)

// request makes a request in the dialog with the next CSeq.
func (c *Call) request(m sip.RequestMethod, body string, extra []string) *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	return c.requestWith(m, c.cseq, body, extra)
}

// requestWith needs c.mu.
func (c *Call) requestWith(m sip.RequestMethod, cseq uint32, body string, extra []string) *request {
	me := fmt.Sprintf("sip:%s@%s", c.phone.cfg.Name, c.phone.local)
	headers := []string{
		"Max-Forwards: 70",
		fmt.Sprintf("From: \"%s\" <%s>;tag=%s", c.phone.cfg.Name, me, c.localTag),
		"To: " + c.remoteTo,
		"Call-ID: " + c.id,
		fmt.Sprintf("CSeq: %d %s", cseq, m),
	}
	for _, r := range c.routes {
		headers = append(headers, "Route: "+r)
	}
	if m == sip.INVITE {
		headers = append(headers, "Contact: <"+me+">", "Allow: "+allow)
	}
	return &request{
		method:  m,
		uri:     c.remoteURI,
		branch:  sip.GenerateBranch(),
		headers: append(headers, extra...),
		body:    body,
		to:      c.hop,
	}
}

// invite makes an INVITE and remembers what it offers.
func (c *Call) invite(o *options) *request {
	c.mu.Lock()
	c.offer = o.statement
	c.version++
	body := c.offer.write(c.audio.local(), c.version)
	c.mu.Unlock()
	switch {
	case o.lateOffer:
		body = ""
	case o.sdp != nil:
		body = o.sdp(c.audio.local())
	}
	return c.request(sip.INVITE, body, o.headers)
}

// cancelOf makes the CANCEL of an INVITE (RFC 3261 section 9.1).
func (c *Call) cancelOf(invite *request) *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	cancel := c.requestWith(sip.CANCEL, c.cseq, "", nil)
	cancel.branch, cancel.uri = invite.branch, invite.uri
	return cancel
}

// adopt takes the remote tag, target and route set from a 2xx
// (RFC 3261 sections 12.1.2 and 12.2.1.2).
func (c *Call) adopt(res *sip.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.acks) == 0 { // the first 2xx of the call
		c.remoteTo = res.To().Value()
		for _, h := range slices.Backward(res.GetHeaders("Record-Route")) {
			if len(c.routes) == 0 {
				c.hopTo(h.(*sip.RecordRouteHeader).Address)
			}
			c.routes = append(c.routes, h.Value())
		}
	}
	if contact := res.Contact(); contact != nil {
		c.target(contact)
	}
}

// target sets the remote target. It needs c.mu.
func (c *Call) target(contact *sip.ContactHeader) {
	c.remoteURI = contact.Address.String()
	if len(c.routes) == 0 {
		c.hopTo(contact.Address)
	}
}

func (c *Call) hopTo(uri sip.Uri) {
	if hop, err := resolve(&uri); err == nil {
		c.hop = hop
	}
}

// acknowledge makes the ACK of a 2xx, a request of its own
// (RFC 3261 section 13.2.2.4), and sends it unless it is to be held back.
func (c *Call) acknowledge(cseq uint32, body string, hold bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.requestWith(sip.ACK, cseq, body, nil)
	c.acks[cseq] = ack{request: a, held: hold}
	if !hold {
		c.phone.send(a.wire(c.phone.local), a.to)
	}
}

// onRepeated200 answers a 200 that came again with its ACK.
func (c *Call) onRepeated200(r *sip.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.repeats++
	if a, ok := c.acks[r.CSeq().SeqNo]; ok && !a.held {
		c.phone.send(a.request.wire(c.phone.local), a.request.to)
	}
}

// onRequest answers a request of the far end in the dialog.
func (c *Call) onRequest(r *sip.Request) *sip.Response {
	switch r.Method {
	case sip.BYE:
		reason := headerValue(r, "Reason")
		if reason == "" {
			reason = "BYE"
		}
		c.finish(reason)
		return sip.NewResponseFromRequest(r, 200, "OK", nil)
	case sip.INVITE:
		return c.onReinvite(r)
	case sip.CANCEL:
		return sip.NewResponseFromRequest(r, 481, "Call/Transaction Does Not Exist", nil)
	}
	res := sip.NewResponseFromRequest(r, 405, "Method Not Allowed", nil)
	res.AppendHeader(sip.NewHeader("Allow", allow))
	return res
}

// onReinvite accepts the far end's new offer, or makes one when there is none.
func (c *Call) onReinvite(r *sip.Request) *sip.Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	if contact := r.Contact(); contact != nil {
		c.target(contact)
	}
	say := c.offer
	if len(r.Body()) > 0 {
		d, err := parseDescription(string(r.Body()))
		var l *lock
		if err == nil {
			l, err = match(c.offer.crypto, d, d.secure, sameSuite)
		}
		if err != nil {
			return sip.NewResponseFromRequest(r, 488, "Not Acceptable Here", nil)
		}
		say = answerTo(d, l, c.offer.direction.and(d.direction.mirror()))
		c.audio.direct(d, l, say.direction)
	}
	c.version++
	body := say.write(c.audio.local(), c.version)
	res := sip.NewSDPResponseFromRequest(r, []byte(body))
	res.RemoveHeader("Contact")
	res.AppendHeader(sip.NewHeader("Contact", fmt.Sprintf("<sip:%s@%s>", c.phone.cfg.Name, c.phone.local)))
	return res
}
