package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
)

// The targets.
const (
	maxGapP99    = 22.0 // ms
	maxGap       = 30.0
	flatness     = 0.15
	maxMore      = 0.10
	maxKiB       = 24.0
	maxSetupP99  = 20.0 // ms
	stormRate    = 1000 // calls per second
	stormSeconds = 30
	minSpeedUp   = 1.8
)

// verdict is what became of a target.
type verdict struct {
	target, want, found string
	met                 bool
}

// verdicts judge what has been measured.
func (r *results) verdicts() (all []verdict) {
	for i := range r.Shapes {
		m := &r.Shapes[i]
		if len(m.Pairs) > 0 {
			all = append(all, verdict{m.Name, "≤ 1.3 × floor", ratio(m) + late(m.typical()), m.median() <= targetRatio && !m.overloaded()})
		}
	}
	all = append(all, r.flat()...)
	for i := range r.Roles {
		if m := &r.Roles[i]; len(m.Pairs) > 0 {
			all = append(all, verdict{m.Name, "< 10 % more per leg", more(m) + late(m.typical()), m.median()-1 < maxMore && !m.overloaded()})
		}
	}
	for i := range r.Codecs {
		if c := &r.Codecs[i]; len(c.Pairs) > 0 && (c.Name == "G722" || c.Name == "opus") {
			found := fmt.Sprintf("%.1f of %.1f µs%s", c.cost(), c.allowed(), late(c.typical()))
			all = append(all, verdict{c.Name, "≤ floor + 1.2 × codec time", found, c.cost() <= c.allowed() && !c.overloaded()})
		}
	}
	all = append(all, r.smallAndSteady()...)
	return append(all, r.many()...)
}

// flat is how far the cost per leg is from the middle of all sizes, without those
// that were too many for the machine.
func (r *results) flat() []verdict {
	low, high, whole := math.Inf(1), 0.0, true
	for i := range r.Legs {
		switch m := &r.Legs[i]; {
		case len(m.Pairs) == 0:
		case m.overloaded():
			whole = false
		default:
			low, high = min(low, m.cost()), max(high, m.cost())
		}
	}
	if high == 0 {
		return nil
	}
	off := (high - low) / (high + low)
	name := fmt.Sprintf("cost per leg from %s to %s legs", thousands(r.Legs[0].Legs), thousands(r.Legs[len(r.Legs)-1].Legs))
	found := fmt.Sprintf("± %.0f %% (%.2f–%.2f µs)", 100*off, low, high)
	if !whole {
		found += ", but the machine was overloaded with some"
	}
	return []verdict{{name, "flat, ± 15 %", found, off <= flatness && whole}}
}

func (r *results) smallAndSteady() (all []verdict) {
	for i := range r.Legs {
		if m := &r.Legs[i]; len(m.Pairs) > 0 && m.Legs == 1000 {
			all = append(all, verdict{"memory of a leg", "≤ 24 KiB resident", fmt.Sprintf("%.1f KiB", kibibytes(m)), kibibytes(m) <= maxKiB})
		}
	}
	for i, m := range r.Strain {
		if len(m.Pairs) == 0 {
			continue
		}
		p := m.typical()
		if i == 0 {
			n := collections(p)
			all = append(all, verdict{"garbage collections at rated load", "< 1 per 30 s", fmt.Sprintf("%.1f", n), n < 1})
		}
		g := p.Report
		found := fmt.Sprintf("p99 %.1f, max %.1f ms%s", g.GapP99, g.GapMax, late(p))
		all = append(all, verdict{"between packets, " + m.Name, "p99 ≤ 22 ms, max ≤ 30 ms", found,
			g.GapP99 <= maxGapP99 && g.GapMax <= maxGap})
	}
	return all
}

// many judges the storm of calls and the conference that is larger than a core.
func (r *results) many() (all []verdict) {
	if len(r.Storm) > 0 && len(r.Storm[0].Pairs) > 0 && r.Storm[0].Pairs[0].Report.Churn != nil {
		p := r.Storm[0].Pairs[0]
		c := p.Report.Churn
		all = append(all, verdict{"setting calls up", "≥ 1,000 calls/s for 30 s, none fails, p99 < 20 ms",
			fmt.Sprintf("%.0f calls/s for %.0f s, %d failed, p99 %.1f ms%s", c.Rate, p.Report.Seconds, c.Failed+c.Dropped, c.SetupP99, generatorLate(p)),
			c.Rate >= 0.99*stormRate && p.Report.Seconds >= 0.99*stormSeconds && c.Failed+c.Dropped == 0 && c.SetupP99 < maxSetupP99})
	}
	if n := len(r.Cores); n > 0 && r.Cores[n-1].Cores == 2 {
		s := r.Cores[n-1]
		all = append(all, verdict{fmt.Sprintf("one conference of %s on 2 cores", thousands(s.Legs)), "≥ 1.8 × one core",
			fmt.Sprintf("× %.2f", s.speedUp()), s.speedUp() >= minSpeedUp})
	}
	return all
}

// word says it in one.
func (v verdict) word() string {
	if v.met {
		return "met"
	}
	return "**not met**"
}

// print tells what became of the targets without the marks of the document.
func (r *results) print(w *writers) {
	t := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	for _, v := range r.verdicts() {
		fmt.Fprintln(t, strings.ReplaceAll(v.target+"\t"+v.want+"\t"+v.found+"\t"+v.word(), "**", ""))
	}
	t.Flush()
}

// summary is the table of the targets.
func (r *results) summary(t *text) {
	t.say("\n## Targets")
	t.table("", "target", "found", "")
	for _, v := range r.verdicts() {
		t.row(v.target, v.want, v.found, v.word())
	}
	t.say(`
That a tick allocates nothing, what a leg costs in system calls and encodes, and
what it holds of the heap is counted by tests on every change:
"go test -run TestGate ./bench ./media".`)
}
