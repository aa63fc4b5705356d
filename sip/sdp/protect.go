package sdp

import (
	"strconv"

	"partyline/bridge"
)

// protection is SRTP as agreed on a line. It is immutable; nil is plain RTP.
type protection struct {
	tag     string
	profile bridge.SRTPProfile
	tx, rx  secret
}

// params is p in the words of the bridge.
func (p *protection) params() *bridge.SRTPParams {
	if p == nil {
		return nil
	}
	return &bridge.SRTPParams{Profile: p.profile, TxKey: p.tx.bytes(), RxKey: p.rx.bytes()}
}

// answer is the line that tells the peer our key.
func (p *protection) answer() cryptoLine { return cryptoLine{p.tag, p.profile, p.tx} }

// protect chooses among the keys of an offer. On a line of RTP/AVP they are an
// offer of opportunistic SRTP (RFC 8643), which is accepted by a key in the
// answer, again on RTP/AVP.
func (n Negotiation) protect(m media) (*protection, *Unacceptable) {
	secure := m.line.isSecure()
	if n.policy.SRTP == SRTPOff {
		if secure {
			return nil, &Unacceptable{WarnTransport, "SRTP is not available"}
		}
		return nil, nil
	}
	if l, ok := n.pick(m.crypto); ok {
		return n.answerKey(l), nil
	}
	switch {
	case m.cryptoErr != nil && (secure || n.policy.SRTP == SRTPRequired):
		return nil, &Unacceptable{WarnTransport, "No usable key for SRTP: " + m.cryptoErr.Error()}
	case secure:
		return nil, &Unacceptable{WarnTransport, "No key for SRTP"}
	case n.policy.SRTP == SRTPRequired:
		return nil, &Unacceptable{WarnTransport, "SRTP is required"}
	}
	return nil, nil
}

// pick returns the line to agree to: the one in force if it is offered again,
// so that nothing changes without need, else the best. Our own key, sent back
// as the peer's, would have both sides encrypt with one key stream.
func (n Negotiation) pick(lines []cryptoLine) (best cryptoLine, ok bool) {
	for _, l := range lines {
		switch p := n.secure; {
		case p != nil && p.tx.equal(l.key):
		case p != nil && p.profile == l.profile && p.rx.equal(l.key):
			return l, true
		case !ok || rank(l.profile) < rank(best.profile):
			best, ok = l, true
		}
	}
	return best, ok
}

// answerKey agrees to a line. Our own key stays the same as long as the suite
// does: a new one would only be needed if our address changed (RFC 4568 section
// 7.1.4), and with it both sides would have to agree on when the rollover
// counter starts anew.
func (n Negotiation) answerKey(l cryptoLine) *protection {
	p := &protection{tag: l.tag, profile: l.profile, rx: l.key}
	if n.secure != nil && n.secure.profile == l.profile {
		p.tx = n.secure.tx
	} else {
		p.tx = newSecret(suiteOf(l.profile))
	}
	return p
}

// offerKeys are the keys of an offer on line m: the one in force if there is
// one, else one for each suite where there may be a protection.
func (n Negotiation) offerKeys(m mline) []cryptoLine {
	switch first := n.version == 0; {
	case n.policy.SRTP == SRTPOff:
		return nil
	case n.secure != nil:
		return []cryptoLine{{"1", n.secure.profile, n.secure.tx}}
	case !first && !m.isSecure() && n.policy.SRTP != SRTPRequired:
		return nil // a call in the clear stays so
	}
	out := make([]cryptoLine, len(suites))
	for i, s := range suites {
		out[i] = cryptoLine{strconv.Itoa(i + 1), s.profile, newSecret(s)}
	}
	return out
}

// acceptKey reads the key in an answer to our offer. Our own is none, see pick.
func (n Negotiation) acceptKey(m media) (*protection, *Unacceptable) {
	for _, theirs := range m.crypto {
		for _, ours := range n.offered.keys {
			if theirs.tag == ours.tag && theirs.profile == ours.profile && !theirs.key.equal(ours.key) {
				return &protection{ours.tag, ours.profile, ours.key, theirs.key}, nil
			}
		}
	}
	switch {
	case n.policy.SRTP == SRTPRequired:
		return nil, &Unacceptable{WarnTransport, "SRTP is required"}
	case m.line.isSecure() || n.lines[n.audio].isSecure():
		return nil, &Unacceptable{WarnTransport, "No key for SRTP in the answer"}
	}
	return nil, nil
}
