package main

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/bench/internal/load"
)

// sample are results of a run that never was: some targets are met, some not.
func sample(t *testing.T) *results {
	t.Helper()
	all, err := readResults(filepath.Join("testdata", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestResults_Text(t *testing.T) {
	wantContains(t, resultsText(sample(t)),
		"on 24 November 2026. The machine: AMD EPYC, 2 cores, Linux 6.18, go1.26.8. The tree: abc1234.",
		"The section storm is from 23 November 2026, 10:30: AMD EPYC, 2 cores, Linux 6.18, go1.26.8. The tree: def5678.",
		// the targets
		"| 1,000 legs, conferences of 10 | ≤ 1.3 × floor | **1.28** (1.25–1.29) | met |",
		"| 1,000 legs, one conference | ≤ 1.3 × floor | **1.32** (1.31–1.34) | **not met** |",
		"| cost per leg from 100 to 4,000 legs | flat, ± 15 % | ± 11 % (6.60–8.30 µs) | met |",
		"| 300 on hold, one URL | < 10 % more per leg | **+13 %** (+12 to +14) | **not met** |",
		"| G722 | ≤ floor + 1.2 × codec time | 44.0 of 45.8 µs | met |",
		"| opus | ≤ floor + 1.2 × codec time | 290.0 of 269.8 µs | **not met** |",
		"| memory of a leg | ≤ 24 KiB resident | 23.0 KiB | met |",
		"| garbage collections at rated load | < 1 per 30 s | 0.0 | met |",
		"| between packets, all together | p99 ≤ 22 ms, max ≤ 30 ms | p99 24.8, max 60.2 ms | **not met** |",
		"| setting calls up | ≥ 1,000 calls/s for 30 s, none fails, p99 < 20 ms | 1000 calls/s for 30 s, 0 failed, p99 12.5 ms | met |",
		"| one conference of 2,000 on 2 cores | ≥ 1.8 × one core | × 1.74 | **not met** |",
		// the tables
		"| 1,000 | 5.14 | 4.77 | 0.93 |",
		"| 900 legs, conferences of 3 | 6.30 | 5.20 | **1.21** (1.19–1.29) | 1.31 | 0.28 | 0 | 21.2 / 25.4 | 18.2 / 27.1 | 64 of 64 |",
		"| 4,000 legs | 7.70 | 5.50 | **1.40** (1.38–1.42) |",
		"| 100 coaches | 6.75 | 6.50 | **+4 %** (+3 to +5) |",
		"| G722 | 500 | **44.0** | 5.2 | 14.30 | 19.50 | 1.00 | 45.8 |",
		"| 200 calls/s come and go | 20.0 / **21.2** / **25.4** | 0 | 0 | 0.65 | 0.0 | 2,000 of 2,000 calls |",
		"| all together | 20.0 / **24.8** / **60.2** | 0 | 3 | 0.83 | 60.0 | 9,999 of 10,000 updates, p99 22.0 ms |",
		"| 30,000 of 30,000, **1000 per second** | 0 | 0 | 0 | 4.1 / **12.5** / 31.0 | 35.5 | 0 |",
		"| 2,000 | 12.00 | 2 | 6.90 | **1.74** |",
		"1,850 legs in conferences of 10, about 60 % of a core",
		"![cost of a leg](cost.png)", "![capacity](capacity.png)", "![time between two packets](strain.png)", "![how late the clocks wake up](lateness.png)",
	)
}

// What is not there is said, and nothing is judged that was not measured.
func TestResults_Gaps(t *testing.T) {
	all := sample(t)
	delete(all.Taken, "cores")
	all.Cores, all.Strain[2] = nil, measured{}
	text := resultsText(all)
	wantContains(t, text, "Not measured: cores, a conference on one core and on two.")
	if strings.Contains(text, "× one core") || strings.Contains(text, "1 GB/s") {
		t.Errorf("something is said of what was not measured:\n%s", text)
	}
	if text := resultsText(new(results)); strings.Contains(text, "met |") {
		t.Errorf("nothing was measured:\n%s", text)
	}
	strained := all.Taken["strain"]
	strained.Failed = []string{"debug log: nobody\nanswers"}
	all.Taken["strain"] = strained
	wantContains(t, resultsText(all), "**Could not be measured:** debug log: nobody answers")
	if all.failures() != 1 {
		t.Errorf("%d failures", all.failures())
	}
	quick := all.Taken["floor"]
	quick.Quick = true
	all.Taken = map[string]taken{"floor": quick}
	wantContains(t, resultsText(all), "Not to be quoted")
}

// A line in which the generator was late says so.
func TestResults_LateGenerator(t *testing.T) {
	all := sample(t)
	m := &all.Shapes[2]
	m.Pairs = m.Pairs[1:2]
	wantContains(t, resultsText(all), "| 900 legs, conferences of 3 (generator late) | 6.20 |")
}

// A bridge that leaves out ticks costs less, and meets no target by that.
func TestResults_Overload(t *testing.T) {
	all := sample(t)
	for _, m := range []*measured{&all.Shapes[0], &all.Legs[4]} {
		m.Pairs = m.Pairs[:1]
		m.Pairs[0].Report.Received /= 2
	}
	wantContains(t, resultsText(all),
		"| 1,000 legs, conferences of 10 | ≤ 1.3 × floor | **1.29** (overloaded: 50 % of the packets came) | **not met** |",
		"| ± 11 % (6.60–8.30 µs), but the machine was overloaded with some | **not met** |",
		"| 4,000 legs (overloaded: 50 % of the packets came) |")
}

// Callers that send less than comes make a leg look dear, and a size at which they
// do is not one of the flat ones.
func TestResults_GeneratorOverload(t *testing.T) {
	all := sample(t)
	m := &all.Legs[4]
	m.Pairs = m.Pairs[:1]
	m.Pairs[0].Report.Received *= 3
	m.Pairs[0].Report.MicrosPerLegTick *= 3
	wantContains(t, resultsText(all),
		"µs), but the machine was overloaded with some | **not met** |",
		"| 4,000 legs (generator overloaded: it sent 33 % of what came) |")
	if c := costFigure(all).Panels[0].Series[0]; slices.Max(c.X) >= 4000 {
		t.Errorf("the curve has %v", c.X)
	}
}

// What is written is what is read, and drawing again needs no measurement.
func TestReport_DrawsAgain(t *testing.T) {
	all := sample(t)
	t.Chdir(t.TempDir())
	if err := all.write("results.json"); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile("results.json")
	if err != nil {
		t.Fatal(err)
	}
	var out, progress bytes.Buffer
	if status := start([]string{"report", "--draw", "--out=."}, &out, &progress); status != 0 {
		t.Fatalf("status %d, %s", status, &progress)
	}
	if again, err := os.ReadFile("results.json"); err != nil || !bytes.Equal(first, again) {
		t.Errorf("results.json has changed, %v", err)
	}
	if text, err := os.ReadFile("RESULTS.md"); err != nil || string(text) != resultsText(all) {
		t.Errorf("RESULTS.md is another, %v", err)
	}
	wantContains(t, out.String(), "1,000 legs, one conference", "≤ 1.3 × floor", "1.32 (1.31–1.34)", "not met\n")
	for _, name := range []string{"cost.png", "capacity.png", "strain.png", "lateness.png"} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}

func TestReport_Mistakes(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"report", "--only=shape"}, 2, `there is no section "shape"`},
		{[]string{"report", "--draw", "--out=."}, 1, "nothing has been measured yet"},
		{[]string{"floor", "--legs=0"}, 2, "--legs: 0; write 1 or more"},
	} {
		status, _, progress := command(t, c.args...)
		if status != c.status || !strings.Contains(progress, c.says) {
			t.Errorf("%q: status %d, %q", c.args, status, progress)
		}
	}
}

// planned is how long a report is expected to take.
func planned(e effort) time.Duration {
	m := newMeter(&writers{io.Discard, io.Discard}, e)
	for _, s := range sections {
		m.expect(s.plan(m, new(results)))
	}
	return m.left
}

func TestReport_TakesNoLongerThanItSays(t *testing.T) {
	if d := planned(fullEffort); d > 15*time.Minute {
		t.Errorf("a report takes %v", d)
	}
	if d := planned(quickEffort); d > 200*time.Second {
		t.Errorf("a quick report takes %v", d)
	}
}

// The steps of the sections do not depend on each other, but for the floor that
// stands between two bridges: it is measured once.
func TestMeter_FloorBetweenTwoIsSharedByBoth(t *testing.T) {
	floors := []float64{4, 6, 8}
	ref := reference{"floor", func(context.Context) (float64, error) {
		f := floors[0]
		floors = floors[1:]
		return f, nil
	}}
	m := newMeter(&writers{io.Discard, io.Discard}, quickEffort)
	bridge := func(context.Context) (*load.Report, error) { return &load.Report{MicrosPerLegTick: 14}, nil }
	for _, want := range []float64{14.0 / 5, 14.0 / 7} {
		if p, err := m.between(t.Context(), ref, bridge); err != nil || p.Ratio != want {
			t.Errorf("ratio %v, %v; want %v", p.Ratio, err, want)
		}
	}
	if len(floors) != 0 {
		t.Errorf("%d floors are left", len(floors))
	}
}

// Progress says what is measured and how long it still takes. What fails is said
// and does not keep the rest from being measured; an interrupt does.
func TestMeter_Steps(t *testing.T) {
	var progress bytes.Buffer
	m := newMeter(&writers{io.Discard, &progress}, quickEffort)
	ctx, interrupt := context.WithCancel(t.Context())
	steps := []step{
		{"one", 3 * time.Minute, func(context.Context) error { return errors.New("broken") }},
		{"two", 30 * time.Second, func(context.Context) error { return nil }},
		{"three", 10 * time.Second, func(context.Context) error { interrupt(); return ctx.Err() }},
		{"four", time.Second, func(context.Context) error { t.Error("it goes on after the interrupt"); return nil }},
	}
	m.expect(steps)
	failed, err := m.steps(ctx, steps)
	if !errors.Is(err, context.Canceled) || !slices.Equal(failed, []string{"one: broken"}) {
		t.Errorf("%q, %v", failed, err)
	}
	if got := progress.String(); got != "one; about 4 min left\none failed: broken\ntwo; about 41 s left\nthree; about 11 s left\n" {
		t.Errorf("%q", got)
	}
}

func TestTail(t *testing.T) {
	bins := make([]uint64, 1000)
	bins[399], bins[419], bins[599] = 9000, 990, 10 // up to 20, 21 and 30 ms
	got := tail(bins)
	at := func(exponent float64) float64 { return got[int(exponent/tailStep)] }
	for exponent, want := range map[float64]float64{0: 0, 0.5: 20, 1: 20, 1.25: 21, 2: 21, 3: 21, 3.25: 30, 4: 30} {
		if math.Abs(at(exponent)-want) > 1e-9 {
			t.Errorf("1 in 10^%v comes later than %v ms, want %v", exponent, at(exponent), want)
		}
	}
	if len(got) != 17 { // one packet is 10^-4 of all
		t.Errorf("%d quantiles", len(got))
	}
	if got := tail(nil); len(got) != 0 {
		t.Errorf("%v of nothing", got)
	}
}

func TestInside(t *testing.T) {
	in := newInside(map[string]float64{
		"go_gc_duration_seconds_count": 2, "partyline_ticks_total": 100, "partyline_encodes_total": 3000,
		`partyline_tick_lateness_seconds_bucket{le="0.001"}`: 90, `partyline_tick_lateness_seconds_bucket{le="+Inf"}`: 100,
		`partyline_tick_duration_seconds_bucket{le="0.001"}`: 5,
	})
	if in.Collections != 2 || in.Ticks != 100 || in.Encodes != 3000 || len(in.Late) != 2 || in.Late["0.001"] != 90 || in.Late["+Inf"] != 100 {
		t.Errorf("%+v", in)
	}
	share := lateShares(map[string]float64{"0.0001": 50, "0.0002": 80, "0.0005": 80, "+Inf": 100})
	if share[0] != 0.5 || math.Abs(share[1]-0.3) > 1e-9 || share[2] != 0 {
		t.Errorf("%v", share)
	}
}

func TestParseCores(t *testing.T) {
	got, err := parseCores(`goos: linux
BenchmarkBigConference/1000-2   100   9000 ns/leg-alone   5000 ns/leg-helped   0.4 of-pieces-helped   1.8 x
BenchmarkBigConference/2000-2   100   8000 ns/leg-alone   8000 ns/leg-helped   1 x
BenchmarkBigConference/1000-2   100   9000 ns/leg-alone   4500 ns/leg-helped   2 x
BenchmarkBigConference/1000-2   100   9000 ns/leg-alone   6000 ns/leg-helped   1.5 x
PASS
`)
	if want := []shared{{1000, 2, 9, 5}, {2000, 2, 16, 16}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"PASS\n", "BenchmarkBigConference/2000   100   8000 ns/leg-alone\n", "BenchmarkBigConference/2000-2   100   8000 ns/op\n"} {
		if _, err := parseCores(bad); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func TestRatedLegs(t *testing.T) {
	all := sample(t)
	if got := ratedLegs(all, fullEffort); got != 1800 { // 0.6 × 20 ms / 6.5 µs
		t.Errorf("%d legs", got)
	}
	if got := ratedLegs(new(results), fullEffort); got != fullEffort.legs {
		t.Errorf("%d legs when nothing is known", got)
	}
}
