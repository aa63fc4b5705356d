package bridge

import (
	"partyline/media"
)

// The media words a signalling front end needs, so that it depends on the
// bridge alone.
type (
	// MediaParams is what an offer/answer exchange decided for a leg.
	MediaParams = media.Params
	// PayloadCodec binds an RTP payload type to a codec.
	PayloadCodec = media.PayloadCodec
	// Codec names an audio coding.
	Codec = media.Codec
	// MediaStats counts what a leg has seen.
	MediaStats = media.Stats
	// OpusParams are the wishes of an Opus receiver.
	OpusParams = media.OpusParams
	// SRTPParams are the keys of a leg.
	SRTPParams = media.SRTPParams
	// SRTPProfile names a protection of SRTP.
	SRTPProfile = media.SRTPProfile
	// JitterBufferSize bounds the playout delay.
	JitterBufferSize = media.JitterBufferSize
	// Direction says which way audio may flow, seen from the bridge.
	Direction = media.Direction
)

// The codecs and directions of package media.
const (
	NoCodec  = media.NoCodec
	PCMU     = media.PCMU
	PCMA     = media.PCMA
	G722     = media.G722
	Opus     = media.Opus
	L16at8k  = media.L16at8k
	L16at16k = media.L16at16k
	L16at48k = media.L16at48k

	AESCM128SHA1x80 = media.AESCM128SHA1x80
	AESCM128SHA1x32 = media.AESCM128SHA1x32
	AEADAES128GCM   = media.AEADAES128GCM

	JitterLarge  = media.JitterLarge
	JitterMedium = media.JitterMedium
	JitterSmall  = media.JitterSmall
	JitterOff    = media.JitterOff

	SendRecv = media.SendRecv
	SendOnly = media.SendOnly
	RecvOnly = media.RecvOnly
	Inactive = media.Inactive
)

// Call is the signalling side of a participant, as the bridge sees it.
type Call interface {
	// Hangup ends the call: BYE, or a final refusal when it was never
	// answered. It returns at once, may be called from any goroutine and more
	// than once. The front end still reports the end with Participant.Leave
	// or not at all: the participant has already left.
	Hangup(reason LeaveReason)
}

// Beep says when a participant's coming and going is announced to the conference.
type Beep uint8

// The values of the beep attribute.
const (
	BeepDefault Beep = iota // both, but neither for a coach
	BeepNever
	BeepOnEnter // only on joining
	BeepOnExit  // only on leaving
	BeepAlways  // both, also for a coach
)

// StartOptions are a participant's values at the moment it joins, decided by
// the admission rules.
type StartOptions struct {
	Label                  string // unique in the conference, "" for none
	Muted                  bool
	Beep                   Beep
	StartConferenceOnEnter bool
	EndConferenceOnExit    bool
	WaitURL                *string // nil: the built-in music; "": silence
	WaitMethod             string  // "" means POST
	// Coach is the call id or label of the participant to coach, "" for none.
	Coach string
	// JitterBufferSize bounds the delay of what the participant says.
	JitterBufferSize media.JitterBufferSize
	MaxParticipants  int // 0: the bridge's limit
}

// DefaultStartOptions are the values that hold where no admission rule says
// otherwise: heard at once, announced by a beep, starts the conference.
func DefaultStartOptions() StartOptions {
	return StartOptions{StartConferenceOnEnter: true}
}

// JoinRequest asks for a place in a conference.
type JoinRequest struct {
	Account    string // the account that owns the conference
	Conference string // its friendly name, unique among the account's live conferences
	From, To   string // the caller and the dialled address, as the API shows them
	SIPCallID  string
	Direction  string // "inbound" or "outbound"
	Options    StartOptions
	// Leg was opened with Bridge.OpenLeg; Join takes it over, and closes it
	// when it returns an error.
	Leg *media.Leg
	// Media may be the zero Params for a late offer: the leg stays quiet
	// until Participant.UpdateMedia.
	Media MediaParams
	Call  Call
}

// LeaveReason says in one word why a participant left.
type LeaveReason string

// The reasons a participant leaves for.
const (
	HungUp            LeaveReason = "hung-up"              // BYE from the phone
	Removed           LeaveReason = "removed"              // DELETE over HTTP
	ConferenceEnded   LeaveReason = "conference-ended"     // by another one's end_conference_on_exit
	ConferenceStopped LeaveReason = "conference-completed" // Status=completed over HTTP
	MediaTimeout      LeaveReason = "rtp-timeout"          // no packet for too long
	NoACK             LeaveReason = "no-ack"               // the 200 was never acknowledged
	SignallingFailed  LeaveReason = "signalling-failed"    // the dialog broke
	Shutdown          LeaveReason = "shutdown"             // the bridge stops
)
