package main

import (
	"image/color"
	"math"
	"strconv"

	"partyline/bench/internal/plot"
)

// figures are the pictures of what has been measured, by the names of their
// files.
func figures(all *results) map[string]*plot.Figure {
	pictures := map[string]*plot.Figure{}
	if len(all.Legs) > 0 {
		pictures["cost.png"] = costFigure(all)
		pictures["capacity.png"] = capacityFigure(all)
	}
	if len(all.Strain) > 0 {
		pictures["strain.png"] = strainFigure(all.Strain)
		pictures["lateness.png"] = latenessFigure(all.Strain)
	}
	return pictures
}

// curve is a series over the number of legs.
func curve(name string, c color.RGBA, style plot.Style, all []measured, value func(*measured) float64) plot.Series {
	s := plot.Series{Name: name, Color: c, Style: style}
	for i := range all {
		if len(all[i].Pairs) == 0 {
			continue
		}
		if y := value(&all[i]); !math.IsNaN(y) {
			s.Add(float64(all[i].Legs), y)
		}
	}
	return s
}

// roof is the end of an axis with some room above the highest point.
func roof(all ...plot.Series) (top float64) {
	for _, s := range all {
		for _, y := range s.Y {
			top = max(top, y)
		}
	}
	return top * 1.15
}

// legsAxis is the end of the axis of legs.
func legsAxis(all *results) (end float64) {
	for _, m := range all.Legs {
		end = max(end, float64(m.Legs)*1.05)
	}
	for _, m := range all.Shapes {
		end = max(end, float64(m.Legs)*1.05)
	}
	return end
}

// targetRatio is what the bridge may cost, through the floor.
const targetRatio = 1.3

// costFigure draws the cost of a leg, the floor, and the target between them.
func costFigure(all *results) *plot.Figure {
	known := func(m *measured) float64 {
		if m.overloaded() {
			return math.NaN()
		}
		return m.cost()
	}
	bridge := curve("conferences of 10", plot.Blue, plot.Marks, all.Legs, known)
	least := curve("floor", plot.Grey, plot.Marks, all.Legs, (*measured).floor)
	target := curve("1.3 x floor: the target", plot.Red, plot.Line, all.Legs, func(m *measured) float64 { return targetRatio * m.floor() })
	series := []plot.Series{bridge, target, least}
	for i, c := range []color.RGBA{plot.Orange, plot.Green} {
		if i+1 < len(all.Shapes) {
			name := []string{"one conference", "conferences of 3"}[i]
			series = append(series, curve(name, c, plot.Marks, all.Shapes[i+1:i+2], (*measured).cost))
		}
	}
	return &plot.Figure{
		Title: "Cost of a leg", Subtitle: "processor time of the bridge, system time included, per leg and tick of 20 ms",
		XLabel: "legs", XMax: legsAxis(all),
		Panels: []plot.Panel{{YLabel: "µs", YMax: roof(series...), Weight: 1, Series: series}},
	}
}

// capacityFigure draws what many legs need of the machine, and how steady the
// packets are meanwhile.
func capacityFigure(all *results) *plot.Figure {
	cores := func(m *measured) float64 { return m.typical().Report.CoresUsed }
	// What the reports say of the floor is per leg and tick.
	least := func(m *measured) float64 { return m.floor() * float64(m.Legs) / tickMicros }
	used := curve("bridge", plot.Blue, plot.Marks, all.Legs, cores)
	floor := curve("floor", plot.Grey, plot.Marks, all.Legs, least)
	gaps := curve("p99", plot.Orange, plot.Marks, all.Legs, func(m *measured) float64 { return m.typical().Report.GapP99 })
	return &plot.Figure{
		Title: "Capacity", Subtitle: "conferences of 10: cores in use, and the time between two packets that 1 in 100 exceeds",
		XLabel: "legs", XMax: legsAxis(all),
		Panels: []plot.Panel{
			{YLabel: "cores", YMax: roof(used, floor), Weight: 1, Series: []plot.Series{used, floor}},
			{YLabel: "ms", YMin: 15, YMax: max(30, roof(gaps)), Weight: 1, Series: []plot.Series{gaps}, Limits: []plot.Limit{{Y: maxGapP99, Name: "22 ms"}}},
		},
	}
}

// tickMicros is a tick in µs.
const tickMicros = 20_000

var colours = []color.RGBA{plot.Blue, plot.Orange, plot.Green, plot.Red, {0x7B, 0x4F, 0xA6, 0xFF}, {0x1E, 0x26, 0x2E, 0xFF}}

// strainFigure draws which share of the packets comes later than so many ms
// after the one before.
func strainFigure(all []measured) *plot.Figure {
	const from, to = 18.0, 50.0 // ms
	panel := plot.Panel{YLabel: "share of packets that come later", YMin: -tailDecades, Weight: 1, YTicks: shares(tailDecades)}
	for i, m := range all {
		if len(m.Pairs) == 0 {
			continue
		}
		s := plot.Series{Name: m.Name, Color: colours[i%len(colours)]}
		for n, ms := range m.typical().Later {
			if s.Add(min(max(ms, from), to), -float64(n)*tailStep); ms > to {
				break
			}
		}
		panel.Series = append(panel.Series, s)
	}
	panel.Limits = []plot.Limit{{From: maxGapP99, To: to, Y: -2, Name: "1 % may come later than 22 ms"}}
	return &plot.Figure{Title: "Time between two packets of a call", Subtitle: "by the kernel's receive time stamps at the callers; 20 ms would be perfect",
		XLabel: "ms", XMin: from, XMax: to, Panels: []plot.Panel{panel}}
}

// shares are the decades of an axis of shares.
func shares(decades int) (all []plot.Tick) {
	for i := range decades + 1 {
		all = append(all, plot.Tick{At: -float64(i), Label: number(math.Pow10(2-i)) + " %"})
	}
	return all
}

// lateBounds are the classes of the histogram of late clocks, in seconds, as
// the bridge has them.
var lateBounds = []string{"0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01", "0.015", "0.02", "0.04", "0.1", "1", "+Inf"}

// lateShares are the shares of the wake-ups in each class.
func lateShares(late map[string]float64) (share []float64) {
	all, below := late["+Inf"], 0.0
	for _, bound := range lateBounds {
		n := late[bound]
		if all > 0 {
			share = append(share, (n-below)/all)
		}
		below = n
	}
	return share
}

// latenessFigure draws how late the clocks woke up, calm and under strain.
func latenessFigure(all []measured) *plot.Figure {
	const decades = 5
	f := &plot.Figure{Title: "How late the clocks wake up", Subtitle: "share of the ticks, on a logarithmic scale, by the bridge's own count",
		XLabel: "no later than so many ms, and later than the class before", XMax: float64(len(lateBounds))}
	for i, bound := range lateBounds {
		label := "more"
		if s, err := strconv.ParseFloat(bound, 64); err == nil && !math.IsInf(s, 0) {
			label = number(s * 1000)
		}
		f.XTicks = append(f.XTicks, plot.Tick{At: float64(i) + 0.5, Label: label})
	}
	panel := plot.Panel{YLabel: "share of ticks", YMin: -decades, Weight: 1, YTicks: shares(decades)}
	shown := []int{0, len(all) - 1} // calm, and all together
	for n, i := range shown {
		m := all[i]
		if len(m.Pairs) == 0 || i == 0 && n > 0 {
			continue
		}
		s := plot.Series{Name: m.Name, Color: colours[n], Style: plot.Bars, Wide: 0.35}
		for class, share := range lateShares(m.typical().Bridge.Late) {
			if share > 0 {
				s.Add(float64(class)+0.5+0.4*(float64(n)-0.5), math.Log10(share))
			}
		}
		panel.Series = append(panel.Series, s)
	}
	f.Panels = []plot.Panel{panel}
	return f
}
