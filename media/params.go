package media

import (
	"net/netip"
	"time"
)

// Codec names an audio coding a leg can send and receive.
type Codec uint8

// The codecs of RFC 3551 section 6 that a leg speaks.
const (
	NoCodec Codec = iota
	PCMU          // G.711 mu-law, 8 kHz, static payload type 0
	PCMA          // G.711 A-law, 8 kHz, static payload type 8

	NumCodecs // how many values of Codec there are, for tables indexed by it
)

// String returns the encoding name as it stands in an SDP rtpmap.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	}
	return "none"
}

// ClockRate is the RTP timestamp rate in Hz.
func (c Codec) ClockRate() int { return 8000 }

// SampleRate is the rate of the decoded PCM in Hz.
func (c Codec) SampleRate() int { return 8000 }

// PayloadCodec binds an RTP payload type to the codec negotiated for it.
type PayloadCodec struct {
	Type  uint8
	Codec Codec
}

// Direction says which way audio may flow, seen from the bridge.
type Direction uint8

// The directions of RFC 3264 section 6.1, seen from the bridge.
const (
	SendRecv Direction = iota
	SendOnly           // the bridge sends and ignores what comes (the phone said recvonly)
	RecvOnly           // the bridge receives and sends nothing (the phone said sendonly: remote hold)
	Inactive           // nothing either way
)

// Sends reports whether the bridge may send audio.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives reports whether the bridge takes audio in.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Params is what one completed offer/answer exchange decided for a leg.
// A Params is immutable once it has been handed over.
type Params struct {
	// Tx is the coding of the packets the bridge sends.
	Tx PayloadCodec
	// Rx lists every payload type the bridge agreed to decode, at most 8.
	// A sender may switch among them at any packet (RFC 3264 section 8.3.2).
	Rx []PayloadCodec
	// DTMFRx is the payload type of telephone-event towards the bridge, 0 when
	// it was not negotiated.
	DTMFRx uint8
	// DTMFTx is the payload type of telephone-event towards the phone, 0 when
	// it was not negotiated.
	DTMFTx uint8
	// Ptime is the audio per packet sent: a multiple of 20 ms up to 60 ms, or
	// 10 or 30 ms where the offer demanded it.
	Ptime time.Duration
	// Remote is where RTP goes and, until the leg has latched, where it must
	// come from. The zero value means no address is known: nothing is sent.
	Remote netip.AddrPort
	// RemoteRTCP is where RTCP goes. With RTCPMux it equals Remote.
	RemoteRTCP netip.AddrPort
	// RTCPMux says that RTCP shares the RTP socket (RFC 5761).
	RTCPMux bool
	// Direction is seen from the bridge.
	Direction Direction
}
