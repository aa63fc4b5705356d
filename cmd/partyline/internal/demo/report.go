package demo

import (
	"fmt"
	"io"
)

// report prints expectation and measurement side by side and reports whether
// all of them agree.
func report(w io.Writer, outcomes []outcome) (ok bool) {
	failed := 0
	fmt.Fprintf(w, "\n%-4s%-50s %-6s %-19s %-34s %s\n", "", "step", "phone", "shall hear", "heard (dBov)", "verdict")
	for _, o := range outcomes {
		title := fmt.Sprintf("%2d  %-50s", o.number, o.step.title)
		for _, name := range names {
			e, listed := o.ears[name]
			if !listed {
				continue
			}
			verdict := "ok"
			if !e.ok() {
				verdict = "FAILED"
			}
			fmt.Fprintf(w, "%-54s %-6s %-19s %-34s %s\n", title, name, orSilence(e.expected), measured(e), verdict)
			title = ""
		}
		if o.err != nil {
			fmt.Fprintf(w, "    %v\n", o.err)
		}
		if !o.ok() {
			failed++
		}
	}
	if failed > 0 {
		fmt.Fprintf(w, "\n%d of %d steps FAILED.\n", failed, len(outcomes))
		return false
	}
	fmt.Fprintf(w, "\nAll %d steps were heard as expected.\n", len(outcomes))
	return len(outcomes) > 0
}

func orSilence(s string) string {
	if s == "" {
		return "silence"
	}
	return s
}

// measured is the levels where there are any.
func measured(e ear) string {
	if e.levels != "" {
		return e.levels
	}
	return orSilence(e.got)
}
