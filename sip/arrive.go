package sip

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net"
	"strconv"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

// arrive mends a request before the transaction layer, and with it any other
// goroutine, sees it. It runs on the listener's reading goroutine.
//
//   - Parameter names are lower case and free of white space.
//   - The top Via says where the request really came from (RFC 3261 section
//     18.2.1, RFC 3581 section 4), whatever the sender claimed.
//   - To has a tag. So every response has the same one, the ones that sipgo
//     makes included: RFC 3261 section 8.2.6.2, "The same tag MUST be used for
//     all responses to that request".
//   - From has a tag, possibly empty, if a caller from the days of RFC 2543
//     needs it to match transactions.
//
// An ACK goes to its dialog from here, unless the gate has taken it there: no
// later request can overtake it.
func (s *Server) arrive(msg sipgo.Message) {
	req, ok := msg.(*sipgo.Request)
	if !ok {
		return
	}
	via, from, to, cseq := req.Via(), req.From(), req.To(), req.CSeq()
	if via == nil || from == nil || to == nil || cseq == nil {
		return
	}
	tidyAll(req)
	cseq.MethodName = sipgo.RequestMethod(strings.TrimSpace(string(cseq.MethodName)))
	markSource(via, req.Source())
	if !from.Params.Has("tag") && !strings.HasPrefix(via.Params.GetOr("branch", ""), sipgo.RFC3261BranchMagicCookie) {
		from.Params.Add("tag", "")
	}
	switch {
	case req.IsAck():
		if d := s.find(req); d != nil {
			d.offer(func() { d.onACK(req) })
		}
	case !to.Params.Has("tag"):
		to.Params.Add("tag", s.tagFor(req))
	}
}

// acknowledge takes the ACK of a 200, which has no transaction, to its dialog. It
// reports false for any other message, the ACK of a refusal included: that has
// the CSeq of an INVITE without a 200.
func (s *Server) acknowledge(req *sipgo.Request) bool {
	if req == nil || !req.IsAck() {
		return false
	}
	tidyAll(req)
	d := s.find(req)
	if d == nil || d.accepted.Load() != 1<<32|uint64(req.CSeq().SeqNo) {
		return false
	}
	s.count.requests.Add(1)
	d.offer(func() { d.onACK(req) })
	return true
}

// tidyAll tidies the headers that requests are told apart by.
func tidyAll(req *sipgo.Request) {
	tidy(req.Via().Params)
	tidy(req.From().Params)
	tidy(req.To().Params)
}

// tidy brings header parameters into the form that look-ups expect.
func tidy(p sipgo.HeaderParams) {
	for i := range p {
		p[i].K = strings.ToLower(strings.TrimSpace(p[i].K))
		p[i].V = strings.TrimSpace(p[i].V)
	}
}

// markSource writes the packet's source into the top Via.
func markSource(via *sipgo.ViaHeader, source string) {
	host, _, err := net.SplitHostPort(source)
	if err != nil {
		return
	}
	via.Params.Remove("received")
	if via.Params.Has("rport") {
		via.Params.Add("rport", "") // filled in by the response
	}
	if via.Host != host {
		via.Params.Add("received", host)
	}
}

// tagFor is the To tag of responses to a request that has none. It depends on
// the transaction alone, so a retransmission and a CANCEL get the same one.
func (s *Server) tagFor(req *sipgo.Request) string {
	t := s.taggers.Get().(*tagger)
	defer s.taggers.Put(t)
	t.mac.Reset()
	if id := req.CallID(); id != nil {
		t.field(id.Value())
	}
	t.field(fromTag(req))
	t.field(strconv.FormatUint(uint64(req.CSeq().SeqNo), 10))
	t.field(req.Via().Params.GetOr("branch", ""))
	t.field(req.Via().SentBy())
	t.buf = t.mac.Sum(t.buf[:0])
	return hex.EncodeToString(t.buf[:16])
}

// tagger is what a tag is made with, kept for the next one: a new MAC costs
// more than the tag.
type tagger struct {
	mac hash.Hash
	buf []byte
}

func newTagger(secret []byte) *tagger { return &tagger{mac: hmac.New(sha256.New, secret)} }

// field adds a text so that no two lists of texts look alike.
func (t *tagger) field(text string) {
	t.buf = append(strconv.AppendInt(t.buf[:0], int64(len(text)), 10), ':')
	t.buf = append(t.buf, text...)
	t.mac.Write(t.buf)
}

// isInitial reports whether a request arrived without a To tag.
func (s *Server) isInitial(req *sipgo.Request) bool {
	return toTag(req) == s.tagFor(req)
}

func toTag(req *sipgo.Request) string { return req.To().Params.GetOr("tag", "") }

// fromTag is the From tag, or for callers of RFC 2543 without one the address.
func fromTag(req *sipgo.Request) string {
	if t := req.From().Params.GetOr("tag", ""); t != "" {
		return t
	}
	return req.From().Address.String()
}
