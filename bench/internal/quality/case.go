// Package quality judges the audio path from socket to socket, case by case:
// what was sent to it, what was heard, and whether that is good enough. The
// cases carry the identifiers of the project's list: R is RTP in, M is mix
// and RTP out, Q a requirement that is no single case.
//
// Everything runs in virtual time on a simulated network with fixed seeds, so
// a figure is the same on every machine. What depends on a real clock or a
// real kernel is not judged here, and the case says so.
package quality

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"partyline/bench/internal/plot"
	"partyline/media"
)

type rxStats = media.RxStats

// Case is one thing that can go wrong with audio.
type Case struct {
	ID   string
	Sent string
	// Absent says why the case is not judged here; Run is then nil.
	Absent string
	Run    func(t *Trial)
}

// Verdict is the outcome of a case.
type Verdict string

// The verdicts. Only Fail makes the report fail.
const (
	Pass      Verdict = "pass"
	Fail      Verdict = "FAIL"
	Elsewhere Verdict = "elsewhere"
)

// Row is a case after it was run.
type Row struct {
	ID       string             `json:"id"`
	Sent     string             `json:"sent"`
	Heard    string             `json:"heard"`
	Verdict  Verdict            `json:"verdict"`
	Failures []string           `json:"failures,omitempty"`
	Numbers  map[string]float64 `json:"numbers,omitempty"`
	Seconds  float64            `json:"seconds"`
	Pictures []Picture          `json:"-"`
}

// Picture is a drawing and the name of its file, without extension.
type Picture struct {
	Name   string
	Figure *plot.Figure
}

// Judge runs a case.
func (c Case) Judge() Row {
	row := Row{ID: c.ID, Sent: c.Sent, Heard: c.Absent, Verdict: Elsewhere}
	if c.Run == nil {
		return row
	}
	t := &Trial{numbers: map[string]float64{}}
	began := time.Now()
	t.attempt(c.Run)
	row.Seconds = math.Round(time.Since(began).Seconds()*100) / 100
	row.Heard, row.Numbers = strings.Join(t.heard, "; "), t.numbers
	row.Failures, row.Pictures = t.failures, t.pictures
	row.Verdict = Pass
	if len(t.failures) > 0 {
		row.Verdict = Fail
	}
	return row
}

// Trial is where a case reports what it heard.
type Trial struct {
	group    string
	heard    []string
	failures []string
	numbers  map[string]float64
	pictures []Picture
}

// attempt runs a case. A panic of the path fails it, and the others go on.
func (t *Trial) attempt(run func(*Trial)) {
	defer func() {
		if p := recover(); p != nil {
			t.failures = append(t.failures, fmt.Sprintf("panic: %v", p))
		}
	}()
	run(t)
}

// part says what the following figures are about. It prefixes their names.
func (t *Trial) part(name string) { t.group = name }

// note reports a figure that has no pass mark.
func (t *Trial) note(what string, v float64, unit string) { t.judge(true, what, v, unit, "") }

// atMost reports a figure and its upper bound.
func (t *Trial) atMost(what string, v, limit float64, unit string) {
	t.judge(v <= limit, what, v, unit, "≤ "+short(limit))
}

// atLeast reports a figure and its lower bound.
func (t *Trial) atLeast(what string, v, limit float64, unit string) {
	t.judge(v >= limit, what, v, unit, "≥ "+short(limit))
}

// equal reports a count and what it must be.
func (t *Trial) equal(what string, got, want int) {
	mark := "= " + short(float64(want))
	if got == want {
		mark = "" // it would only say the same again
	}
	t.judge(got == want, what, float64(got), "", mark)
}

// text reports words and what they must be.
func (t *Trial) text(what, got, want string) {
	t.say(fmt.Sprintf("%s %q", what, got))
	if got != want {
		t.failures = append(t.failures, fmt.Sprintf("%s is %q, want %q", t.named(what), got, want))
	}
}

func (t *Trial) judge(ok bool, what string, v float64, unit, mark string) {
	s := what + " " + short(v) + unit
	if mark != "" {
		s += " (" + mark + ")"
	}
	if !ok {
		t.failures = append(t.failures, fmt.Sprintf("%s is %s%s, want %s", t.named(what), short(v), unit, mark))
	}
	t.numbers[t.named(what)] = finite(v)
	t.say(s)
}

// say adds to what was heard; the name of a part is said once.
func (t *Trial) say(s string) {
	prefix := t.group + ": "
	last := len(t.heard) - 1
	switch {
	case t.group == "":
		t.heard = append(t.heard, s)
	case last >= 0 && strings.HasPrefix(t.heard[last], prefix):
		t.heard[last] += ", " + s
	default:
		t.heard = append(t.heard, prefix+s)
	}
}

func (t *Trial) named(what string) string {
	if t.group == "" {
		return what
	}
	return t.group + ": " + what
}

func (t *Trial) picture(name string, f *plot.Figure) {
	t.pictures = append(t.pictures, Picture{name, f})
}

// finite makes a figure fit for JSON.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return -1
	}
	return v
}

// short is a figure with no more digits than it deserves.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a < 5e-4:
		return "0"
	case v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a < 1:
		return fmt.Sprintf("%.2g", v)
	case a < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the value that a share of all values does not exceed.
func quantile(d []time.Duration, share float64) time.Duration {
	if len(d) == 0 {
		return -1
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// spread is the distance of the largest from the smallest.
func spread(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return -1
	}
	return slices.Max(d) - slices.Min(d)
}
