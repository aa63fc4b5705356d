package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/bridge"
)

// figure is one number of a leg as metrics show it.
type figure struct {
	name  string
	help  string
	kind  prometheus.ValueType
	label string // what tells the series of one name apart, "" when there is one
	value string // of that label
	of    func(*bridge.MediaStats) float64
}

// counter is a figure that only grows, and is summed over all calls too.
func counter(name, help string, of func(*bridge.MediaStats) float64) figure {
	return figure{name: name, help: help, kind: prometheus.CounterValue, of: of}
}

// gauge is a figure that goes up and down.
func gauge(name, help string, of func(*bridge.MediaStats) float64) figure {
	return figure{name: name, help: help, kind: prometheus.GaugeValue, of: of}
}

// discarded counts the packets from the phone that were not played for one
// reason.
func discarded(reason string, of func(*bridge.MediaStats) uint64) figure {
	f := counter("rx_discarded_packets_total", "Packets from the phone that were not played, by the one reason.", count(of))
	f.label, f.value = "reason", reason
	return f
}

// peerDiscarded counts the RTCP packets that were not believed for one reason.
func peerDiscarded(reason string, of func(*bridge.MediaStats) uint64) figure {
	f := counter("peer_discarded_packets_total", "RTCP packets that were not believed, by the one reason.", count(of))
	f.label, f.value = "reason", reason
	return f
}

// correction is a figure of one way of following the phone's clock.
func correction(name, help, kind string, of func(*bridge.MediaStats) float64) figure {
	f := counter(name, help, of)
	f.label, f.value = "kind", kind
	return f
}

func count(of func(*bridge.MediaStats) uint64) func(*bridge.MediaStats) float64 {
	return func(s *bridge.MediaStats) float64 { return float64(of(s)) }
}

// frames turns a count of frames into seconds.
func frames(of func(*bridge.MediaStats) uint64) func(*bridge.MediaStats) float64 {
	return func(s *bridge.MediaStats) float64 { return float64(of(s)) * bridge.TickInterval.Seconds() }
}

func seconds(of func(*bridge.MediaStats) time.Duration) func(*bridge.MediaStats) float64 {
	return func(s *bridge.MediaStats) float64 { return of(s).Seconds() }
}

const (
	helpCorrections = "Times the audio of the phone was lengthened (inserted) or shortened (dropped), to follow its clock or the jitter."
	helpCorrected   = "By how much the audio of the phone was lengthened (inserted) or shortened (dropped)."
)

// figures are all numbers of a leg. Every field of bridge.MediaStats but the
// addresses and the codec is behind exactly one of them.
var figures = []figure{
	counter("rx_packets_total", "Packets from the phone that were valid.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.Packets })),
	counter("rx_payload_bytes_total", "Their coded audio.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.Bytes })),

	discarded("malformed", func(s *bridge.MediaStats) uint64 { return s.Rx.Malformed }),
	discarded("oversize", func(s *bridge.MediaStats) uint64 { return s.Rx.Oversize }),
	discarded("bad_source", func(s *bridge.MediaStats) uint64 { return s.Rx.BadSource }),
	discarded("unauthentic", func(s *bridge.MediaStats) uint64 { return s.Rx.Unauthentic }),
	discarded("replayed", func(s *bridge.MediaStats) uint64 { return s.Rx.Replayed }),
	discarded("probation", func(s *bridge.MediaStats) uint64 { return s.Rx.Probation }),
	discarded("bad_payload_type", func(s *bridge.MediaStats) uint64 { return s.Rx.BadPayloadType }),
	discarded("not_receiving", func(s *bridge.MediaStats) uint64 { return s.Rx.NotReceiving }),
	discarded("stray_rtcp", func(s *bridge.MediaStats) uint64 { return s.Rx.StrayRTCP }),
	discarded("duplicate", func(s *bridge.MediaStats) uint64 { return s.Rx.Duplicate }),
	discarded("late", func(s *bridge.MediaStats) uint64 { return s.Rx.Late }),
	discarded("overflow", func(s *bridge.MediaStats) uint64 { return s.Rx.Overflow }),
	discarded("undecodable", func(s *bridge.MediaStats) uint64 { return s.Rx.Undecodable }),

	counter("rx_concealed_seconds_total", "Audio made up where none came in time.", frames(func(s *bridge.MediaStats) uint64 { return s.Rx.Concealed })),
	counter("rx_underrun_seconds_total", "The part of it for which no packet was lost.", frames(func(s *bridge.MediaStats) uint64 { return s.Rx.Underrun })),
	counter("rx_recovered_seconds_total", "Lost audio that the packet behind it repeated (Opus in-band FEC).", frames(func(s *bridge.MediaStats) uint64 { return s.Rx.Recovered })),
	correction("rx_corrections_total", helpCorrections, "inserted", count(func(s *bridge.MediaStats) uint64 { return s.Rx.Inserted })),
	correction("rx_corrections_total", helpCorrections, "dropped", count(func(s *bridge.MediaStats) uint64 { return s.Rx.Dropped })),
	correction("rx_corrected_seconds_total", helpCorrected, "inserted", seconds(func(s *bridge.MediaStats) time.Duration { return s.Rx.Stretched })),
	correction("rx_corrected_seconds_total", helpCorrected, "dropped", seconds(func(s *bridge.MediaStats) time.Duration { return s.Rx.Shrunk })),
	counter("rx_timestamp_jumps_total", "Timestamps that contradicted sequence and arrival.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.TimestampJumps })),
	counter("rx_ssrc_changes_total", "New synchronisation sources that were believed.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.SSRCChanges })),
	counter("rx_sequence_jumps_total", "Restarts of the sequence with the same source.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.SequenceJumps })),
	counter("rx_source_changes_total", "How often the phone's address became another, the first time included.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.SourceChange })),
	counter("rx_comfort_noise_packets_total", "Packets of comfort noise from the phone.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.ComfortNoise })),
	counter("rx_digits_total", "Digits that came as events (RFC 4733).", count(func(s *bridge.MediaStats) uint64 { return s.Rx.Digits })),
	counter("rx_digits_dropped_total", "Those of them that nobody fetched in time.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.DigitsDropped })),
	counter("rx_in_band_digits_total", "Digits whose tones came as audio and were kept from the conference.", count(func(s *bridge.MediaStats) uint64 { return s.Rx.InBandDigits })),

	counter("tx_packets_total", "Packets sent to the phone.", count(func(s *bridge.MediaStats) uint64 { return s.Tx.Packets })),
	counter("tx_payload_bytes_total", "Their coded audio.", count(func(s *bridge.MediaStats) uint64 { return s.Tx.Bytes })),
	counter("tx_errors_total", "Packets to the phone that the system refused to send.", count(func(s *bridge.MediaStats) uint64 { return s.Tx.Errors })),
	counter("tx_skipped_seconds_total", "Audio that was not sent because a clock was late.", frames(func(s *bridge.MediaStats) uint64 { return s.Tx.Skipped })),
	counter("tx_reports_total", "RTCP packets sent to the phone.", count(func(s *bridge.MediaStats) uint64 { return s.Tx.Reports })),
	counter("tx_comfort_noise_packets_total", "Packets of comfort noise sent in place of audio.", count(func(s *bridge.MediaStats) uint64 { return s.Tx.ComfortNoise })),
	counter("tx_digits_total", "Digits sent to the phone as events (RFC 4733).", count(func(s *bridge.MediaStats) uint64 { return s.Tx.Digits })),

	counter("peer_reports_total", "Reports of the phone about what it hears (RTCP).", count(func(s *bridge.MediaStats) uint64 { return s.Peer.Reports })),
	peerDiscarded("malformed", func(s *bridge.MediaStats) uint64 { return s.Peer.Malformed }),
	peerDiscarded("bad_source", func(s *bridge.MediaStats) uint64 { return s.Peer.BadSource }),
	peerDiscarded("unauthentic", func(s *bridge.MediaStats) uint64 { return s.Peer.Unauthentic }),
	peerDiscarded("replayed", func(s *bridge.MediaStats) uint64 { return s.Peer.Replayed }),
	counter("peer_byes_total", "RTCP BYE packets; they end nothing.", count(func(s *bridge.MediaStats) uint64 { return s.Peer.Byes })),

	gauge("rx_lost_packets", "Packets from the phone that never came. One that turns up late is taken back, so this is no counter.", count(lost)),
	gauge("rx_jitter_seconds", "Interarrival jitter of the phone's packets (RFC 3550).", seconds(func(s *bridge.MediaStats) time.Duration { return s.Rx.Jitter })),
	gauge("rx_playout_delay_seconds", "From arrival to playout.", seconds(func(s *bridge.MediaStats) time.Duration { return s.Rx.PlayoutDelay })),
	gauge("rx_source_since_timestamp_seconds", "When the phone's address last became another.", sourceSince),
	gauge("peer_lost_packets", "Packets that the phone says it has lost; duplicates make it negative.", func(s *bridge.MediaStats) float64 { return float64(s.Peer.Lost) }),
	gauge("peer_lost_ratio", "The share it has lost since its previous report.", func(s *bridge.MediaStats) float64 { return s.Peer.FractionLost }),
	gauge("peer_jitter_seconds", "Jitter as the phone measures it.", seconds(func(s *bridge.MediaStats) time.Duration { return s.Peer.Jitter })),
	gauge("round_trip_seconds", "To the phone and back, by RTCP; 0 until known.", seconds(func(s *bridge.MediaStats) time.Duration { return s.Peer.RTT })),
}

func lost(s *bridge.MediaStats) uint64 { return s.Rx.Lost }

func sourceSince(s *bridge.MediaStats) float64 {
	if s.Rx.SourceSince.IsZero() {
		return 0
	}
	return float64(s.Rx.SourceSince.UnixMilli()) / 1000
}
