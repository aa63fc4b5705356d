package metrics

import "github.com/prometheus/client_golang/prometheus"

// Calls counts what the front end of the calls has seen since it started.
type Calls struct {
	Datagrams  uint64 // received
	Junk       uint64 // that were no SIP
	Malformed  uint64 // requests
	Limited    uint64 // requests of sources that send too many
	ReadErrors uint64 // of the listeners
	Requests   uint64 // that were looked at
	Refused    uint64 // calls
	Answered   uint64 // calls
	Panics     uint64 // requests that hit a defect
	Now        int64  // calls there are
}

var (
	sipDatagrams  = desc("sip_datagrams_total", "Datagrams on the SIP listeners.")
	sipDropped    = desc("sip_dropped_total", "SIP messages that were not looked at, by the one reason.", "reason")
	sipReadErrors = desc("sip_read_errors_total", "Failed reads on the SIP listeners.")
	sipRequests   = desc("sip_requests_total", "SIP requests that were looked at.")
	sipCalls      = desc("sip_calls_total", "Calls, by what became of them.", "outcome")
	sipPanics     = desc("sip_panics_total", "SIP requests that hit a defect; please report them.")
	sipCallsNow   = desc("sip_calls", "Calls there are.")
)

// desc describes a metric of the bridge.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("partyline_"+name, help, labels, nil)
}

// callsCollector shows Calls.
type callsCollector struct{ read func() Calls }

// Describe implements prometheus.Collector.
func (callsCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sipDatagrams, sipDropped, sipReadErrors, sipRequests, sipCalls, sipPanics, sipCallsNow} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c callsCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.read()
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	counter(sipDatagrams, s.Datagrams)
	counter(sipDropped, s.Junk, "junk")
	counter(sipDropped, s.Malformed, "malformed")
	counter(sipDropped, s.Limited, "limited")
	counter(sipReadErrors, s.ReadErrors)
	counter(sipRequests, s.Requests)
	counter(sipCalls, s.Answered, "answered")
	counter(sipCalls, s.Refused, "refused")
	counter(sipPanics, s.Panics)
	ch <- prometheus.MustNewConstMetric(sipCallsNow, prometheus.GaugeValue, float64(s.Now))
}
