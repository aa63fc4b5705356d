package load

import (
	"os"
	"time"
)

var selfPID = os.Getpid()

const (
	// lateGenerator is the share of slots, calls and updates of which the
	// generator may be late by more than tolerance before its figures are no
	// longer the bridge's.
	lateGenerator = 0.01
	// tolerance is a tenth of a tick: what a phone's own clock does to a packet.
	tolerance = 2 * time.Millisecond
	// lateCall is how late a call may be made.
	lateCall = 20 * time.Millisecond
)

// Report is what a run found. Times are in milliseconds unless named otherwise.
type Report struct {
	Calls       int    `json:"calls"`
	Conferences int    `json:"conferences"`
	Codec       string `json:"codec"`

	Coaches       int `json:"coaches,omitempty"`
	Announcements int `json:"announcements,omitempty"`
	Held          int `json:"held,omitempty"`
	Muted         int `json:"muted,omitempty"`

	Seconds float64 `json:"seconds"`
	// MicrosPerLegTick is the processor time of the bridge per leg and 20 ms,
	// 0 when it was not measured; Own is that of the generator.
	MicrosPerLegTick float64 `json:"cpu_us_per_leg_tick"`
	Own              float64 `json:"generator_cpu_us_per_leg_tick"`
	CoresUsed        float64 `json:"cores_used"`
	BytesPerLeg      float64 `json:"bytes_per_leg"`
	Resident         int64   `json:"resident_bytes"` // of the bridge at the end of the window

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

	Churn   *ChurnReport  `json:"churn,omitempty"`
	Updates *UpdateReport `json:"updates,omitempty"`

	Delays   uint64  `json:"delays_measured"`
	DelayP50 float64 `json:"delay_p50_ms"`
	DelayP95 float64 `json:"delay_p95_ms"`

	Heard *Heard `json:"heard,omitempty"`

	// Counters is by how much the bridge's own counters grew in the window, by
	// their names in its metrics; nil when it has none.
	Counters map[string]float64 `json:"counters,omitempty"`

	LateP99 float64 `json:"generator_late_p99_ms"`
	LateMax float64 `json:"generator_late_max_ms"`
	// Bottleneck says that the generator was late itself, so that gaps,
	// losses and times may be its own.
	Bottleneck bool `json:"generator_is_bottleneck"`

	Gaps []uint64 `json:"-"` // in steps of binWidth
}

// ChurnReport is how it went with calls that came and went in the window.
type ChurnReport struct {
	Made     int     `json:"made"`
	Answered int     `json:"answered"`
	Failed   int     `json:"failed"`
	Dropped  int     `json:"dropped"`  // ended by the bridge
	Silent   int     `json:"silent"`   // without a packet of audio
	Repeated int     `json:"repeated"` // requests sent again
	Unmade   string  `json:"unmade,omitempty"`
	Reason   string  `json:"reason,omitempty"` // of the first failure
	Rate     float64 `json:"answered_per_second"`
	SetupP50 float64 `json:"setup_p50_ms"` // from the INVITE to its 200
	SetupP99 float64 `json:"setup_p99_ms"`
	SetupMax float64 `json:"setup_max_ms"`
	AudioP50 float64 `json:"audio_p50_ms"` // from the INVITE to the first packet
	AudioP99 float64 `json:"audio_p99_ms"`
	AudioMax float64 `json:"audio_max_ms"`
	LateP99  float64 `json:"generator_late_p99_ms"` // how much later than due calls were made
	LateMax  float64 `json:"generator_late_max_ms"`
}

// UpdateReport is how it went with updates of participants in the window.
type UpdateReport struct {
	Made   int     `json:"made"`
	Failed int     `json:"failed"`
	Reason string  `json:"reason,omitempty"` // of the first failure
	Rate   float64 `json:"answered_per_second"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
	Late   int     `json:"generator_late"` // sent late by the generator
}

// BinWidth is the step of Report.Gaps.
const BinWidth = binWidth

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// shape books what callers do besides.
func (r *Report) shape(c *Config) {
	r.Coaches, r.Announcements, r.Held, r.Muted = c.Coaches, c.Announcements, c.Held, c.Muted
}

// window books the measured stretch.
func (r *Report) window(w *Window, took, own, bridge time.Duration) {
	r.Seconds = took.Seconds()
	if legTicks := float64(w.Sent); legTicks > 0 {
		r.Own = own.Seconds() * 1e6 / legTicks
		r.MicrosPerLegTick = bridge.Seconds() * 1e6 / legTicks
	}
	r.CoresUsed = bridge.Seconds() / took.Seconds()
	r.Expected, r.Received, r.Lost = w.Sent, w.Received, w.Lost
	r.Disordered, r.WrongTimestamps = w.Disordered, w.WrongTimestamps
	r.GapP50, r.GapP99, r.GapMax = ms(w.Gaps.Quantile(0.5)), ms(w.Gaps.Quantile(0.99)), ms(w.Gaps.Max)
	r.LateP99, r.LateMax = ms(w.Late.Quantile(0.99)), ms(w.Late.Max)
	r.Bottleneck = w.Late.Quantile(1-lateGenerator) > tolerance
	r.Gaps = append([]uint64(nil), w.Gaps.Bins[:]...)
}

// setUp books how the steady calls were set up.
func (r *Report) setUp(t *Tally) {
	r.Dropped += t.Dropped
	if r.Churn != nil && t.Answered == 0 {
		return // there are no others
	}
	r.SetupRate = t.rate()
	r.SetupP50, r.SetupP99, r.SetupMax = ms(t.Setup.Quantile(0.5)), ms(t.Setup.Quantile(0.99)), ms(t.Setup.Max)
}

// churned books how it went with the calls that came and went.
func (r *Report) churned(c *churn, t *Tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.Churn = &ChurnReport{
		Made: t.Made, Answered: t.Answered, Failed: t.Failed, Dropped: t.Dropped, Silent: c.silent, Repeated: t.Repeated,
		Reason: text(t.Reason), Unmade: text(c.lost), Rate: t.rate(),
		SetupP50: ms(t.Setup.Quantile(0.5)), SetupP99: ms(t.Setup.Quantile(0.99)), SetupMax: ms(t.Setup.Max),
		AudioP50: ms(c.audio.Quantile(0.5)), AudioP99: ms(c.audio.Quantile(0.99)), AudioMax: ms(c.audio.Max),
		LateP99: ms(c.late.Quantile(0.99)), LateMax: ms(c.late.Max),
	}
	r.ChurnFailed, r.Dropped = t.Failed, t.Dropped
	if c.late.Quantile(1-lateGenerator) > lateCall || c.lost != nil {
		r.Bottleneck = true
	}
}

// updated books how it went with the updates.
func (r *Report) updated(u *Updated) {
	if u == nil {
		return
	}
	r.Updates = &UpdateReport{
		Made: u.Made, Failed: u.Failed, Reason: text(u.Reason), Late: u.Late,
		P50: ms(u.Took.Quantile(0.5)), P99: ms(u.Took.Quantile(0.99)), Max: ms(u.Took.Max),
	}
	if r.Seconds > 0 {
		r.Updates.Rate = float64(u.Made-u.Failed) / r.Seconds
	}
	if float64(u.Late) > lateGenerator*float64(u.Made) {
		r.Bottleneck = true
	}
}

// text is an error's, "" for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (r *Report) delay(h *Histogram) {
	r.Delays = h.Count
	r.DelayP50, r.DelayP95 = ms(h.Quantile(0.5)), ms(h.Quantile(0.95))
}
