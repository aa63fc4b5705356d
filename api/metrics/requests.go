package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/api"
)

// requestBuckets are upper bounds in seconds: an update takes a tick of 20 ms,
// a read far less.
var requestBuckets = []float64{.001, .0025, .005, .01, .02, .03, .04, .06, .1, .25, .5, 1, 5}

// requests counts what the control API was asked.
type requests struct {
	answered *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newRequests(r prometheus.Registerer) *requests {
	q := &requests{
		answered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "partyline_http_requests_total", Help: "Requests to the control API, by what was asked for and the status of the answer.",
		}, []string{"resource", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "partyline_http_request_duration_seconds", Help: "From the request's header to the end of the answer.", Buckets: requestBuckets,
		}, []string{"resource", "method"}),
	}
	r.MustRegister(q.answered, q.took)
	return q
}

// observe counts one answer.
func (q *requests) observe(a api.Answered) {
	q.answered.WithLabelValues(a.Resource, a.Method, strconv.Itoa(a.Status)).Inc()
	q.took.WithLabelValues(a.Resource, a.Method).Observe(a.Took.Seconds())
}
