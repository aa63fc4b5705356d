package media

import (
	"net/netip"
	"time"
)

// Stats is what a leg has seen since NewLeg. Counters only grow; every kind of
// fault has one of its own. Those that every packet moves stand side by side.
type Stats struct {
	Tx   TxStats
	Rx   RxStats
	Peer PeerStats
}

// RxStats counts what came from the phone.
type RxStats struct {
	Packets uint64 // RTP packets that passed validation
	Bytes   uint64 // their payload

	// Datagrams that never reached the jitter buffer.
	Malformed      uint64 // no RTP or RTCP packet: too short, wrong version, broken padding or extension
	Oversize       uint64 // longer than 60 ms of audio, or than the receive buffer
	BadSource      uint64 // from an address that is not the phone's
	Unauthentic    uint64 // SRTP whose tag is wrong, or that is not SRTP at all
	Replayed       uint64 // SRTP that had come before, or is too old to tell
	Probation      uint64 // from an address, SSRC or sequence that had not proved itself yet
	BadPayloadType uint64 // of a payload type that was not negotiated
	NotReceiving   uint64 // while the direction is sendonly or inactive, or before Configure
	StrayRTCP      uint64 // RTCP on the RTP socket without rtcp-mux

	// Packets the jitter buffer turned away.
	Duplicate uint64 // the sequence number had already come
	Late      uint64 // after its turn
	Overflow  uint64 // dropped to bound the delay

	// What was played instead of audio, in frames of 20 ms. When nothing newer
	// waits they are counted once the next packet tells what happened; a pause
	// of the phone's is none of them.
	Concealed uint64 // the frame, or part of it, never came in time
	Underrun  uint64 // of those, with no packet lost: the buffer ran dry

	Recovered uint64 // frames made from the redundancy of the packet behind (Opus in-band FEC)

	Lost           uint64        // sequence numbers that never came (RFC 3550 section 6.4.1)
	Inserted       uint64        // corrections that lengthened the audio, to follow the sender's clock or rising jitter
	Dropped        uint64        // corrections that shortened it, to follow the sender's clock or falling jitter
	Stretched      time.Duration // by how much Inserted lengthened
	Shrunk         time.Duration // by how much Dropped shortened
	Undecodable    uint64        // packets whose payload the codec refused
	TimestampJumps uint64        // timestamps that contradicted sequence and arrival
	SSRCChanges    uint64
	SequenceJumps  uint64 // restarts of the sequence with the same SSRC
	ComfortNoise   uint64 // packets of payload type 13 (RFC 3389)
	Digits         uint64 // telephone-events heard to their beginning
	DigitsDropped  uint64 // of those, lost because nobody fetched them
	InBandDigits   uint64 // tones of digits heard in the audio, when the clamp is on

	Jitter       time.Duration // interarrival jitter (RFC 3550 appendix A.8)
	PlayoutDelay time.Duration // from arrival to playout, of a packet that travels fast
	Codec        Codec         // of the newest packet
	Source       netip.AddrPort
	SourceChange uint64    // how often Source became another, the first time included
	SourceSince  time.Time // when it last did
}

// TxStats counts what went to the phone.
type TxStats struct {
	Errors       uint64 // datagrams the system refused
	Skipped      uint64 // frames of skipped ticks
	Reports      uint64 // RTCP packets
	Digits       uint64 // telephone-events sent
	ComfortNoise uint64 // packets of payload type 13, in place of audio
	Dest         netip.AddrPort
	Packets      uint64
	Bytes        uint64 // payload
}

// PeerStats is what the phone reports about what it hears (RTCP).
type PeerStats struct {
	Reports      uint64        // report blocks about this leg
	Malformed    uint64        // broken RTCP datagrams
	BadSource    uint64        // RTCP from an address that is not the phone's
	Unauthentic  uint64        // SRTCP whose tag is wrong, or that is not SRTCP at all
	Replayed     uint64        // SRTCP that had come before, or is too old to tell
	Byes         uint64        // BYE packets; they end nothing
	Lost         int32         // cumulative; duplicates make it negative
	FractionLost float64       // since its previous report, 0 to 1
	Jitter       time.Duration // as the phone measures it
	RTT          time.Duration // 0 until known
}
