package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// reportCmd measures everything and writes the results.
type reportCmd struct {
	Out   string   `default:"bench" placeholder:"DIR" type:"path" help:"Write RESULTS.md, results.json and the pictures into DIR. (${default})"`
	Quick bool     `help:"Fewer legs, shorter and once: to see that it works, not to quote."`
	Only  []string `placeholder:"SECTION" sep:"," help:"Measure only these sections, and take the others from results.json."`
	Draw  bool     `help:"Measure nothing: write RESULTS.md and the pictures again from results.json."`
}

// Help is shown below the flags.
func (reportCmd) Help() string {
	var b strings.Builder
	b.WriteString(`
Each size is measured between two floors with as many legs, so that they have the
same machine in the same minute, and only their ratio is judged. It takes about
a quarter of an hour, --quick three minutes; meanwhile the machine should do
nothing else. What is measured is in results.json after each section, so that a
run that was stopped can be gone on with by --only.

The sections:
`)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n  %-8s %s", s.name, s.title)
	}
	b.WriteString("\n\nTargets that are missed are said in RESULTS.md and do not change the exit status. It\nis 1 when something could not be measured.\n")
	return b.String()
}

// Run measures and writes.
func (r *reportCmd) Run(w *writers) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen, err := r.sections()
	if err != nil {
		return flagError{err}
	}
	if err := os.MkdirAll(r.Out, 0o755); err != nil {
		return err
	}
	file := filepath.Join(r.Out, "results.json")
	all := new(results)
	if r.Draw || len(r.Only) > 0 {
		if all, err = readResults(file); err != nil && (r.Draw || !errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	if err := r.measure(ctx, w, chosen, all, file); err != nil {
		return err
	}
	if err := writeResults(w, r.Out, all); err != nil {
		return err
	}
	if n := all.failures(); n > 0 {
		return fmt.Errorf("%d measurements failed", n)
	}
	return nil
}

// sections are those that the flags ask for.
func (r *reportCmd) sections() (chosen []section, err error) {
	if r.Draw {
		return nil, nil
	}
	for _, name := range r.Only {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return nil, fmt.Errorf("--only: there is no section %q; bench report -h lists them", name)
		}
	}
	for _, s := range sections {
		if len(r.Only) == 0 || slices.Contains(r.Only, s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

// measure measures the sections and keeps each as soon as it is through.
func (r *reportCmd) measure(ctx context.Context, w *writers, chosen []section, all *results, file string) error {
	m := newMeter(w, fullEffort)
	if r.Quick {
		m.effort = quickEffort
	}
	for _, s := range chosen {
		m.expect(s.plan(m, new(results)))
	}
	for _, s := range chosen {
		began := time.Now()
		failed, err := m.steps(ctx, s.plan(m, all))
		if err != nil {
			return err
		}
		all.note(s.name, r.Quick, began, failed)
		if err := all.write(file); err != nil {
			return err
		}
	}
	return nil
}
