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
// call began; rx is from the phone to the bridge. A counter without a unit in
// its name counts packets or occurrences.
type mediaView struct {
	AccountSID    string   `json:"account_sid"`
	ConferenceSID string   `json:"conference_sid"`
	CallSID       string   `json:"call_sid"`
	Label         *string  `json:"label"`
	Codec         string   `json:"codec"` // negotiated to speak to the phone
	RateHz        int      `json:"conference_rate_hz"`
	JitterBuffer  string   `json:"jitter_buffer_size"`
	LevelDBov     float64  `json:"level_dbov"`
	MOS           *float64 `json:"mos"` // null before any audio
	Rx            rxView   `json:"rx"`
	Tx            txView   `json:"tx"`
	Peer          peerView `json:"peer"`
	URI           string   `json:"uri"`
}

// rxView counts what came from the phone. Every fault has one counter.
type rxView struct {
	Codec         *string `json:"codec"`  // of the newest packet, null before any
	Source        *string `json:"source"` // address the audio comes from, null until known
	SourceSince   *string `json:"source_since"`
	SourceChanges uint64  `json:"source_changes"` // the first one included
	Packets       uint64  `json:"packets"`
	Bytes         uint64  `json:"bytes"`

	JitterMs       float64 `json:"jitter_ms"`
	PlayoutDelayMs float64 `json:"playout_delay_ms"`

	Lost        uint64 `json:"lost"`
	Late        uint64 `json:"late"`
	Duplicate   uint64 `json:"duplicate"`
	Overflow    uint64 `json:"overflow"`
	ConcealedMs uint64 `json:"concealed_ms"`
	UnderrunMs  uint64 `json:"underrun_ms"`
	RecoveredMs uint64 `json:"recovered_ms"`
	Inserted    uint64 `json:"inserted"`
	InsertedMs  uint64 `json:"inserted_ms"`
	Dropped     uint64 `json:"dropped"`
	DroppedMs   uint64 `json:"dropped_ms"`

	Malformed      uint64 `json:"malformed"`
	Oversize       uint64 `json:"oversize"`
	BadSource      uint64 `json:"bad_source"`
	Unauthentic    uint64 `json:"unauthentic"`
	Replayed       uint64 `json:"replayed"`
	Probation      uint64 `json:"probation"`
	BadPayloadType uint64 `json:"bad_payload_type"`
	Undecodable    uint64 `json:"undecodable"`
	NotReceiving   uint64 `json:"not_receiving"`
	StrayRTCP      uint64 `json:"stray_rtcp"`
	TimestampJumps uint64 `json:"timestamp_jumps"`
	SSRCChanges    uint64 `json:"ssrc_changes"`
	SequenceJumps  uint64 `json:"sequence_jumps"`

	ComfortNoise  uint64 `json:"comfort_noise"`
	Digits        uint64 `json:"digits"`
	DigitsDropped uint64 `json:"digits_dropped"`
	InBandDigits  uint64 `json:"in_band_digits"`
}

// txView counts what went to the phone.
type txView struct {
	Destination  *string `json:"destination"`
	Packets      uint64  `json:"packets"`
	Bytes        uint64  `json:"bytes"`
	Errors       uint64  `json:"send_errors"`
	SkippedMs    uint64  `json:"skipped_ms"`
	Reports      uint64  `json:"reports"`
	ComfortNoise uint64  `json:"comfort_noise"`
	Digits       uint64  `json:"digits"`
}

// peerView is what the phone reports in RTCP about what it hears.
type peerView struct {
	Reports      uint64  `json:"reports"`
	Lost         int32   `json:"lost"`
	FractionLost float64 `json:"fraction_lost"`
	JitterMs     float64 `json:"jitter_ms"`
	RoundTripMs  float64 `json:"round_trip_ms"`
	Malformed    uint64  `json:"malformed"`
	BadSource    uint64  `json:"bad_source"`
	Unauthentic  uint64  `json:"unauthentic"`
	Replayed     uint64  `json:"replayed"`
	Byes         uint64  `json:"byes"`
}

const frameMs = uint64(bridge.TickInterval / time.Millisecond)

// media renders the numbers of a participant.
func (d *dialect) media(p *bridge.ParticipantView, m *bridge.MediaView) mediaView {
	v := mediaView{
		AccountSID: p.Account, ConferenceSID: p.ConferenceID, CallSID: p.CallID,
		Label: orNull(p.Label), Codec: m.Codec.String(), RateHz: m.Rate,
		JitterBuffer: SizeName(m.JitterBufferSize), LevelDBov: tenths(m.Level),
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
	v := rxView{
		Source: address(rx.Source), SourceChanges: rx.SourceChange,
		Packets: rx.Packets, Bytes: rx.Bytes,
		JitterMs: milliseconds(rx.Jitter), PlayoutDelayMs: milliseconds(rx.PlayoutDelay),

		Lost: rx.Lost, Late: rx.Late, Duplicate: rx.Duplicate, Overflow: rx.Overflow,
		ConcealedMs: rx.Concealed * frameMs, UnderrunMs: rx.Underrun * frameMs, RecoveredMs: rx.Recovered * frameMs,
		Inserted: rx.Inserted, InsertedMs: uint64(rx.Stretched.Milliseconds()),
		Dropped: rx.Dropped, DroppedMs: uint64(rx.Shrunk.Milliseconds()),

		Malformed: rx.Malformed, Oversize: rx.Oversize, BadSource: rx.BadSource,
		Unauthentic: rx.Unauthentic, Replayed: rx.Replayed, Probation: rx.Probation,
		BadPayloadType: rx.BadPayloadType, Undecodable: rx.Undecodable,
		NotReceiving: rx.NotReceiving, StrayRTCP: rx.StrayRTCP,
		TimestampJumps: rx.TimestampJumps, SSRCChanges: rx.SSRCChanges, SequenceJumps: rx.SequenceJumps,

		ComfortNoise: rx.ComfortNoise, Digits: rx.Digits,
		DigitsDropped: rx.DigitsDropped, InBandDigits: rx.InBandDigits,
	}
	if rx.Codec != bridge.NoCodec {
		v.Codec = new(rx.Codec.String())
	}
	if !rx.SourceSince.IsZero() {
		v.SourceSince = new(date(rx.SourceSince))
	}
	return v
}

func renderTx(s *bridge.MediaStats) txView {
	tx := &s.Tx
	return txView{
		Destination: address(tx.Dest), Packets: tx.Packets, Bytes: tx.Bytes,
		Errors: tx.Errors, SkippedMs: tx.Skipped * frameMs, Reports: tx.Reports,
		ComfortNoise: tx.ComfortNoise, Digits: tx.Digits,
	}
}

func renderPeer(s *bridge.MediaStats) peerView {
	p := &s.Peer
	return peerView{
		Reports: p.Reports, Lost: p.Lost, FractionLost: p.FractionLost,
		JitterMs: milliseconds(p.Jitter), RoundTripMs: milliseconds(p.RTT),
		Malformed: p.Malformed, BadSource: p.BadSource,
		Unauthentic: p.Unauthentic, Replayed: p.Replayed, Byes: p.Byes,
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
