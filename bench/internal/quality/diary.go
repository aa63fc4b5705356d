package quality

import (
	"image/color"
	"slices"
	"time"

	"partyline/bench/internal/plot"
)

// diary keeps what a call's picture needs: the delay of every frame, and the
// counters as they grow.
type diary struct {
	call  *call
	unit  time.Duration // of the horizontal axis
	every int           // ticks between two looks at the counters
	delay plot.Series
	count [4]plot.Series // late, concealed, inserted, left out
}

// newDiary writes down what happens from now on.
func newDiary(c *call, unit time.Duration, every int) *diary {
	d := &diary{call: c, unit: unit, every: every}
	for i, name := range [...]string{"late packets", "concealed frames", "frames inserted", "frames left out"} {
		d.count[i] = plot.Series{Name: name, Style: plot.Steps, Color: [...]color.RGBA{plot.Orange, plot.Red, plot.Blue, plot.Green}[i]}
	}
	c.hook = d.write
	return d
}

// write runs after every tick.
func (d *diary) write() {
	f := d.call.frames[len(d.call.frames)-1]
	x := float64(f.at.Sub(d.call.began)) / float64(d.unit)
	if f.found {
		d.delay.Add(x, ms(f.delay))
	}
	if d.call.ticks%d.every != 0 {
		return
	}
	s := d.call.rx()
	for i, n := range [...]uint64{s.Late, s.Concealed, s.Inserted, s.Dropped} {
		d.count[i].Add(x, float64(n))
	}
}

// counts is the panel of the counters since the call began.
func (d *diary) counts() plot.Panel {
	p := plot.Panel{YLabel: "counted since the beginning", Weight: 2}
	for _, s := range d.count {
		p.YMax = max(p.YMax, 5, 1.15*slices.Max(s.Y))
		p.Series = append(p.Series, s)
	}
	return p
}
