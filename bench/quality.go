package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"partyline/bench/internal/plot"
	"partyline/bench/internal/quality"
)

// qualityCmd is the quality report.
type qualityCmd struct {
	JSON string `name:"json" placeholder:"FILE" type:"path" help:"Write every figure to FILE as JSON."`
	Out  string `placeholder:"DIR" type:"path" help:"Write the pictures to DIR (a new folder partyline-quality by default)."`
	Only string `placeholder:"REGEXP" help:"Run only the cases whose ID matches, such as 'R3|M20'."`
}

// Help is shown below the flags.
func (qualityCmd) Help() string {
	return `
Every case is run in virtual time with fixed seeds, so the figures are the
same on every machine. The table says what was sent, what was heard with the
pass mark in brackets, and the verdict:

  pass       every pass mark was met
  FAIL       one was not; it is named below the row
  elsewhere  judged by the test that is named

The pictures show the delay over time under clock drift and under jitter, and
how near concealment comes to what was lost.

The exit status is 0 when no case failed, 1 when one did, 2 for a mistake in
the flags.`
}

// Run prints the table while it grows.
func (q *qualityCmd) Run(w *writers) error {
	only, err := regexp.Compile(q.Only)
	if err != nil {
		return flagError{fmt.Errorf("--only: %w", err)}
	}
	cases := quality.Cases(only)
	if len(cases) == 0 {
		return flagError{fmt.Errorf("--only %s matches no case", q.Only)}
	}
	began := time.Now()
	table := quality.NewTable(w.out)
	status := newStatus(w.progress, len(cases))
	var rows []quality.Row
	quality.Run(cases, func(r quality.Row) {
		status.clear()
		table.Row(r)
		rows = append(rows, r)
	}, status.show)
	status.clear()
	table.Summary(rows, time.Since(began))
	return q.finish(w, rows, time.Since(began))
}

// finish writes the files and says whether all is well.
func (q *qualityCmd) finish(w *writers, rows []quality.Row, took time.Duration) error {
	if err := q.draw(w, rows); err != nil {
		return err
	}
	if q.JSON != "" {
		if err := writeJSON(q.JSON, rows, took); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "figures   %s\n", q.JSON)
	}
	for _, r := range rows {
		if r.Verdict == quality.Fail {
			return errFailed
		}
	}
	return nil
}

// draw writes the pictures, if there are any.
func (q *qualityCmd) draw(w *writers, rows []quality.Row) error {
	dir := q.Out
	for _, r := range rows {
		for _, p := range r.Pictures {
			if dir == "" {
				var err error
				if dir, err = freshFolder("partyline-quality"); err != nil {
					return err
				}
			}
			name := filepath.Join(dir, p.Name+".png")
			if err := drawOne(name, p); err != nil {
				return err
			}
			fmt.Fprintf(w.out, "picture   %s\n", name)
		}
	}
	return nil
}

func drawOne(name string, p quality.Picture) error { return drawFigure(name, p.Figure) }

// drawFigure writes a picture, and makes its folder when there is none.
func drawFigure(name string, figure *plot.Figure) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(figure.WritePNG(f), f.Close())
}

// freshFolder makes a folder that was not there: name, name-2, name-3, …
func freshFolder(name string) (string, error) {
	dir := name
	for n := 2; ; n++ {
		err := os.Mkdir(dir, 0o755)
		if !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", name, n)
	}
}

// writeJSON writes the rows and where they come from.
func writeJSON(name string, rows []quality.Row, took time.Duration) error {
	b, err := json.MarshalIndent(struct {
		Go      string        `json:"go"`
		System  string        `json:"system"`
		Seconds float64       `json:"seconds"`
		Cases   []quality.Row `json:"cases"`
	}{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, took.Seconds(), rows}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}
