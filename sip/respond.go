package sip

import (
	"errors"
	"log/slog"

	sipgo "github.com/emiago/sipgo/sip"
)

// newResponse builds a response to req. The To header already carries a tag,
// see arrive.
func newResponse(req *sipgo.Request, code int, headers ...sipgo.Header) *sipgo.Response {
	res := sipgo.NewResponseFromRequest(req, code, reasonPhrase(code), nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	return res
}

// newAnswer builds the 200 to an INVITE.
func newAnswer(req *sipgo.Request, contact sipgo.Uri, body []byte) *sipgo.Response {
	res := newResponse(req, sipgo.StatusOK,
		&sipgo.ContactHeader{Address: contact},
		sipgo.NewHeader("Allow", allow),
		sipgo.NewHeader("Supported", ""),
		sipgo.NewHeader("Content-Type", sdpType),
	)
	res.SetBody(body)
	return res
}

// respond sends a final response and lets go of a transaction that can't send
// it, or that of a CANCEL, which sipgo answers past its states and would keep
// for ever.
func respond(tx *sipgo.ServerTx, res *sipgo.Response) error {
	err := tx.Respond(res)
	if res.IsCancel() || err != nil && !errors.Is(err, sipgo.ErrTransactionCanceled) {
		tx.Terminate()
	}
	return err
}

// refuse answers a request with a refusal.
func (s *Server) refuse(req *sipgo.Request, tx *sipgo.ServerTx, r *refusal) {
	s.note(req, req.Source(), r.code)
	respond(tx, newResponse(req, r.code, r.headers...))
}

// note counts and logs a refusal. Of a flood of refused INVITEs only some are
// logged.
func (s *Server) note(req *sipgo.Request, from string, code int) {
	level := slog.LevelDebug
	if req.IsInvite() {
		s.count.refused.Add(1)
		if s.logLimit.Allow() {
			level = slog.LevelInfo
		}
	}
	s.log.Log(s.ctx, level, "sip: refused", "method", req.Method, "code", code, "from", from, "uri", req.Recipient.String())
}
