package quality

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// widths of the table's columns.
const (
	idWidth      = 4
	sentWidth    = 38
	heardWidth   = 74
	verdictWidth = 9
)

// Table prints rows as they come.
type Table struct{ w io.Writer }

// NewTable prints the head.
func NewTable(w io.Writer) *Table {
	t := &Table{w}
	t.line("case", "what was sent", "what was heard (pass mark)", "verdict")
	t.rule()
	return t
}

func (t *Table) line(id, sent, heard, verdict string) {
	s := pad(id, idWidth) + "  " + pad(sent, sentWidth) + "  " + pad(heard, heardWidth) + "  " + verdict
	fmt.Fprintln(t.w, strings.TrimRight(s, " "))
}

func (t *Table) rule() {
	fmt.Fprintln(t.w, strings.Repeat("─", idWidth+sentWidth+heardWidth+verdictWidth+6))
}

// Row prints one row, and what failed below it.
func (t *Table) Row(r Row) {
	sent, heard := wrap(r.Sent, sentWidth), wrap(r.Heard, heardWidth)
	for _, f := range r.Failures {
		heard = append(heard, wrap("✗ "+f, heardWidth)...)
	}
	id, verdict := r.ID, string(r.Verdict)
	for i := range max(len(sent), len(heard), 1) {
		t.line(id, nth(sent, i), nth(heard, i), verdict)
		id, verdict = "", ""
	}
}

// Summary prints how many got which verdict.
func (t *Table) Summary(rows []Row, took time.Duration) {
	n := map[Verdict]int{}
	for _, r := range rows {
		n[r.Verdict]++
	}
	t.rule()
	fmt.Fprintf(t.w, "%d cases in %.1f s: %d pass, %d fail, %d judged elsewhere\n",
		len(rows), took.Seconds(), n[Pass], n[Fail], n[Elsewhere])
}

func nth(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// wrap breaks a text between words.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
