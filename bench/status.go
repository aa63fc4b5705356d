package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"partyline/bench/internal/quality"
)

// status tells how far the run is: on a terminal in one line that is written
// over, elsewhere in a line per ten cases. It is safe for concurrent use.
type status struct {
	mu       sync.Mutex
	w        io.Writer
	of       int
	terminal bool
}

func newStatus(w io.Writer, of int) *status {
	s := &status{w: w, of: of}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			s.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return s
}

// show tells of a case that is through.
func (s *status) show(n int, last quality.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.terminal:
		fmt.Fprintf(s.w, "\r\x1b[K%3d of %d  %s %s", n, s.of, last.ID, last.Verdict)
	case n%10 == 0 || n == s.of:
		fmt.Fprintf(s.w, "%d of %d cases\n", n, s.of)
	}
}

// clear makes room for a row of the table.
func (s *status) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal {
		fmt.Fprint(s.w, "\r\x1b[K")
	}
}
