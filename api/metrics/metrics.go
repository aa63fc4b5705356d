package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"partyline/api"
	"partyline/bridge"
)

// Bridge is what a scrape asks of the bridge.
type Bridge interface {
	// MediaViews returns the numbers of every participant, asked of the ticks
	// with one command per conference.
	MediaViews(ctx context.Context) ([]bridge.ParticipantMediaView, error)
	// Totals returns what all calls together have seen.
	Totals() bridge.Totals
}

// Options say what is shown, and to whom.
type Options struct {
	Bridge Bridge
	// Token is asked for as a Bearer token; "" lets everybody in.
	Token string
	// Participants is how many participants have series of their own. The
	// others are in the totals only.
	Participants int
	Version      string
	// Calls reads the counters of the calls' front end, nil when there is none.
	Calls func() Calls
	Log   *slog.Logger // nil: silent
}

// Metrics is everything that is shown.
type Metrics struct {
	handler  http.Handler
	requests *requests
}

// New returns metrics that read from the bridge at every scrape.
func New(o Options) *Metrics {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(o.Version),
		newCollector(o),
	)
	if o.Calls != nil {
		r.MustRegister(callsCollector{o.Calls})
	}
	m := &Metrics{requests: newRequests(r)}
	m.handler = guard(o.Token, promhttp.HandlerFor(r, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		MaxRequestsInFlight: 4,
	}))
	return m
}

// ServeHTTP answers a scrape.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// Observe counts an answer of the control API.
func (m *Metrics) Observe(a api.Answered) { m.requests.observe(a) }

// buildInfo says what is running; its value is always 1.
func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "partyline_build_info",
		Help:        "The version that is running; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()},
	})
	g.Set(1)
	return g
}
