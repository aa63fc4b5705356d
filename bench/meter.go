package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
	"partyline/media"
)

// effort is how much is measured, and how long.
type effort struct {
	floor  time.Duration // window of a floor
	window time.Duration // window of a bridge
	long   time.Duration // window of the calm bridge, for collections and lateness
	storm  time.Duration // window of the storm of calls
	settle time.Duration // before the window of a bridge
	shapes int           // pairs per shape; the median is quoted
	repeat int           // pairs per everything else that is a ratio
	legs   int           // of the shapes
	sizes  []int         // of conferences of ten
	codecs []media.Codec
	ramp   float64 // calls per second to begin with
	strain strain
}

// strain is what goes on besides, per second.
type strain struct {
	churn, updates, storm float64
	garbage               byteSize
}

var (
	fullEffort = effort{
		floor: 4 * time.Second, window: 6 * time.Second, long: 30 * time.Second, storm: 30 * time.Second,
		settle: 2 * time.Second, shapes: 3, repeat: 2, legs: 1000, sizes: []int{100, 300, 1000, 2000, 4000}, ramp: 800,
		codecs: []media.Codec{media.PCMU, media.PCMA, media.L16at16k, media.G722, media.Opus},
		strain: strain{churn: 200, updates: 1000, storm: 1000, garbage: 1e9},
	}
	quickEffort = effort{
		floor: time.Second, window: 2 * time.Second, long: 2 * time.Second, storm: 2 * time.Second,
		settle: time.Second, shapes: 1, repeat: 1, legs: 120, sizes: []int{60, 120}, ramp: 400,
		codecs: []media.Codec{media.PCMU, media.G722, media.Opus},
		strain: strain{churn: 50, updates: 200, storm: 200, garbage: 2e8},
	}
)

// What a measurement takes besides its window: opening sockets; starting,
// listening, hanging up.
const (
	floorSettle  = time.Second
	floorBesides = floorSettle + time.Second/2
	bridgeAround = 7 * time.Second / 2
)

// meter runs one measurement after the other and tells what it does and how
// long all that is planned still takes.
type meter struct {
	w      *writers
	effort effort
	left   time.Duration // what the steps to come take

	// reference is what was measured last to compare with, and of what.
	reference   float64
	referenceOf string
}

func newMeter(w *writers, e effort) *meter { return &meter{w: w, effort: e} }

// step is one measurement.
type step struct {
	name  string
	takes time.Duration // about
	run   func(ctx context.Context) error
}

// expect adds steps to what is planned.
func (m *meter) expect(steps []step) {
	for _, s := range steps {
		m.left += s.takes
	}
}

// steps takes the steps one after the other. One that fails is told of and does
// not keep the others from being taken; only the end of ctx does.
func (m *meter) steps(ctx context.Context, all []step) (failed []string, err error) {
	m.referenceOf = "" // is too long ago
	for _, s := range all {
		fmt.Fprintf(m.w.progress, "%s; about %s left\n", s.name, roundly(m.left))
		err := s.run(ctx)
		if ctx.Err() != nil {
			return failed, ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(m.w.progress, "%s failed: %v\n", s.name, err)
			failed = append(failed, fmt.Sprintf("%s: %v", s.name, err))
			m.referenceOf = ""
		}
		m.left -= s.takes
	}
	return failed, nil
}

// roundly is a time as one says it.
func roundly(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", max(0, d.Seconds()))
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// floor measures the floor.
func (m *meter) floor(ctx context.Context, kind floor.Kind, legs int, c media.Codec) (*load.Report, error) {
	return measureFloor(ctx, &writers{m.w.out, io.Discard}, kind, legs, c, floorSettle, m.effort.floor)
}

// bridge measures a fresh bridge.
func (m *meter) bridge(ctx context.Context, cfg load.Config, o bridgeOptions) (*load.Report, error) {
	b, err := startBridge(ctx, io.Discard, o)
	if err != nil && ctx.Err() == nil {
		b, err = startBridge(ctx, io.Discard, o) // somebody else took its address between the choice and the bind
	}
	if err != nil {
		return nil, err
	}
	defer b.stop()
	b.aim(&cfg)
	cfg.URI = "sip:load-%d@" + b.sip.String()
	cfg.Local = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	cfg.Settle = m.effort.settle
	if cfg.Measure == 0 {
		cfg.Measure = m.effort.window
	}
	if cfg.Ramp == 0 {
		cfg.Ramp = m.effort.ramp
	}
	return load.Run(ctx, cfg)
}

// takes is about what a measurement of a bridge with so many legs takes.
func (m *meter) takes(legs int) time.Duration {
	return m.effort.settle + m.effort.window + bridgeAround + time.Duration(float64(legs)/m.effort.ramp*float64(time.Second))
}

// floorTakes is about what a floor takes.
func (m *meter) floorTakes() time.Duration { return m.effort.floor + floorBesides }

// reference is something to compare with.
type reference struct {
	of  string // what it is, for two in a row to be told apart
	run func(ctx context.Context) (micros float64, err error)
}

// between measures a bridge between two measurements of the reference, of which
// the first may have been the second of the pair before.
func (m *meter) between(ctx context.Context, ref reference, bridge func(context.Context) (*load.Report, error)) (pair, error) {
	before := m.reference
	if m.referenceOf != ref.of {
		var err error
		if before, err = ref.run(ctx); err != nil {
			return pair{}, err
		}
	}
	report, err := bridge(ctx)
	if err != nil {
		return pair{}, err
	}
	after, err := ref.run(ctx)
	if err != nil {
		return pair{}, err
	}
	m.reference, m.referenceOf = after, ref.of
	return newPair((before+after)/2, report), nil
}

// floorOf is the plain floor of so many legs whose packets are as long as those
// of a codec.
func (m *meter) floorOf(legs int, c media.Codec) reference {
	return reference{fmt.Sprintf("floor %d %v", legs, c), func(ctx context.Context) (float64, error) {
		r, err := m.floor(ctx, floor.Plain, legs, c)
		if err != nil {
			return 0, err
		}
		return r.MicrosPerLegTick, nil
	}}
}

// plain is a bridge whose callers do nothing special.
func (m *meter) plain(cfg load.Config) reference {
	return reference{"plain", func(ctx context.Context) (float64, error) {
		r, err := m.bridge(ctx, cfg, bridgeOptions{})
		if err != nil {
			return 0, err
		}
		return r.MicrosPerLegTick, nil
	}}
}
