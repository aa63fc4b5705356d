package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
	"partyline/media"
)

// reportCmd measures everything and writes the results.
type reportCmd struct {
	Out   string `default:"bench" placeholder:"DIR" type:"path" help:"Write RESULTS.md, results.json and the pictures into DIR. (${default})"`
	Quick bool   `help:"Fewer sizes and shorter windows: to see that it works."`
}

// Help is shown below the flags.
func (reportCmd) Help() string {
	return `
Each size is measured against the floor with as many legs, one after the other,
so that both have the same machine in the same minute. It takes about ten
minutes, --quick about one; meanwhile the machine should do nothing else.`
}

// shape is how callers are spread over conferences.
type shape struct {
	name string
	of   int // callers per conference, 0: all in one
}

var shapes = []shape{{"conferences of 10", 10}, {"one conference", 0}, {"conferences of 3", 3}}

func (s shape) conferences(calls int) int {
	if s.of == 0 {
		return 1
	}
	return max(1, calls/s.of)
}

// measured is one line of the results.
type measured struct {
	Name   string       `json:"name"`
	Shape  string       `json:"shape"`
	Legs   int          `json:"legs"`
	Floor  float64      `json:"floor_us_per_leg_tick"`
	Ratio  float64      `json:"ratio"`
	Report *load.Report `json:"report"`
}

// results are all lines, by what they show.
type results struct {
	Size   []measured `json:"size"`   // shapes and numbers of legs
	Codec  []measured `json:"codec"`  // codecs
	Strain []measured `json:"strain"` // what goes on besides
}

// Run measures and writes.
func (r *reportCmd) Run(w *writers) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	m := meter{w: w, measure: 8 * time.Second, floors: map[int]float64{}}
	sizes := []int{100, 300, 1000, 2000, 3000}
	if r.Quick {
		sizes, m.measure = []int{100, 300}, 2*time.Second
	}
	var all results
	if err := m.sizes(ctx, &all, sizes); err != nil {
		return err
	}
	if err := m.codecs(ctx, &all, r.Quick); err != nil {
		return err
	}
	if err := m.strain(ctx, &all, r.Quick); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Out, 0o755); err != nil {
		return err
	}
	if err := writeFigures(filepath.Join(r.Out, "results.json"), all); err != nil {
		return err
	}
	return writeResults(w, r.Out, &all)
}

// meter runs one measurement after the other.
type meter struct {
	w       *writers
	measure time.Duration
	floors  map[int]float64
}

// floor is what the least costs with so many legs.
func (m *meter) floor(ctx context.Context, legs int) (float64, error) {
	if f := m.floors[legs]; f > 0 {
		return f, nil
	}
	fmt.Fprintf(m.w.progress, "floor of %d legs\n", legs)
	r, err := measureFloor(ctx, &writers{m.w.out, io.Discard}, floor.Plain, legs, time.Second, m.measure)
	if err != nil {
		return 0, err
	}
	m.floors[legs] = r.MicrosPerLegTick
	return r.MicrosPerLegTick, nil
}

// run measures a fresh bridge under cfg.
func (m *meter) run(ctx context.Context, name, shape string, cfg load.Config) (measured, error) {
	least, err := m.floor(ctx, cfg.Calls)
	if err != nil {
		return measured{}, err
	}
	fmt.Fprintln(m.w.progress, name)
	b, err := startBridge(ctx, io.Discard, 0)
	if err != nil {
		return measured{}, err
	}
	defer b.stop()
	cfg.Target, cfg.PID, cfg.URI = b.sip, b.pid, "sip:load-%d@"+b.sip.String()
	cfg.Local = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	cfg.Settle, cfg.Measure, cfg.Probe = 2*time.Second, m.measure, true
	r, err := load.Run(ctx, cfg)
	if err != nil {
		return measured{}, fmt.Errorf("%s: %w", name, err)
	}
	return measured{Name: name, Shape: shape, Legs: cfg.Calls, Floor: least, Ratio: r.MicrosPerLegTick / least, Report: r}, nil
}

func (m *meter) sizes(ctx context.Context, all *results, sizes []int) error {
	for _, s := range shapes {
		for _, legs := range sizes {
			one, err := m.run(ctx, fmt.Sprintf("%d legs, %s", legs, s.name), s.name, load.Config{
				Calls: legs, Conferences: s.conferences(legs), Talkers: 3, Codec: media.PCMU, Ramp: 400,
			})
			if err != nil {
				return err
			}
			all.Size = append(all.Size, one)
		}
	}
	return nil
}

func (m *meter) codecs(ctx context.Context, all *results, quick bool) error {
	legs := 200
	if quick {
		legs = 40
	}
	for _, c := range []media.Codec{media.PCMU, media.PCMA, media.G722, media.Opus} {
		one, err := m.run(ctx, c.String(), "conferences of 10", load.Config{
			Calls: legs, Conferences: legs / 10, Talkers: 3, Codec: c, Ramp: 100,
		})
		if err != nil {
			return err
		}
		all.Codec = append(all.Codec, one)
	}
	return nil
}

func (m *meter) strain(ctx context.Context, all *results, quick bool) error {
	legs, churn, rush := 1000, 200.0, 1000.0
	if quick {
		legs, churn, rush = 100, 20, 200
	}
	for _, s := range []struct {
		name        string
		churn, ramp float64
	}{
		{"calm", 0, 400},
		{fmt.Sprintf("%.0f calls come and go per second", churn), churn, 400},
		{fmt.Sprintf("%.0f calls set up per second", rush), 0, rush},
	} {
		one, err := m.run(ctx, s.name, "conferences of 10", load.Config{
			Calls: legs, Conferences: legs / 10, Talkers: 3, Codec: media.PCMU, Ramp: s.ramp, Churn: s.churn,
		})
		if err != nil {
			return err
		}
		all.Strain = append(all.Strain, one)
	}
	return nil
}
