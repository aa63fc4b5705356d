package sip

import (
	"context"
	"net"
	"strconv"
	"time"

	sipgo "github.com/emiago/sipgo/sip"
)

// newRequest builds a request of ours within the dialog (RFC 3261 section
// 12.2.1.1).
func (d *dialog) newRequest(method sipgo.RequestMethod, extra ...sipgo.Header) *sipgo.Request {
	p, self := pathTo(*d.target, d.routes, d.source), d.contactURI()
	req := sipgo.NewRequest(method, p.uri)
	via := &sipgo.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0",
		Transport: sipgo.NetworkToUpper(d.listener.transport),
		Host:      self.Host,
		Port:      self.Port,
	}
	via.Params.Add("branch", sipgo.GenerateBranch())
	via.Params.Add("rport", "")
	req.AppendHeader(via)
	for i := range p.routes {
		req.AppendHeader(&sipgo.RouteHeader{Address: p.routes[i]})
	}
	d.localSeq++
	callID, hops := sipgo.CallIDHeader(d.id.callID), sipgo.MaxForwardsHeader(70)
	for _, h := range []sipgo.Header{
		sipgo.NewHeader("From", d.from), sipgo.NewHeader("To", d.to), &callID,
		&sipgo.CSeqHeader{SeqNo: d.localSeq, MethodName: method},
		&hops,
	} {
		req.AppendHeader(h)
	}
	for _, h := range extra {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	req.SetTransport(via.Transport)
	req.SetDestination(p.hop)
	req.Laddr = localAddr(d.listener)
	return req
}

// localAddr makes sipgo send from the listener's socket.
func localAddr(l *listener) sipgo.Addr {
	return sipgo.Addr{
		IP:       net.IP(l.addr.Addr().AsSlice()),
		Port:     int(l.addr.Port()),
		Hostname: net.JoinHostPort(l.addr.Addr().String(), strconv.Itoa(int(l.addr.Port()))),
	}
}

// lookupTime bounds the search for the address behind a host name.
const lookupTime = 4 * time.Second

// openTransaction starts the transaction of a request. When the host it names can't be
// found or sent to, it goes to source, where the phone's last request came
// from: a Contact with a name that only the phone's own network knows is common.
func (s *Server) openTransaction(ctx context.Context, req *sipgo.Request, source string) (*sipgo.ClientTx, error) {
	lookup, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	tx, err := s.tx.Request(lookup, req)
	if err == nil || ctx.Err() != nil || req.Destination() == source {
		return tx, err
	}
	req.SetDestination(source)
	return s.tx.Request(ctx, req)
}

// transact sends a request and waits for its final response, whatever it is:
// a challenge in particular is never answered, so that no foreign realm gets
// to see a credential.
func (s *Server) transact(ctx context.Context, req *sipgo.Request, source string) error {
	if ctx.Err() != nil { // the sockets may be closed: sipgo would open new ones
		return ctx.Err()
	}
	tx, err := s.openTransaction(ctx, req, source)
	if err != nil {
		return err
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return nil
			}
		case <-tx.Done():
			return tx.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
