package metrics

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/api"
	"partyline/bridge"
)

// scrapeTimeout bounds how long a scrape waits for the ticks.
const scrapeTimeout = 2 * time.Second

// Labels of a participant's series. The call id alone tells them apart.
var whose = []string{"account", "conference", "call_sid", "label"}

var (
	infoDesc = desc("participant_info", "What a participant speaks, and from where; always 1.",
		append(whose[:len(whose):len(whose)], "codec_rx", "codec_tx", "jitter_buffer_size", "source")...)
	rateDesc    = desc("participant_conference_rate_hertz", "The rate the participant's conference is mixed at.", whose...)
	levelDesc   = desc("participant_level_dbov", "Level of the voice in the latest frame; -127 is silence.", whose...)
	scoreDesc   = desc("participant_opinion_score", "Estimate of how the voice is heard (E-model), 1 to 4.41; 0 before any audio.", whose...)
	omittedDesc = desc("participants_without_series", "Participants that are in the totals only, because there are more than may have series of their own.")
	unreadDesc  = desc("scrape_incomplete", "1 when some conference did not tell its participants' numbers in time.")
)

// collector shows the bridge: participants, totals and clocks.
type collector struct {
	bridge       Bridge
	participants int // that have series of their own
	log          *slog.Logger
	own, sum     []*prometheus.Desc // of figures: a participant's, and all calls'
	most         highest            // of the sums
}

func newCollector(o Options) *collector {
	c := &collector{bridge: o.Bridge, participants: o.Participants, log: o.Log}
	for i := range figures {
		f := &figures[i]
		var labels []string
		if f.label != "" {
			labels = []string{f.label}
		}
		c.own = append(c.own, desc("participant_"+f.name, f.help, append(whose[:len(whose):len(whose)], labels...)...))
		c.sum = append(c.sum, desc("media_"+f.name, f.help+" All calls since the start.", labels...))
	}
	c.most.seen = make([]float64, len(figures)+1)
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range figures {
		ch <- c.own[i]
	}
	for _, d := range []*prometheus.Desc{infoDesc, rateDesc, levelDesc, scoreDesc, omittedDesc, unreadDesc} {
		ch <- d
	}
	c.describeTotals(ch)
}

// Collect implements prometheus.Collector. Who leaves after the totals were read
// and before the participants are is in neither, which is better than in both.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	past := c.bridge.Totals()
	all, err := c.bridge.MediaViews(ctx)
	if err != nil {
		c.log.Warn("metrics: not every conference answered", "error", err)
	}
	gaugeTo(ch, unreadDesc, truth(err != nil))
	shown := all[:min(len(all), c.participants)]
	gaugeTo(ch, omittedDesc, float64(len(all)-len(shown)))
	for i := range shown {
		c.participant(ch, &shown[i])
	}
	c.totals(ch, past, all)
}

// participant shows one participant.
func (c *collector) participant(ch chan<- prometheus.Metric, p *bridge.ParticipantMediaView) {
	labels := [8]string{p.Participant.Account, p.Conference.FriendlyName, p.Participant.CallID, p.Participant.Label}
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\uFFFD") // as it must be
	}
	own := labels[:len(whose)]
	s := &p.Media.Stats
	for i := range figures {
		f := &figures[i]
		all := own
		if f.label != "" {
			all = append(own, f.value)
		}
		ch <- prometheus.MustNewConstMetric(c.own[i], f.kind, f.of(s), all...)
	}
	gaugeTo(ch, rateDesc, float64(p.Media.Rate), own...)
	gaugeTo(ch, levelDesc, p.Media.Level, own...)
	gaugeTo(ch, scoreDesc, p.Media.MOS, own...)
	gaugeTo(ch, infoDesc, 1, append(own, s.Rx.Codec.String(), p.Media.Codec.String(), api.SizeName(p.Media.JitterBufferSize), source(s))...)
}

func gaugeTo(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// source is the address the audio comes from, "" until known.
func source(s *bridge.MediaStats) string {
	if !s.Rx.Source.IsValid() {
		return ""
	}
	return s.Rx.Source.String()
}
