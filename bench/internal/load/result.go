package load

import (
	"os"
	"time"
)

var selfPID = os.Getpid()

// lateGenerator is the share of slots in which the generator may be late by a
// whole slot before its figures are no longer the bridge's.
const lateGenerator = 0.01

// Report is what a run found. Times are in milliseconds unless named otherwise.
type Report struct {
	Calls       int    `json:"calls"`
	Conferences int    `json:"conferences"`
	Codec       string `json:"codec"`

	Seconds float64 `json:"seconds"`
	// MicrosPerLegTick is the processor time of the bridge per leg and 20 ms,
	// 0 when it was not measured; Own is that of the generator.
	MicrosPerLegTick float64 `json:"cpu_us_per_leg_tick"`
	Own              float64 `json:"generator_cpu_us_per_leg_tick"`
	CoresUsed        float64 `json:"cores_used"`
	BytesPerLeg      float64 `json:"bytes_per_leg"`

	Expected        uint64  `json:"packets_expected"`
	Received        uint64  `json:"packets_received"`
	Lost            uint64  `json:"packets_lost"`
	Disordered      uint64  `json:"packets_disordered"`
	WrongTimestamps uint64  `json:"wrong_timestamps"`
	GapP50          float64 `json:"gap_p50_ms"`
	GapP99          float64 `json:"gap_p99_ms"`
	GapMax          float64 `json:"gap_max_ms"`

	SetupRate   float64 `json:"setup_per_second"`
	SetupP50    float64 `json:"setup_p50_ms"`
	SetupP99    float64 `json:"setup_p99_ms"`
	SetupMax    float64 `json:"setup_max_ms"`
	ChurnFailed int     `json:"churn_failed"`
	Dropped     int     `json:"calls_dropped"` // ended by the bridge

	Delays   uint64  `json:"delays_measured"`
	DelayP50 float64 `json:"delay_p50_ms"`
	DelayP95 float64 `json:"delay_p95_ms"`

	Heard *Heard `json:"heard,omitempty"`

	LateP99 float64 `json:"generator_late_p99_ms"`
	LateMax float64 `json:"generator_late_max_ms"`
	// Bottleneck says that the generator was late itself, so that gaps and
	// losses may be its own.
	Bottleneck bool `json:"generator_is_bottleneck"`

	Gaps []uint64 `json:"-"` // in steps of binWidth
}

// BinWidth is the step of Report.Gaps.
const BinWidth = binWidth

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// window books the measured stretch.
func (r *Report) window(w *Window, took, own, bridge time.Duration) {
	r.Seconds = took.Seconds()
	legTicks := float64(w.Sent)
	r.Own = own.Seconds() * 1e6 / legTicks
	r.MicrosPerLegTick = bridge.Seconds() * 1e6 / legTicks
	r.CoresUsed = bridge.Seconds() / took.Seconds()
	r.Expected, r.Received, r.Lost = w.Sent, w.Received, w.Lost
	r.Disordered, r.WrongTimestamps = w.Disordered, w.WrongTimestamps
	r.GapP50, r.GapP99, r.GapMax = ms(w.Gaps.Quantile(0.5)), ms(w.Gaps.Quantile(0.99)), ms(w.Gaps.Max)
	r.LateP99, r.LateMax = ms(w.Late.Quantile(0.99)), ms(w.Late.Max)
	r.Bottleneck = w.Late.Quantile(1-lateGenerator) > slotTime
	r.Gaps = append([]uint64(nil), w.Gaps.Bins[:]...)
}

// setUp books how the calls were set up.
func (r *run) setUp(report *Report) {
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	h := &r.agent.setup
	report.SetupRate = float64(h.Count) / r.agent.last.Sub(r.agent.first).Seconds()
	report.SetupP50, report.SetupP99, report.SetupMax = ms(h.Quantile(0.5)), ms(h.Quantile(0.99)), ms(h.Max)
}

func (r *Report) delay(h *Histogram) {
	r.Delays = h.Count
	r.DelayP50, r.DelayP95 = ms(h.Quantile(0.5)), ms(h.Quantile(0.95))
}
