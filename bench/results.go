package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"partyline/bench/internal/load"
)

// results is all that bench report has found, as it is kept in results.json.
// Times per leg and tick are in µs.
type results struct {
	Taken  map[string]taken `json:"taken"` // by section
	Floors []floors         `json:"floors"`
	Shapes []measured       `json:"shapes"`
	Legs   []measured       `json:"legs"`
	Roles  []measured       `json:"roles"`
	Codecs []coded          `json:"codecs"`
	Strain []measured       `json:"strain"`
	Storm  []measured       `json:"storm"`
	Cores  []shared         `json:"cores"`
}

// taken says when, where and how a section was measured.
type taken struct {
	When    time.Time `json:"when"`
	Seconds float64   `json:"seconds"`
	Quick   bool      `json:"quick,omitempty"`
	Failed  []string  `json:"failed,omitempty"` // what could not be measured, and why
	Machine machine   `json:"machine"`
}

// floors are the least cost of so many legs.
type floors struct {
	Legs      int     `json:"legs"`
	Plain     float64 `json:"plain_us"`
	Connected float64 `json:"connected_us"`
}

// measured is one way of calling the bridge, and each time it was measured.
type measured struct {
	Name  string `json:"name"`
	Legs  int    `json:"legs"`
	Pairs []pair `json:"pairs"`
}

// pair is a measurement beside that of something to compare with.
type pair struct {
	Reference float64      `json:"reference_us,omitempty"` // mean of before and after
	Cost      float64      `json:"cost_us"`
	Ratio     float64      `json:"ratio,omitempty"` // cost through reference
	Report    *load.Report `json:"report"`
	Bridge    inside       `json:"bridge"`
	Later     []float64    `json:"later_ms,omitempty"` // quantiles of the times between packets, see tailStep
}

// inside is what the bridge itself counted in the window.
type inside struct {
	Collections float64            `json:"garbage_collections"`
	Ticks       float64            `json:"ticks"`
	Skipped     float64            `json:"ticks_skipped"`
	Encodes     float64            `json:"encodes"`
	Busy        float64            `json:"busy_seconds"` // of all clocks, ticking
	Late        map[string]float64 `json:"late,omitempty"`
}

// coded is a codec and what it costs by itself.
type coded struct {
	measured
	Decode float64 `json:"decode_us"` // of one frame, in this process
	Encode float64 `json:"encode_us"`
}

// shared is one conference whose steps are done by one clock, and by as many as
// there are cores.
type shared struct {
	Legs   int     `json:"legs"`
	Cores  int     `json:"cores"`
	Alone  float64 `json:"tick_alone_ms"` // time that goes by
	Helped float64 `json:"tick_helped_ms"`
}

// newPair takes from a report what the results keep.
func newPair(reference float64, r *load.Report) pair {
	p := pair{Reference: reference, Cost: r.MicrosPerLegTick, Report: r, Bridge: newInside(r.Counters), Later: tail(r.Gaps)}
	if reference > 0 {
		p.Ratio = p.Cost / reference
	}
	r.Counters = nil
	return p
}

// lateClasses is the metric of how late the clocks wake up.
const lateClasses = "partyline_tick_lateness_seconds_bucket"

func newInside(c map[string]float64) inside {
	i := inside{
		Collections: c["go_gc_duration_seconds_count"],
		Ticks:       c["partyline_ticks_total"], Skipped: c["partyline_ticks_skipped_total"],
		Encodes: c["partyline_encodes_total"], Busy: c["partyline_tick_duration_seconds_sum"],
	}
	for name, n := range c {
		if bound, ok := bucketOf(name, lateClasses); ok {
			if i.Late == nil {
				i.Late = map[string]float64{}
			}
			i.Late[bound] = n
		}
	}
	return i
}

// bucketOf is the upper bound of a class of a histogram, from the name of its
// series: seconds, or +Inf.
func bucketOf(series, histogram string) (bound string, ok bool) {
	_, err := fmt.Sscanf(series, histogram+"{le=%q}", &bound)
	return bound, err == nil
}

// tailStep is the distance of the quantiles in pair.Later, in decades of the
// share of packets that come later: 1, 10^-¼, 10^-½ and so on to 10^-6.
const tailStep, tailDecades = 0.25, 6

// tail is what shares of the times between packets exceed, in ms.
func tail(bins []uint64) (later []float64) {
	var all uint64
	for _, n := range bins {
		all += n
	}
	left, at := all, 0
	for exponent := 0.0; exponent <= tailDecades; exponent += tailStep {
		allowed := float64(all) * math.Pow(10, -exponent)
		if allowed < 1 {
			break
		}
		for at < len(bins) && float64(left) > allowed {
			left -= bins[at]
			at++
		}
		later = append(later, float64(at)*load.BinWidth.Seconds()*1e3)
	}
	return later
}

// median is the middle of the ratios.
func (m *measured) median() float64 {
	return middle(m.Pairs, func(p pair) float64 { return p.Ratio })
}

// cost is the middle of the costs, floor that of what they are compared with.
func (m *measured) cost() float64 { return middle(m.Pairs, func(p pair) float64 { return p.Cost }) }
func (m *measured) floor() float64 {
	return middle(m.Pairs, func(p pair) float64 { return p.Reference })
}

// spread is the smallest and the largest ratio.
func (m *measured) spread() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range m.Pairs {
		low, high = min(low, p.Ratio), max(high, p.Ratio)
	}
	return low, high
}

// typical is the pair nearest to the median.
func (m *measured) typical() pair {
	best := m.Pairs[0]
	for _, p := range m.Pairs {
		if math.Abs(p.Ratio-m.median()) < math.Abs(best.Ratio-m.median()) {
			best = p
		}
	}
	return best
}

// overloaded reports whether any pair is.
func (m *measured) overloaded() bool { return slices.ContainsFunc(m.Pairs, overloaded) }

// middle is the median of a value.
func middle(all []pair, value func(pair) float64) float64 {
	if len(all) == 0 {
		return 0
	}
	var v []float64
	for _, p := range all {
		v = append(v, value(p))
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// codecTime is what the codec takes per leg and tick: one decode, and as many
// encodes as the bridge did.
func (c *coded) codecTime() float64 {
	return c.Decode + c.Encode*c.encodes()
}

// encodes is how often the bridge encoded per leg and tick.
func (c *coded) encodes() float64 {
	p := c.typical()
	return p.Bridge.Encodes / float64(max(1, p.Report.Expected))
}

// allowed is what the codec may cost: the floor and 1.2 times its own time.
func (c *coded) allowed() float64 { return c.floor() + 1.2*c.codecTime() }

// note notes that a section is through.
func (r *results) note(section string, quick bool, began time.Time, failed []string) {
	if r.Taken == nil {
		r.Taken = map[string]taken{}
	}
	r.Taken[section] = taken{When: began.UTC().Truncate(time.Second), Seconds: math.Round(time.Since(began).Seconds()), Quick: quick, Failed: failed, Machine: thisMachine()}
}

// failures is how much could not be measured.
func (r *results) failures() (n int) {
	for _, k := range r.Taken {
		n += len(k.Failed)
	}
	return n
}

func (r *results) write(file string) error {
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// readResults reads what an earlier run has written. With an error the results
// are empty.
func readResults(file string) (*results, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return new(results), fmt.Errorf("nothing has been measured yet: %w", err)
	}
	all := new(results)
	if err := json.Unmarshal(b, all); err != nil {
		return new(results), fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}
