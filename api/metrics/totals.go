package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/bridge"
)

var (
	lostDesc         = desc("media_rx_lost_packets_total", "Packets from phones that never came. All calls since the start.")
	conferencesDesc  = desc("conferences", "Conferences with somebody in them.")
	participantsDesc = desc("participants", "Participants there are.")
	createdDesc      = desc("conferences_created_total", "Conferences that were begun.")
	joinedDesc       = desc("participants_joined_total", "Participants that have joined.")
	leftDesc         = desc("participants_left_total", "Participants that have left, by why.", "reason")
	ticksDesc        = desc("ticks_total", "Steps of 20 ms that the clocks have run.")
	skippedDesc      = desc("ticks_skipped_total", "Steps that were left out because a clock was too late.")
	encodesDesc      = desc("encodes_total", "Frames that were coded, each for one participant or for all who hear the same.")
	latenessDesc     = desc("tick_lateness_seconds", "How late a clock has woken up for its step.")
	busyDesc         = desc("tick_duration_seconds", "How long a clock's step took, for all its conferences together.")
	droppedDesc      = desc("events_dropped_total", "Events that nobody fetched in time.")
)

// describeTotals describes what totals shows.
func (c *collector) describeTotals(ch chan<- *prometheus.Desc) {
	for i, f := range figures {
		if f.kind == prometheus.CounterValue {
			ch <- c.sum[i]
		}
	}
	for _, d := range []*prometheus.Desc{
		lostDesc, conferencesDesc, participantsDesc, createdDesc, joinedDesc, leftDesc,
		ticksDesc, skippedDesc, encodesDesc, latenessDesc, busyDesc, droppedDesc,
	} {
		ch <- d
	}
}

// totals shows what all calls together have seen: the ones that are over, as
// of before the others were asked, and these.
func (c *collector) totals(ch chan<- prometheus.Metric, t bridge.Totals, present []bridge.ParticipantMediaView) {
	conferences := map[string]bool{}
	for i := range present {
		t.AddMedia(present[i].Media.Stats)
		conferences[present[i].Conference.ID] = true
	}
	for i := range figures {
		f := &figures[i]
		switch {
		case f.kind != prometheus.CounterValue:
		case f.label == "":
			counterTo(ch, c.sum[i], c.most.atLeast(i, f.of(&t.Media)))
		default:
			counterTo(ch, c.sum[i], c.most.atLeast(i, f.of(&t.Media)), f.value)
		}
	}
	counterTo(ch, lostDesc, c.most.atLeast(len(figures), float64(t.Media.Rx.Lost)))
	gaugeTo(ch, conferencesDesc, float64(len(conferences)))
	gaugeTo(ch, participantsDesc, float64(len(present)))
	counterTo(ch, createdDesc, float64(t.Conferences))
	counterTo(ch, joinedDesc, float64(t.Joined))
	for why, n := range t.Left {
		counterTo(ch, leftDesc, float64(n), string(why))
	}
	counterTo(ch, ticksDesc, float64(t.Ticks))
	counterTo(ch, skippedDesc, float64(t.Skipped))
	counterTo(ch, encodesDesc, float64(t.Encodes))
	counterTo(ch, droppedDesc, float64(t.Dropped))
	histogramTo(ch, latenessDesc, t.Lateness)
	histogramTo(ch, busyDesc, t.Busy)
}

func counterTo(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

// histogramTo shows a histogram of the bridge, whose classes do not overlap,
// in those of Prometheus, which do.
func histogramTo(ch chan<- prometheus.Metric, d *prometheus.Desc, h bridge.Histogram) {
	buckets := make(map[float64]uint64, len(h.Bounds))
	var n uint64
	for i, count := range h.Counts {
		n += count
		if i < len(h.Bounds) {
			buckets[h.Bounds[i].Seconds()] = n
		}
	}
	ch <- prometheus.MustNewConstHistogram(d, n, h.Sum.Seconds(), buckets)
}

// highest keeps what counters have shown, so that none of them goes back: who
// leaves between two questions of a scrape is missing in that one, and a packet
// that turns up late is no longer lost. It is safe for concurrent use.
type highest struct {
	mu   sync.Mutex
	seen []float64
}

// atLeast returns now, or what the counter of that number has shown when that
// is more.
func (h *highest) atLeast(i int, now float64) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[i] = max(h.seen[i], now)
	return h.seen[i]
}
