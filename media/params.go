package media

import (
	"net/netip"
	"time"
)

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
	// DTMFClock is the timestamp rate of telephone-event in Hz, 0 meaning
	// 8,000. A phone with Opus may use 48,000.
	DTMFClock int
	// ComfortNoise says that payload type 13 was negotiated: the phone may
	// stop sending while it is silent, and so may the bridge (RFC 3389). It
	// comes in without negotiation too.
	ComfortNoise bool
	// Opus is what the phone asked of the packets sent to it, for Tx of Opus.
	Opus OpusParams
	// SRTP is how RTP and RTCP are protected, nil when they are not.
	SRTP *SRTPParams
	// Ptime is the audio per packet sent: a multiple of 20 ms up to 60 ms, or
	// 10 or 30 ms where the offer demanded it. Opus goes out in 20 ms.
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

// OpusParams are the wishes of an Opus receiver (RFC 7587 section 6.1).
type OpusParams struct {
	FEC             bool // useinbandfec=1: repeat what may be lost
	MaxPlaybackRate int  // in Hz; 0 means 48,000
	MaxBitRate      int  // maxaveragebitrate in bit/s; 0: no wish
}

// SRTPProfile names a protection of RFC 3711 and RFC 7714.
type SRTPProfile uint8

// The protections a leg speaks, as SDP security descriptions name them
// (RFC 4568 section 6.2, RFC 7714 section 14.2).
const (
	AESCM128SHA1x80 SRTPProfile = iota // AES_CM_128_HMAC_SHA1_80
	AESCM128SHA1x32                    // AES_CM_128_HMAC_SHA1_32
	AEADAES128GCM                      // AEAD_AES_128_GCM
)

// SRTPParams are the keys of a leg: one for each way (RFC 4568). Master key
// and salt stand one behind the other: 30 bytes, 28 for AEADAES128GCM.
type SRTPParams struct {
	Profile SRTPProfile
	TxKey   []byte // of what the bridge sends
	RxKey   []byte // of what the phone sends
}

// JitterBufferSize bounds how much jitter the playout delay follows, and so how
// long audio may wait. Within the bound the delay is as short as the jitter of
// the network allows; packets later than that are lost.
type JitterBufferSize uint8

// The sizes, in jitter followed.
const (
	JitterLarge  JitterBufferSize = iota // 200 ms
	JitterMedium                         // 100 ms
	JitterSmall                          // 40 ms
	JitterOff                            // none: what comes later than a packet's time is lost
)

// SourceMode says where a leg's packets may come from.
type SourceMode uint8

// The modes. In every one the address is locked once heard.
const (
	// SourceSDP trusts the address in SDP, and another one after probation
	// only when SDP names a private address.
	SourceSDP SourceMode = iota
	// SourceProbation lets any address take the place of the one in SDP once
	// it has sent several packets in a row: for phones behind a NAT whose SDP
	// names yet another public address.
	SourceProbation
	// SourceOff hears and sends to the address in SDP alone, to the port.
	SourceOff
)
