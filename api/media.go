package api

import (
	"context"
	"math"
	"net/netip"
	"time"

	"partyline/bridge"
)

// fetchMedia answers with the numbers of a participant's leg. Unlike every
// other read it asks the tick, because the counters belong to it.
func (s *server) fetchMedia(ctx context.Context, x *exchange) (any, error) {
	_, p, err := s.bridge.Participant(x.account, x.conference, x.participant)
	if err != nil {
		return nil, err
	}
	m, err := s.bridge.ParticipantMedia(ctx, x.account, x.conference, x.participant)
	if err != nil {
		return nil, err
	}
	return x.dialect.media(p, &m), nil
}

// mediaView is what became of a participant's audio. Counters run since the
// call began; rx is from the phone to the bridge.
type mediaView struct {
	AccountSID    string   `json:"account_sid"`
	ConferenceSID string   `json:"conference_sid"`
	CallSID       string   `json:"call_sid"`
	Label         *string  `json:"label"`
	Codec         string   `json:"codec"`
	LevelDBov     float64  `json:"level_dbov"`
	MOS           *float64 `json:"mos"` // null before any audio
	Rx            rxView   `json:"rx"`
	Tx            txView   `json:"tx"`
	Peer          peerView `json:"peer"`
	URI           string   `json:"uri"`
}

// rxView counts what came from the phone. Every fault has one counter.
type rxView struct {
	Source         *string `json:"source"` // address the audio comes from, null until known
	Packets        uint64  `json:"packets"`
	Bytes          uint64  `json:"bytes"`
	Lost           uint64  `json:"lost"`
	Late           uint64  `json:"late"`
	Duplicate      uint64  `json:"duplicate"`
	Overflow       uint64  `json:"overflow"`
	ConcealedMs    uint64  `json:"concealed_ms"`
	UnderrunMs     uint64  `json:"underrun_ms"`
	InsertedMs     uint64  `json:"inserted_ms"`
	DroppedMs      uint64  `json:"dropped_ms"`
	JitterMs       float64 `json:"jitter_ms"`
	PlayoutDelayMs float64 `json:"playout_delay_ms"`
	Malformed      uint64  `json:"malformed"`
	Oversize       uint64  `json:"oversize"`
	BadSource      uint64  `json:"bad_source"`
	Probation      uint64  `json:"probation"`
	BadPayloadType uint64  `json:"bad_payload_type"`
	NotReceiving   uint64  `json:"not_receiving"`
	StrayRTCP      uint64  `json:"stray_rtcp"`
	TimestampJumps uint64  `json:"timestamp_jumps"`
	SSRCChanges    uint64  `json:"ssrc_changes"`
	SequenceJumps  uint64  `json:"sequence_jumps"`
	ComfortNoise   uint64  `json:"comfort_noise"`
	Digits         uint64  `json:"digits"`
}

// txView counts what went to the phone.
type txView struct {
	Destination *string `json:"destination"`
	Packets     uint64  `json:"packets"`
	Bytes       uint64  `json:"bytes"`
	Errors      uint64  `json:"send_errors"`
	SkippedMs   uint64  `json:"skipped_ms"`
	Reports     uint64  `json:"reports"`
}

// peerView is what the phone reports in RTCP about what it hears.
type peerView struct {
	Reports      uint64  `json:"reports"`
	Lost         int32   `json:"lost"`
	FractionLost float64 `json:"fraction_lost"`
	JitterMs     float64 `json:"jitter_ms"`
	RoundTripMs  float64 `json:"round_trip_ms"`
}

const frameMs = uint64(bridge.TickInterval / time.Millisecond)

// media renders the numbers of a participant.
func (d *dialect) media(p *bridge.ParticipantView, m *bridge.MediaView) mediaView {
	v := mediaView{
		AccountSID: p.Account, ConferenceSID: p.ConferenceID, CallSID: p.CallID,
		Label: orNull(p.Label), Codec: p.Codec, LevelDBov: tenths(m.Level),
		Rx: renderRx(&m.Stats), Tx: renderTx(&m.Stats), Peer: renderPeer(&m.Stats),
		URI: d.link(p.Account, "Conferences", p.ConferenceID, "Participants", p.CallID, "Media") + ".json",
	}
	if m.MOS > 0 {
		v.MOS = new(tenths(m.MOS))
	}
	return v
}

func renderRx(s *bridge.MediaStats) rxView {
	rx := &s.Rx
	return rxView{
		Source: address(rx.Source), Packets: rx.Packets, Bytes: rx.Bytes,
		Lost: rx.Lost, Late: rx.Late, Duplicate: rx.Duplicate, Overflow: rx.Overflow,
		ConcealedMs: rx.Concealed * frameMs, UnderrunMs: rx.Underrun * frameMs,
		InsertedMs: rx.Inserted * frameMs, DroppedMs: rx.Dropped * frameMs,
		JitterMs: milliseconds(rx.Jitter), PlayoutDelayMs: milliseconds(rx.PlayoutDelay),
		Malformed: rx.Malformed, Oversize: rx.Oversize, BadSource: rx.BadSource,
		Probation: rx.Probation, BadPayloadType: rx.BadPayloadType,
		NotReceiving: rx.NotReceiving, StrayRTCP: rx.StrayRTCP,
		TimestampJumps: rx.TimestampJumps, SSRCChanges: rx.SSRCChanges,
		SequenceJumps: rx.SequenceJumps, ComfortNoise: rx.ComfortNoise, Digits: rx.Digits,
	}
}

func renderTx(s *bridge.MediaStats) txView {
	tx := &s.Tx
	return txView{
		Destination: address(tx.Dest), Packets: tx.Packets, Bytes: tx.Bytes,
		Errors: tx.Errors, SkippedMs: tx.Skipped * frameMs, Reports: tx.Reports,
	}
}

func renderPeer(s *bridge.MediaStats) peerView {
	p := &s.Peer
	return peerView{
		Reports: p.Reports, Lost: p.Lost, FractionLost: p.FractionLost,
		JitterMs: milliseconds(p.Jitter), RoundTripMs: milliseconds(p.RTT),
	}
}

// tenths rounds to one decimal: more would only look exact.
func tenths(v float64) float64 { return math.Round(10*v) / 10 }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// address is null for an address that is not known.
func address(a netip.AddrPort) *string {
	if !a.IsValid() {
		return nil
	}
	return orNull(a.String())
}
