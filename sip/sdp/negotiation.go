package sdp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"partyline/bridge"
)

// A Negotiation is the offer/answer state of one dialog: what was last said
// by the bridge and what was agreed. It is a value. Its methods return the
// state that follows and leave the receiver alone, so a dialog keeps whichever
// of the two is in force.
type Negotiation struct {
	policy  Policy
	local   netip.AddrPort // where the bridge wants RTP
	id      uint64         // session id of o=, fixed for the dialog
	version uint64         // of o=, one more for every change
	said    string         // the bridge's last description without its o= line
	lines   []mline        // every media line of the dialog
	audio   int            // index of the agreed line, -1: none
	bound   bindings       // of the agreed line
	secure  *protection    // in force
	offered proposal       // the bridge's last offer
	params  bridge.MediaParams
}

// New starts a negotiation within a policy, for a leg that receives RTP at
// local, as the phone can reach it.
func New(local netip.AddrPort, p Policy) Negotiation {
	if len(p.Codecs) == 0 {
		p.Codecs = DefaultCodecs()
	}
	return Negotiation{
		policy: p,
		local:  local,
		id:     rand.Uint64N(1 << 62),
		audio:  -1,
	}
}

// Params is what was agreed; the zero value before that.
func (n Negotiation) Params() bridge.MediaParams { return n.params }

// Body is the bridge's latest description, "" before there is one.
func (n Negotiation) Body() []byte { return n.render() }

// String tells what was agreed, without keys.
func (n Negotiation) String() string {
	protection := "RTP"
	if n.secure != nil {
		protection = suiteOf(n.secure.profile).name
	}
	return fmt.Sprintf("version %d: %s, %s", n.version, n.params.Tx.Codec, protection)
}

// Answer reads an offer and agrees to its best audio line. It returns an error
// wrapping ErrSyntax, or an *Unacceptable.
func (n Negotiation) Answer(offer []byte) (Negotiation, error) {
	d, err := Parse(offer)
	if err != nil {
		return n, err
	}
	i, agreed, err := n.choose(d)
	if err != nil {
		return n, err
	}
	next := n
	next.lines = d.lines()
	next.audio = i
	next.bound = n.bound.with(d.media[i].formats)
	next.secure = agreed.secure
	next.params = agreed.params()
	next.params.Rx = withOld(next.params.Rx, n.params.Rx)
	next.say(answerText(d, i, agreed, n.local))
	return next, nil
}

// Offer makes a full offer of everything the bridge can do (RFC 3261 section
// 13.2.1: the INVITE had none). It stays open until Accept.
func (n Negotiation) Offer() Negotiation {
	next := n
	next.lines = slices.Clone(n.lines)
	if next.audio < 0 {
		next.audio = len(next.lines)
		next.lines = append(next.lines, mline{media: "audio", proto: n.policy.proto()})
	}
	next.offered = n.propose(next.lines[next.audio])
	next.bound = n.bound.with(next.offered.formats())
	next.say(offerText(next.lines, next.audio, n.local, next.offered))
	return next
}

// Accept reads the answer to the offer that n made.
func (n Negotiation) Accept(answer []byte) (Negotiation, error) {
	d, err := Parse(answer)
	if err != nil {
		return n, err
	}
	if n.audio < 0 || n.audio >= len(d.media) {
		return n, syntax("answer has %d media lines", len(d.media))
	}
	m := d.media[n.audio]
	agreed, refused := n.agree(m, false)
	if refused != nil {
		return n, refused
	}
	if agreed.secure, refused = n.acceptKey(m); refused != nil {
		return n, refused
	}
	next := n
	next.secure = agreed.secure
	next.params = agreed.params()
	// The offer promised to decode all of these whatever the answer picked.
	next.params.Rx = withOld(n.offered.codecs, n.params.Rx)
	next.params.DTMFRx = 0
	if agreed.dtmf.payloadType != 0 {
		next.params.DTMFRx = n.offered.dtmfAt(agreed.dtmf.clock)
	}
	return next, nil
}

// withOld adds the payload types of old to those of now. What the peer sent
// before it read our answer is under way for some time yet, and what a payload
// type stands for does not change in a dialog (RFC 3264 section 8.3.2).
func withOld(now, old []bridge.PayloadCodec) []bridge.PayloadCodec {
	out := slices.Clip(now)
	for _, c := range old {
		taken := func(x bridge.PayloadCodec) bool { return x.Type == c.Type }
		if len(out) < maxCodecs && len(out) > 0 && !slices.ContainsFunc(out, taken) {
			out = append(out, c)
		}
	}
	return out
}

// say makes text the bridge's description, under a new version if it differs
// from the last one (RFC 3264 section 8).
func (n *Negotiation) say(text string) {
	if text == n.said {
		return
	}
	n.said = text
	n.version++
}

// choose picks the audio line to agree to: the one agreed before if it is
// still usable, else the first with a usable key, else the first. In a dialog
// that has media, a line the peer has closed is agreed to as closed.
func (n Negotiation) choose(d *Description) (int, agreement, error) {
	why := &Unacceptable{WarnMediaType, "Media type not available"}
	chosen, best := -1, agreement{}
	for i, m := range d.media {
		a, err := n.accede(m)
		switch {
		case err != nil && m.line.isAudio():
			why = err
		case err != nil:
		case i == n.audio:
			return i, a, nil
		case chosen < 0 || best.secure == nil && a.secure != nil:
			chosen, best = i, a
		}
	}
	switch {
	case chosen >= 0:
		return chosen, best, nil
	case n.audio >= 0 && n.audio < len(d.media) && d.media[n.audio].closed():
		return n.audio, agreement{closed: true}, nil
	}
	return 0, agreement{}, why
}

// accede works out what can be agreed to on line m of an offer.
func (n Negotiation) accede(m media) (agreement, *Unacceptable) {
	a, refused := n.agree(m, true)
	if refused != nil {
		return a, refused
	}
	a.secure, refused = n.protect(m)
	return a, refused
}

// closed reports an audio line with UDP port zero (RFC 3264 section 8.2).
func (m media) closed() bool { return m.line.isAudio() && m.line.port == "0" }

func (d *Description) lines() []mline {
	out := make([]mline, len(d.media))
	for i, m := range d.media {
		out[i] = m.line
	}
	return out
}
