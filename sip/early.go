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
	if req == nil || req.IsAck() || req.IsCancel() || req.Method == sipgo.BYE || req.To().Params.Has("tag") {
		return nil
	}
	r = validate(req, true)
	switch {
	case r != nil:
	case s.drained():
		r = refuseBusy()
	case req.Method == sipgo.OPTIONS:
		r = &refusal{code: sipgo.StatusOK, headers: capabilities()}
	default:
		req.SetSource(from.String())
		req.SetTransport("UDP")
		_, r = s.policy.admit(callerOf(req))
	}
	if r != nil {
		s.count.requests.Add(1)
		s.note(req, from.String(), r.code)
	}
	return r
}
