package sip

import (
	"net"

	sipgo "github.com/emiago/sipgo/sip"
)

// early answers a request outside of dialogs where the answer depends on the
// request and the settings alone: it is malformed, of a method that is not
// served, or not admitted; or an OPTIONS. RFC 3261 section 8.2.7 calls that a
// stateless UAS. A flood of such requests costs no memory, where a transaction
// would be kept for half a minute. Nil leaves the request to the layers above.
func (s *Server) early(req *sipgo.Request, from net.Addr) (r *refusal) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked("early", p)
			r = refuse(sipgo.StatusInternalServerError)
		}
	}()
	switch {
	case req == nil || req.IsAck():
		return nil
	case s.kept.Load() >= s.opt.MaxTransactions && !s.concerns(req):
		s.count.limited.Add(1)
		return refuseBusy()
	case req.IsCancel() || req.Method == sipgo.BYE || req.To().Params.Has("tag"):
		return nil
	}
	req.SetSource(from.String())
	req.SetTransport("UDP")
	r = validate(req, true)
	switch {
	case r != nil:
	case req.Method == sipgo.OPTIONS:
		r = s.options(req)
	case s.knows(req):
		return nil // a retransmission: its transaction has the answer
	case s.drained():
		r = refuseBusy()
	default:
		_, r = s.policy.admit(callerOf(req))
	}
	if r != nil {
		s.count.requests.Add(1)
		s.note(req, from.String(), r.code)
	}
	return r
}

// concerns reports a request about a call that is here.
func (s *Server) concerns(req *sipgo.Request) bool { return s.knows(req) || s.find(req) != nil }

// track counts a transaction until it ends.
func (s *Server) track(tx *sipgo.ServerTx) {
	s.kept.Add(1)
	if !tx.OnTerminate(func(string, error) { s.kept.Add(-1) }) {
		s.kept.Add(-1) // it has ended already
	}
}

// options answers an OPTIONS outside of dialogs. RFC 3261 section 11.2: "The
// response code chosen MUST be the same that would have been chosen had the
// request been an INVITE." One that names no user asks for the bridge itself.
func (s *Server) options(req *sipgo.Request) *refusal {
	if s.drained() || s.full() {
		return refuseBusy()
	}
	if c := callerOf(req); c.user != "" {
		if _, r := s.policy.admit(c); r != nil {
			return r
		}
	}
	return &refusal{code: sipgo.StatusOK, headers: capabilities()}
}

// full reports that there are as many calls as there may be.
func (s *Server) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dialogs) >= s.opt.MaxCalls
}

// knows reports an INVITE that a call here began with.
func (s *Server) knows(req *sipgo.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.invites[inviteIDOf(req)] != nil
}
