package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// coresBenchmark ticks one large conference with one clock and with as many as
// there are cores, in turn, while the callers wait: bridge's own benchmark,
// because a generator beside it would need the other cores itself.
const coresBenchmark = "BenchmarkBigConference"

func planCores(m *meter, all *results) []step {
	count := m.effort.shapes
	return []step{{name: "a large conference on one core and on all", takes: time.Duration(count) * 15 * time.Second, run: func(ctx context.Context) error {
		out, err := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^"+coresBenchmark+"$/^(1000|2000)$",
			"-benchtime=100x", "-count="+strconv.Itoa(count), "partyline/bridge").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		all.Cores, err = parseCores(string(out))
		return err
	}}}
}

// parseCores reads lines such as
//
//	BenchmarkBigConference/2000-2   100   8000 ns/leg-alone   4400 ns/leg-helped   1.82 x
//
// and keeps of those of one size the one in the middle.
func parseCores(out string) ([]shared, error) {
	var all []shared
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, coresBenchmark+"/") {
			one, err := parseCore(line)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
			}
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s printed no line\n%s", coresBenchmark, out)
	}
	slices.SortStableFunc(all, func(a, b shared) int {
		if a.Legs != b.Legs {
			return a.Legs - b.Legs
		}
		return int(1e6 * (a.speedUp() - b.speedUp()))
	})
	var middle []shared
	for i, j := 0, 0; i < len(all); i = j {
		for j = i; j < len(all) && all[j].Legs == all[i].Legs; j++ {
		}
		middle = append(middle, all[(i+j)/2])
	}
	return middle, nil
}

func parseCore(line string) (one shared, err error) {
	f := strings.Fields(line)
	if _, err := fmt.Sscanf(strings.TrimPrefix(f[0], coresBenchmark), "/%d-%d", &one.Legs, &one.Cores); err != nil {
		return one, fmt.Errorf("how many cores: %w", err) // one has no number behind it
	}
	for i := 2; i+1 < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return one, err
		}
		switch f[i+1] {
		case "ns/leg-alone":
			one.Alone = v * float64(one.Legs) / 1e6
		case "ns/leg-helped":
			one.Helped = v * float64(one.Legs) / 1e6
		}
	}
	if one.Alone == 0 || one.Helped == 0 {
		return one, errors.New("it does not say how long a tick takes")
	}
	return one, nil
}

// speedUp is how much faster a tick is with help.
func (s shared) speedUp() float64 { return s.Alone / s.Helped }
