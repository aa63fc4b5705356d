package sdp

import (
	"slices"
	"strings"
	"time"

	"partyline/bridge"
)

// proposal is what an offer of the bridge's proposes on its audio line.
type proposal struct {
	codecs  []bridge.PayloadCodec // in the bridge's order
	dtmf    []format              // at each clock that a codec has
	comfort bool
	keys    []cryptoLine
	ptime   time.Duration
}

// proto is the profile of a line that the bridge opens. Where SRTP is optional
// it is offered on RTP/AVP, which a phone without SRTP takes too (RFC 8643).
func (p Policy) proto() string {
	if p.SRTP == SRTPRequired {
		return "RTP/SAVP"
	}
	return "RTP/AVP"
}

// Payload types the bridge would give; any other one does if they are taken.
var usual = map[string]uint8{
	"OPUS/48000":            96,
	"L16/48000":             97,
	"L16/16000":             98,
	"L16/8000":              99,
	"TELEPHONE-EVENT/8000":  101,
	"TELEPHONE-EVENT/48000": 102,
}

// propose makes a full offer for line m. Payload types that mean something in
// this dialog already keep their meaning (RFC 3264 section 8.3.2).
func (n Negotiation) propose(m mline) proposal {
	p := proposal{keys: n.offerKeys(m)}
	types := n.bound
	clocks := []int{8000}
	for _, c := range n.policy.Codecs[:min(len(n.policy.Codecs), maxCodecs)] {
		f, known := rtpmap(0, rtpmapNames[c])
		if f, types = types.bind(f); !known || f.payloadType == unbound {
			continue
		}
		p.codecs = append(p.codecs, bridge.PayloadCodec{Type: f.payloadType, Codec: c})
		p.comfort = p.comfort || n.policy.ComfortNoise && f.clock == 8000
		if f.clock == 48000 && !slices.Contains(clocks, f.clock) {
			clocks = append(clocks, f.clock)
		}
	}
	for _, clock := range clocks {
		var f format
		f, types = types.bind(format{encoding: "TELEPHONE-EVENT", clock: clock, channels: 1})
		if f.payloadType != unbound {
			p.dtmf = append(p.dtmf, f)
		}
	}
	p.ptime = packetTime(n.policy.Codecs[0], 0, 0)
	return p
}

// formats are the payload types of p.
func (p proposal) formats() []format {
	out := slices.Clone(p.dtmf)
	for _, c := range p.codecs {
		f, _ := rtpmap(c.Type, rtpmapNames[c.Codec])
		out = append(out, f)
	}
	return out
}

// dtmfAt is the payload type that p gives telephone-event at a clock, 0 for
// none.
func (p proposal) dtmfAt(clock int) uint8 {
	for _, f := range p.dtmf {
		if f.clock == clock {
			return f.payloadType
		}
	}
	return 0
}

// Dynamic payload types (RFC 3551 section 6).
const (
	firstDynamic = 96
	lastDynamic  = 127
	unbound      = 255 // no payload type
)

// bindings are what the dynamic payload types of a line stand for. They are
// immutable; either side may bind one, and then it stays bound.
type bindings []binding

type binding struct {
	payloadType uint8
	label       string // of a format, "" where nobody knows
}

// with returns b and what formats bind.
func (b bindings) with(formats []format) bindings {
	out := slices.Clip(b)
	for _, f := range formats {
		if f.payloadType >= firstDynamic && !out.has(f.payloadType) {
			out = append(out, binding{f.payloadType, strings.Clone(f.label())})
		}
	}
	return out
}

func (b bindings) has(payloadType uint8) bool {
	return slices.ContainsFunc(b, func(x binding) bool { return x.payloadType == payloadType })
}

// bind gives f a payload type: the one it has, its static one, its usual one or
// else a free one, and unbound when there is none.
func (b bindings) bind(f format) (format, bindings) {
	label := f.label()
	for _, x := range b {
		if x.label == label {
			f.payloadType = x.payloadType
			return f, b
		}
	}
	for pt, s := range static {
		if s.label() == label {
			f.payloadType = pt
			return f, b
		}
	}
	f.payloadType = usual[label]
	for pt := uint8(firstDynamic); f.payloadType == 0 || b.has(f.payloadType); pt++ {
		if pt > lastDynamic {
			f.payloadType = unbound
			return f, b
		}
		f.payloadType = pt
	}
	return f, b.with([]format{f})
}
