package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"partyline/mixer/tone"
)

// window is how much audio one measurement looks at.
const window = 500 * time.Millisecond

// hangupPatience is how long the bridge may take to hang up.
const hangupPatience = 2 * time.Second

// outcome is what became of a step.
type outcome struct {
	number   int
	step     step
	err      error         // what went wrong besides what was heard
	from, to time.Duration // since the demonstration began
	acted    time.Duration // when the action was over
	ears     map[string]ear
}

// ear is what one phone heard after a step.
type ear struct {
	expected string
	got      string // in the form of expected
	levels   string // for people
}

func (e ear) ok() bool { return e.got == e.expected }

// ok reports whether everything was as expected.
func (o outcome) ok() bool {
	for _, e := range o.ears {
		if !e.ok() {
			return false
		}
	}
	return o.err == nil
}

func (o outcome) verdict() string {
	if o.ok() {
		return "ok"
	}
	if o.err != nil {
		return "FAILED: " + o.err.Error()
	}
	return "FAILED"
}

// play acts one step out and measures what the phones hear after it.
func (s *stage) play(ctx context.Context, number int, st step) outcome {
	o := outcome{number: number, step: st, ears: make(map[string]ear), from: time.Since(s.began)}
	before := s.marks()
	o.err = st.do(ctx, s)
	o.acted = time.Since(s.began)
	var listening sync.WaitGroup
	var mu sync.Mutex
	for name, expected := range st.expect {
		c := s.calls[name]
		if c == nil {
			o.ears[name] = ear{expected: expected, got: gone}
			continue
		}
		settled := c.Mark()
		listening.Go(func() {
			e := ear{expected: gone, got: "not hung up"}
			if expected != gone {
				h, err := s.hear(ctx, name, before[c], settled, st)
				e = ear{expected: sorted(expected), got: h.names(), levels: h.levels()}
				if err != nil {
					e.got, e.levels = "too little", err.Error()
				}
			} else if waitFor(ctx, c.Done()) {
				e.got = gone
			}
			mu.Lock()
			defer mu.Unlock()
			o.ears[name] = e
		})
	}
	listening.Wait()
	o.to = time.Since(s.began)
	return o
}

// hear listens to one phone. Before and settled are marks of its recording,
// from the beginning and from the end of the action.
func (s *stage) hear(ctx context.Context, name string, before, settled int, st step) (heard, error) {
	ctx, cancel := context.WithTimeout(ctx, st.settle+window+3*time.Second)
	defer cancel()
	c := s.calls[name]
	samples, err := c.Listen(ctx, settled, st.settle+window)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	h := listen(samples[len(samples)-int(window.Seconds()*rate):])
	if st.beeps {
		if level := findBeep(c.HeardSince(before)); level > beepThreshold {
			h[beep] = level
		} else if level > tone.Threshold {
			h[beep+"?"] = level // a trace of one, too quiet: for the reader of the table
		}
	}
	return h, nil
}

// waitFor reports whether done closes soon.
func waitFor(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
	case <-time.After(hangupPatience):
	}
	return false
}
