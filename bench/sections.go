package main

import (
	"context"
	"fmt"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
	"partyline/media"
)

// section is a part of the report that is measured by itself.
type section struct {
	name, title string
	// plan clears what the section has in all and says how it is filled anew.
	plan func(m *meter, all *results) []step
}

var sections = []section{
	{"floor", "the least any program must do, with plain and with connected sockets", planFloors},
	{"shapes", "a thousand legs in conferences of 10, in one conference and in conferences of 3", planShapes},
	{"legs", "cost per leg, capacity and memory over the number of legs", planLegs},
	{"roles", "what coaches, announcements and callers on hold cost besides", planRoles},
	{"codecs", "the cost of every codec, and what of it is the codec itself", planCodecs},
	{"strain", "how steady the packets are, calm and while much else goes on", planStrain},
	{"storm", "how many calls can be set up per second", planStorm},
	{"cores", "a conference on one core and on two", planCores},
}

const (
	talkers = 3 // per conference, as far as there are so many; the others send faint noise
	tens    = 10
)

// callers are so many, in conferences of so many each (0: all in one).
func callers(legs, each int) load.Config {
	conferences := 1
	if each > 0 {
		conferences = max(1, legs/each)
	}
	return load.Config{Calls: legs, Conferences: conferences, Talkers: min(talkers, legs/conferences), Codec: media.PCMU, Probe: true}
}

// planFloors measures the floor over the number of legs.
func planFloors(m *meter, all *results) (steps []step) {
	all.Floors = nil
	for _, legs := range m.effort.sizes {
		steps = append(steps, step{
			name: fmt.Sprintf("floor of %s legs, plain and connected", thousands(legs)), takes: 2 * m.floorTakes(),
			run: func(ctx context.Context) error {
				plain, err := m.floor(ctx, floor.Plain, legs, media.PCMU)
				if err != nil {
					return err
				}
				connected, err := m.floor(ctx, floor.Connected, legs, media.PCMU)
				if err != nil {
					return err
				}
				all.Floors = append(all.Floors, floors{legs, plain.MicrosPerLegTick, connected.MicrosPerLegTick})
				return nil
			},
		})
	}
	return steps
}

// paired is a step that adds a pair to one.
func (m *meter) paired(one *measured, ref reference, refTakes time.Duration, cfg load.Config) step {
	return step{name: one.Name, takes: m.takes(cfg.Calls) + refTakes, run: func(ctx context.Context) error {
		p, err := m.between(ctx, ref, func(ctx context.Context) (*load.Report, error) { return m.bridge(ctx, cfg, bridgeOptions{}) })
		if err == nil {
			one.Pairs = append(one.Pairs, p)
		}
		return err
	}}
}

// planShapes takes the shapes in turn, so that what changes on the machine
// meanwhile changes for all.
func planShapes(m *meter, all *results) (steps []step) {
	legs := m.effort.legs
	shapes := []struct {
		name       string
		legs, each int
	}{
		{"conferences of 10", legs, tens},
		{"one conference", legs, 0},
		{"conferences of 3", legs / 10 * 9, 3},
	}
	all.Shapes = make([]measured, len(shapes))
	for round := range m.effort.shapes {
		for i, s := range shapes {
			one := &all.Shapes[i]
			if round == 0 {
				*one = measured{Name: fmt.Sprintf("%s legs, %s", thousands(s.legs), s.name), Legs: s.legs}
			}
			steps = append(steps, m.paired(one, m.floorOf(s.legs, media.PCMU), m.floorTakes(), callers(s.legs, s.each)))
		}
	}
	return steps
}

func planLegs(m *meter, all *results) (steps []step) {
	all.Legs = make([]measured, len(m.effort.sizes))
	for i, legs := range m.effort.sizes {
		one := &all.Legs[i]
		*one = measured{Name: fmt.Sprintf("%s legs", thousands(legs)), Legs: legs}
		for range m.effort.repeat {
			steps = append(steps, m.paired(one, m.floorOf(legs, media.PCMU), m.floorTakes(), callers(legs, tens)))
		}
	}
	return steps
}

// planRoles compares with as many callers who do nothing special.
func planRoles(m *meter, all *results) (steps []step) {
	legs := m.effort.legs
	plain := callers(legs, tens)
	variants := make([]load.Config, 3)
	for i := range variants {
		variants[i] = plain
	}
	variants[0].Coaches, variants[1].Announcements, variants[2].Held = legs/10, legs/10, legs*3/10
	names := []string{
		fmt.Sprintf("%d coaches", legs/10), fmt.Sprintf("%d announcements", legs/10), fmt.Sprintf("%d on hold, one URL", legs*3/10),
	}
	all.Roles = make([]measured, len(variants))
	for round := range m.effort.repeat {
		for i, cfg := range variants {
			if round == 0 {
				all.Roles[i] = measured{Name: names[i], Legs: legs}
			}
			steps = append(steps, m.paired(&all.Roles[i], m.plain(plain), m.takes(legs), cfg))
		}
	}
	return steps
}

// planCodecs takes fewer legs for the codecs that cost more.
func planCodecs(m *meter, all *results) (steps []step) {
	all.Codecs = make([]coded, len(m.effort.codecs))
	for i, c := range m.effort.codecs {
		one, legs := &all.Codecs[i], m.effort.legs
		switch c {
		case media.L16at16k, media.G722:
			legs /= 2
		case media.Opus:
			legs /= 10
		}
		one.measured = measured{Name: c.String(), Legs: legs}
		cfg := callers(legs, tens)
		cfg.Codec, cfg.Probe = c, false
		s := m.paired(&one.measured, m.floorOf(legs, c), 2*m.floorTakes(), cfg)
		pair := s.run
		s.run = func(ctx context.Context) (err error) {
			if one.Decode, one.Encode, err = codecCost(c); err != nil {
				return err
			}
			return pair(ctx)
		}
		steps = append(steps, s)
	}
	return steps
}

// ratedLoad is the share of a core that the bridge is to need under strain.
const ratedLoad = 0.6

// ratedLegs is how many legs load a core to ratedLoad, as far as it is known
// what one costs.
func ratedLegs(all *results, effort effort) int {
	if len(all.Shapes) == 0 || len(all.Shapes[0].Pairs) == 0 || all.Shapes[0].cost() == 0 {
		return effort.legs
	}
	const tick = 20_000 // µs
	return min(2*effort.legs, max(effort.legs/5, int(ratedLoad*tick/all.Shapes[0].cost())/50*50))
}

func planStrain(m *meter, all *results) (steps []step) {
	e := m.effort
	churn := func(c *load.Config, _ *bridgeOptions) { c.Churn = e.strain.churn }
	updates := func(c *load.Config, _ *bridgeOptions) { c.Updates = e.strain.updates }
	garbage := func(_ *load.Config, o *bridgeOptions) { o.garbage = e.strain.garbage }
	debug := func(_ *load.Config, o *bridgeOptions) { o.logLevel = "debug" }
	kinds := []struct {
		name string
		add  []func(*load.Config, *bridgeOptions)
	}{
		{"calm", nil},
		{fmt.Sprintf("%.0f calls/s come and go", e.strain.churn), []func(*load.Config, *bridgeOptions){churn}},
		{thousands(int(e.strain.updates)) + " updates/s", []func(*load.Config, *bridgeOptions){updates}},
		{fmt.Sprintf("%g GB/s of garbage", float64(e.strain.garbage)/1e9), []func(*load.Config, *bridgeOptions){garbage}},
		{"debug log", []func(*load.Config, *bridgeOptions){debug}},
		{"all together", []func(*load.Config, *bridgeOptions){churn, updates, garbage, debug}},
	}
	all.Strain = make([]measured, len(kinds))
	for i, k := range kinds {
		window := 10 * time.Second
		if k.add == nil {
			window = e.long
		}
		window = min(window, e.long)
		steps = append(steps, step{name: "strain: " + k.name, takes: m.takes(e.legs) + window - e.window, run: func(ctx context.Context) error {
			legs := ratedLegs(all, e)
			cfg, o := callers(legs, tens), bridgeOptions{}
			cfg.Measure = window
			for _, add := range k.add {
				add(&cfg, &o)
			}
			r, err := m.bridge(ctx, cfg, o)
			if err == nil {
				all.Strain[i] = measured{Name: k.name, Legs: legs, Pairs: []pair{newPair(0, r)}}
			}
			return err
		}})
	}
	return steps
}

// stormLegs talk all the time while calls come and go beside them.
func planStorm(m *meter, all *results) []step {
	all.Storm = nil
	e := m.effort
	name := fmt.Sprintf("%s calls/s for %.0f s", thousands(int(e.strain.storm)), e.storm.Seconds())
	return []step{{name: "storm: " + name, takes: e.storm + e.settle + bridgeAround, run: func(ctx context.Context) error {
		cfg := load.Config{Conferences: 1, Codec: media.PCMU, Churn: e.strain.storm, Measure: e.storm}
		r, err := m.bridge(ctx, cfg, bridgeOptions{})
		if err == nil {
			all.Storm = []measured{{Name: name, Pairs: []pair{newPair(0, r)}}}
		}
		return err
	}}}
}
