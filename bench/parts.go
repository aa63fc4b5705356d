package main

import (
	"fmt"
	"strings"
)

func (r *results) floorPart(t *text) {
	if len(r.Floors) == 0 {
		return
	}
	t.say("\n## The floor\n\nµs per leg and tick.")
	t.table("legs", "plain", "connected", "connected through plain")
	for _, f := range r.Floors {
		t.row(thousands(f.Legs), fmt.Sprintf("%.2f", f.Plain), fmt.Sprintf("%.2f", f.Connected), fmt.Sprintf("%.2f", f.Connected/f.Plain))
	}
}

// connected is the connected floor through the plain one with about so many
// legs, 0 when it was not measured.
func (r *results) connected(legs int) float64 {
	ratio, distance := 0.0, 1<<60
	for _, f := range r.Floors {
		if d := max(f.Legs-legs, legs-f.Legs); d < distance && f.Plain > 0 {
			ratio, distance = f.Connected/f.Plain, d
		}
	}
	return ratio
}

// costs writes a table of costs.
func (r *results) costs(t *text, all []measured) {
	t.table("", "cost µs", "floor µs", "ratio", "to the connected floor", "cores", "lost",
		"between packets p99 / max ms", "delay p50 / p95 ms", "heard")
	for i := range all {
		m := &all[i]
		if len(m.Pairs) == 0 {
			continue
		}
		p, connected := m.typical(), "–"
		if c := r.connected(m.Legs); c > 0 {
			connected = fmt.Sprintf("%.2f", m.median()/c)
		}
		t.row(m.Name+late(p), fmt.Sprintf("%.2f", m.cost()), fmt.Sprintf("%.2f", m.floor()), ratio(m), connected,
			fmt.Sprintf("%.2f", p.Report.CoresUsed), fmt.Sprint(p.Report.Lost), fmt.Sprintf("%.1f / %.1f", p.Report.GapP99, p.Report.GapMax),
			fmt.Sprintf("%.1f / %.1f", p.Report.DelayP50, p.Report.DelayP95), heard(p))
	}
}

func (r *results) shapesPart(t *text) {
	if len(r.Shapes) > 0 {
		t.say("\n## Shapes of conferences")
		r.costs(t, r.Shapes)
	}
}

func (r *results) legsPart(t *text) {
	if len(r.Legs) == 0 {
		return
	}
	t.say("\n## Number of legs\n\nConferences of 10.")
	r.costs(t, r.Legs)
	t.say("\n![cost of a leg](cost.png)\n\n![capacity](capacity.png)")
}

func (r *results) rolesPart(t *text) {
	if len(r.Roles) == 0 {
		return
	}
	t.say("\n## Coaches, announcements, hold\n\nOf %s legs in conferences of 10, compared with as many who do nothing special.",
		thousands(r.Roles[0].Legs))
	t.table("", "cost µs", "without µs", "more", "lost", "heard")
	for i := range r.Roles {
		m := &r.Roles[i]
		if len(m.Pairs) == 0 {
			continue
		}
		p := m.typical()
		t.row(m.Name+late(p), fmt.Sprintf("%.2f", m.cost()), fmt.Sprintf("%.2f", m.floor()), more(m), fmt.Sprint(p.Report.Lost), heard(p))
	}
}

// more is by how many per cent the cost is higher.
func more(m *measured) string {
	low, high := m.spread()
	if len(m.Pairs) < 2 {
		return fmt.Sprintf("**%+.0f %%**", 100*(m.median()-1))
	}
	return fmt.Sprintf("**%+.0f %%** (%+.0f to %+.0f)", 100*(m.median()-1), 100*(low-1), 100*(high-1))
}

func (r *results) codecsPart(t *text) {
	if len(r.Codecs) == 0 {
		return
	}
	t.say(`
## Codecs

Conferences of 10, all in one codec. Codec time is what decoding a frame and
encoding as many as the bridge did per leg and tick take in a process that does
nothing else; the floor has packets of the same length.`)
	t.table("", "legs", "cost µs", "floor µs", "decode µs", "encode µs", "encodes per leg and tick", "floor + 1.2 × codec µs", "lost", "heard")
	for i := range r.Codecs {
		c := &r.Codecs[i]
		if len(c.Pairs) == 0 {
			continue
		}
		p := c.typical()
		t.row(c.Name+late(p), thousands(c.Legs), fmt.Sprintf("**%.1f**", c.cost()), fmt.Sprintf("%.1f", c.floor()),
			fmt.Sprintf("%.2f", c.Decode), fmt.Sprintf("%.2f", c.Encode), fmt.Sprintf("%.2f", c.encodes()),
			fmt.Sprintf("%.1f", c.allowed()), fmt.Sprint(p.Report.Lost), heard(p))
	}
}

func (r *results) memoryPart(t *text) {
	if len(r.Legs) == 0 && len(r.Codecs) == 0 {
		return
	}
	t.say("\n## Memory\n\nHow much the resident memory of the bridge grows from before the first call to when all are up, per leg.")
	t.table("", "KiB per leg")
	for i := range r.Legs {
		if m := &r.Legs[i]; len(m.Pairs) > 0 {
			t.row(m.Name, fmt.Sprintf("%.1f", kibibytes(m)))
		}
	}
	for i := range r.Codecs {
		if m := &r.Codecs[i].measured; len(m.Pairs) > 0 {
			t.row(fmt.Sprintf("%s legs, %s", thousands(m.Legs), m.Name), fmt.Sprintf("%.1f", kibibytes(m)))
		}
	}
}

// kibibytes is the median of the memory per leg.
func kibibytes(m *measured) float64 {
	return middle(m.Pairs, func(p pair) float64 { return p.Report.BytesPerLeg / 1024 })
}

func (r *results) strainPart(t *text) {
	if len(r.Strain) == 0 || len(r.Strain[0].Pairs) == 0 {
		return
	}
	t.say("\n## Steadiness\n\n%s legs in conferences of 10, about %.0f %% of a core when nothing else goes on.",
		thousands(r.Strain[0].Legs), 100*r.Strain[0].Pairs[0].Report.CoresUsed)
	t.table("meanwhile", "between packets p50 / p99 / max ms", "lost", "ticks skipped", "cores",
		"collections per 30 s", "answered", "heard")
	for _, m := range r.Strain {
		if len(m.Pairs) == 0 {
			continue
		}
		p := m.typical()
		g := p.Report
		t.row(m.Name+late(p), fmt.Sprintf("%.1f / **%.1f** / **%.1f**", g.GapP50, g.GapP99, g.GapMax),
			fmt.Sprint(g.Lost), number(p.Bridge.Skipped), fmt.Sprintf("%.2f", g.CoresUsed), fmt.Sprintf("%.1f", collections(p)), answered(p), heard(p))
	}
	t.say("\n![time between two packets](strain.png)")
}

// collections is how often the garbage was collected, per 30 s.
func collections(p pair) float64 { return p.Bridge.Collections * 30 / max(p.Report.Seconds, 1e-9) }

// answered says what became of the calls and updates that went on.
func answered(p pair) string {
	var all []string
	if c := p.Report.Churn; c != nil {
		all = append(all, fmt.Sprintf("%s of %s calls", thousands(c.Answered), thousands(c.Made)))
	}
	if u := p.Report.Updates; u != nil {
		all = append(all, fmt.Sprintf("%s of %s updates, p99 %.1f ms", thousands(u.Made-u.Failed), thousands(u.Made), u.P99))
	}
	if all == nil {
		return "–"
	}
	return strings.Join(all, "; ")
}

func (r *results) latenessPart(t *text) {
	if len(r.Strain) == 0 {
		return
	}
	t.say("\n## The clocks\n\nHow late the clocks of the bridge wake up for a tick, in the same runs.\n\n![how late the clocks wake up](lateness.png)")
}

func (r *results) stormPart(t *text) {
	if len(r.Storm) == 0 || len(r.Storm[0].Pairs) == 0 || r.Storm[0].Pairs[0].Report.Churn == nil {
		return
	}
	p := r.Storm[0].Pairs[0]
	c := p.Report.Churn
	t.say("\n## Setting calls up\n\n%s, each with audio for a second, four in a conference.", r.Storm[0].Name)
	t.table("answered", "failed", "dropped", "without audio", "set-up p50 / p99 / max ms",
		"to the first packet p99 ms", "requests repeated", "cores")
	t.row(fmt.Sprintf("%s of %s, **%.0f per second**%s", thousands(c.Answered), thousands(c.Made), c.Rate, generatorLate(p)),
		fmt.Sprint(c.Failed), fmt.Sprint(c.Dropped), fmt.Sprint(c.Silent),
		fmt.Sprintf("%.1f / **%.1f** / %.1f", c.SetupP50, c.SetupP99, c.SetupMax), fmt.Sprintf("%.1f", c.AudioP99),
		fmt.Sprint(c.Repeated), fmt.Sprintf("%.2f", p.Report.CoresUsed))
}

func (r *results) coresPart(t *text) {
	if len(r.Cores) == 0 {
		return
	}
	t.say(`
## One conference on several cores

How long a tick of one conference takes, all callers sending, when one clock does
its receiving and sending and when those of all cores do. The callers wait
meanwhile, so that they do not need the cores themselves; it is what
"go test -bench %s ./bridge" prints.`, strings.TrimPrefix(coresBenchmark, "Benchmark"))
	t.table("legs", "one core: tick ms", "cores", "tick ms", "times as fast")
	for _, s := range r.Cores {
		t.row(thousands(s.Legs), fmt.Sprintf("%.2f", s.Alone), fmt.Sprint(s.Cores), fmt.Sprintf("%.2f", s.Helped), fmt.Sprintf("**%.2f**", s.speedUp()))
	}
}
