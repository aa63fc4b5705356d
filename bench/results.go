package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"partyline/bench/internal/load"
	"partyline/bench/internal/plot"
)

// writeResults writes RESULTS.md and its pictures into dir.
func writeResults(w *writers, dir string, all *results) error {
	pictures := map[string]*plot.Figure{
		"cost.png":     costFigure(all.Size),
		"capacity.png": capacityFigure(all.Size),
		"lateness.png": latenessFigure(all.Strain),
	}
	for name, f := range pictures {
		if err := drawFigure(filepath.Join(dir, name), f); err != nil {
			return err
		}
	}
	name := filepath.Join(dir, "RESULTS.md")
	if err := os.WriteFile(name, []byte(resultsText(all)), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "results   %s\n", name)
	return nil
}

func resultsText(all *results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What a caller costs\n\nMade by `go run ./bench report` on %s. The machine: %s, %d cores, %s, %s.\n\n",
		time.Now().Format("2 January 2006"), processor(), runtime.NumCPU(), kernel(), runtime.Version())
	b.WriteString(method)
	b.WriteString("\n## Size\n\n")
	lines(&b, all.Size)
	b.WriteString("\n![cost per leg](cost.png)\n\n![time between packets](capacity.png)\n\n## Codecs\n\n")
	lines(&b, all.Codec)
	b.WriteString("\n## What goes on besides\n\n")
	lines(&b, all.Strain)
	b.WriteString("\n![time between packets](lateness.png)\n")
	return b.String()
}

const method = `## Method

Bridge and callers run on the same machine and talk over loopback. Every caller
sends a packet every 20 ms: some a tone of their own, the others faint noise.
The bridge mixes for each of them. **Cost** is the processor time of the
bridge's process, system time included, per leg and tick. **Floor** is that of a
process that only receives one packet and sends one per leg and tick, measured
in the same run with as many legs; **ratio** is cost through floor, and the
figure to look at, because the floor is the machine's and not the bridge's. Times
between packets come from the kernel's receive time stamps at the callers.
**Delay** is from the socket of one caller to that of another, jitter buffer
included. The audio of up to 64 callers is examined: **heard** counts those who
hear the right voices and no other. Lines in which the generator itself was late
are marked; their times are not the bridge's alone.
`

// lines writes a table.
func lines(b *strings.Builder, all []measured) {
	b.WriteString("| | cost µs | floor µs | ratio | memory KiB/leg | lost | between packets p99 / max ms | set-up p99 ms | delay p50 / p95 ms | heard |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range all {
		r := m.Report
		late := ""
		if r.Bottleneck {
			late = " (generator late)"
		}
		heard := "–"
		if h := r.Heard; h != nil {
			heard = fmt.Sprintf("%d of %d", h.Ears-h.Wrong, h.Ears)
		}
		fmt.Fprintf(b, "| %s%s | %.1f | %.1f | **%.2f** | %.0f | %d | %.1f / %.1f | %.1f | %.1f / %.1f | %s |\n",
			m.Name, late, r.MicrosPerLegTick, m.Floor, m.Ratio, r.BytesPerLeg/1024, r.Lost, r.GapP99, r.GapMax, r.SetupP99, r.DelayP50, r.DelayP95, heard)
	}
}

var colours = []color.RGBA{plot.Blue, plot.Orange, plot.Green, plot.Red}

// byShape is a series for each shape: a value over legs.
func byShape(all []measured, value func(measured) float64) (series []plot.Series) {
	for _, m := range all {
		if n := len(series); n == 0 || series[n-1].Name != m.Shape {
			series = append(series, plot.Series{Name: m.Shape, Color: colours[n%len(colours)], Style: plot.Marks})
		}
		series[len(series)-1].Add(float64(m.Legs), value(m))
	}
	return series
}

// mostLegs is the right end of the axis.
func mostLegs(all []measured) (most float64) {
	for _, m := range all {
		most = max(most, float64(m.Legs))
	}
	return most
}

// costFigure draws cost per leg over legs, and the floor below it.
func costFigure(all []measured) *plot.Figure {
	series := byShape(all, func(m measured) float64 { return m.Report.MicrosPerLegTick })
	floor := plot.Series{Name: "floor", Color: plot.Grey, Style: plot.Marks}
	top := 0.0
	for _, m := range all {
		if m.Shape == all[0].Shape { // measured once for all shapes
			floor.Add(float64(m.Legs), m.Floor)
		}
		top = max(top, m.Report.MicrosPerLegTick, m.Floor)
	}
	return &plot.Figure{Title: "Cost per leg", Subtitle: "processor time of the bridge per leg and 20 ms", XLabel: "legs", XMax: mostLegs(all),
		Panels: []plot.Panel{{YLabel: "µs", YMax: top * 1.2, Weight: 1, Series: append(series, floor)}}}
}

// capacityFigure draws how steady the packets are over legs.
func capacityFigure(all []measured) *plot.Figure {
	series := byShape(all, func(m measured) float64 { return m.Report.GapP99 })
	return &plot.Figure{Title: "Steadiness", Subtitle: "99 of 100 packets come no later after the one before", XLabel: "legs", XMax: mostLegs(all),
		Panels: []plot.Panel{{YLabel: "ms", YMin: 15, YMax: 45, Weight: 1, Series: series, Limits: []plot.Limit{{Y: 22, Name: "22 ms"}}}}}
}

// latenessFigure draws the distribution of the times between packets.
func latenessFigure(all []measured) *plot.Figure {
	const to = 40.0 // ms
	f := &plot.Figure{Title: "Time between packets", Subtitle: "share of packets that come later, logarithmic", XLabel: "ms", XMax: to}
	panel := plot.Panel{YLabel: "log10", YMin: -6, YMax: 0, Weight: 1}
	for i, m := range all {
		panel.Series = append(panel.Series, tail(m.Name, m.Report, colours[i%len(colours)], to))
	}
	f.Panels = []plot.Panel{panel}
	return f
}

func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(b))
}

// tail is the share of packets that came later than so many ms, as a power of
// ten.
func tail(name string, r *load.Report, c color.RGBA, to float64) plot.Series {
	s := plot.Series{Name: name, Color: c, Style: plot.Steps}
	var all uint64
	for _, n := range r.Gaps {
		all += n
	}
	later := all
	for i, n := range r.Gaps {
		x := float64(i) * float64(load.BinWidth) / 1e6
		if x > to || later == 0 {
			break
		}
		s.Add(x, math.Log10(float64(later)/float64(all)))
		later -= n
	}
	return s
}
