package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// writeResults writes RESULTS.md, results.json and the pictures into dir.
func writeResults(w *writers, dir string, all *results) error {
	if err := all.write(filepath.Join(dir, "results.json")); err != nil {
		return err
	}
	pictures := figures(all)
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		if err := drawFigure(filepath.Join(dir, name), pictures[name]); err != nil {
			return err
		}
	}
	name := filepath.Join(dir, "RESULTS.md")
	if err := os.WriteFile(name, []byte(resultsText(all)), 0o644); err != nil {
		return err
	}
	all.print(w)
	fmt.Fprintf(w.out, "results   %s\n", name)
	return nil
}

// text is a document in the making.
type text struct{ strings.Builder }

func (t *text) say(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// table begins one.
func (t *text) table(heads ...string) {
	t.say("\n| %s |", strings.Join(heads, " | "))
	t.say("|%s", strings.Repeat("---|", len(heads)))
}

func (t *text) row(cells ...string) { t.say("| %s |", strings.Join(cells, " | ")) }

// resultsText is RESULTS.md.
func resultsText(all *results) string {
	t := new(text)
	t.say("# What a caller costs\n")
	all.origin(t)
	all.summary(t)
	t.WriteString(method)
	for _, part := range []func(*text){
		all.floorPart, all.shapesPart, all.legsPart, all.rolesPart, all.codecsPart, all.memoryPart, all.strainPart, all.latenessPart, all.stormPart, all.coresPart,
	} {
		part(t)
	}
	return t.String()
}

// origin says where the figures are from. Sections that were measured at
// another time, or on something else, are named.
func (r *results) origin(t *text) {
	var last taken
	for _, k := range r.Taken {
		if k.When.After(last.When) {
			last = k
		}
	}
	m := last.Machine
	t.say("Made by `go run ./bench report` on %s. The machine: %s, %d cores, %s, %s.%s", last.When.Format("2 January 2006"),
		m.Processor, m.Cores, m.Kernel, m.Go, of(m))
	if last.Quick {
		t.say("\n**Made with `--quick`: fewer legs, for seconds. Not to be quoted.**")
	}
	for _, s := range sections {
		k, ok := r.Taken[s.name]
		switch {
		case !ok:
			t.say("\nNot measured: %s, %s.", s.name, s.title)
		case k.Machine != m || k.Quick != last.Quick:
			t.say("\nThe section %s is from %s: %s, %d cores, %s, %s.%s", s.name, k.When.Format("2 January 2006, 15:04"),
				k.Machine.Processor, k.Machine.Cores, k.Machine.Kernel, k.Machine.Go, of(k.Machine))
		}
		for _, f := range k.Failed {
			t.say("\n**Could not be measured:** %s", strings.Join(strings.Fields(f), " "))
		}
	}
}

func of(m machine) string {
	if m.Commit == "" {
		return ""
	}
	return " The tree: " + m.Commit + "."
}

const method = `
## Method, and its limits

Bridge and callers run on the same machine and talk over loopback. Every caller
sends a packet every 20 ms all the time: up to three in each conference a tone of
their own, the others faint noise, so that nobody is silent and every caller has
a mix of its own. **Cost** is the processor time of the bridge's whole process,
system time included, per leg and tick of 20 ms, by the kernel's clock of that
process.

**Floor** is that of a process that does nothing but receive one packet and send
one per leg and tick: recvfrom(2) and sendto(2) on plain sockets, by system calls
of its own, without time stamps and without a line of the bridge's code.
Connected sockets are a little cheaper; the bridge uses those, with time stamps,
so both floors are given. The target is against the plain one.

Each measurement of a bridge stands between two of the floor with as many legs,
and **ratio** is cost through the mean of the two. Where pairs are repeated the
median ratio is quoted, with the least and the greatest behind it. Only ratios
mean something elsewhere: microseconds are those of this machine, which the
generator shares, and of its caches, which the generator uses too. Kernel work is
charged to whom it interrupts: on loopback the sender pays for the delivery.
A line marked (generator late) is one in which the generator could not keep its
own times; then the times between packets are partly its own. One marked
(overloaded) is one in which the bridge left out ticks because it could not have
the processor time it needed, (generator overloaded) one in which the callers
did; its cost is not that of so many callers, and meets no target.

Times between packets are from the kernel's receive time stamps at the callers.
The audio of up to 64 callers is examined in every run: **heard** counts those who
hear the right voices and no other.
`

// late marks a line whose figures are not the bridge's alone, or not of all it
// had to do.
func late(p pair) (marks string) {
	marks = generatorLate(p)
	came := share(p)
	switch {
	case came < leastShare:
		marks += fmt.Sprintf(" (overloaded: %.0f %% of the packets came)", 100*came)
	case came > 1/leastShare:
		marks += fmt.Sprintf(" (generator overloaded: it sent %.0f %% of what came)", 100/came)
	}
	return marks
}

func generatorLate(p pair) string {
	if p.Report.Bottleneck {
		return " (generator late)"
	}
	return ""
}

// leastShare is how much of what was to be sent must have been, for a line to
// count.
const leastShare = 0.98

// share is how many packets came for each that the callers sent.
func share(p pair) float64 { return float64(p.Report.Received) / float64(p.Report.Expected) }

// overloaded reports whether bridge or generator left out ticks: what the bridge
// has cost is then not the cost of legs that hear and speak.
func overloaded(p pair) bool {
	came := share(p)
	return came < leastShare || came > 1/leastShare
}

// ratio is a median and what it lies between.
func ratio(m *measured) string {
	low, high := m.spread()
	if len(m.Pairs) < 2 {
		return fmt.Sprintf("**%.2f**", m.median())
	}
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", m.median(), low, high)
}

func heard(p pair) string {
	h := p.Report.Heard
	if h == nil {
		return "–"
	}
	return fmt.Sprintf("%d of %d", h.Ears-h.Wrong, h.Ears)
}

// number is as short as it can be.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
