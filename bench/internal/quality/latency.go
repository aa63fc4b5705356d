package quality

import (
	"time"
)

// latencyCases are about the time from socket to socket.
func latencyCases() []Case {
	return []Case{
		{ID: "M20", Sent: "speech from 80 phones, their clocks spread evenly over the tick; calm network", Run: latency},
	}
}

// latency measures by the position of the samples heard, and compares with
// what the leg itself says.
func latency(t *Trial) {
	c := spoken()
	var all []time.Duration
	var worst float64
	for i := range 80 {
		k := newCall(uint64(i), c)
		k.talker.start = k.now.Add(framely * time.Duration(i) / 80)
		k.run(250)
		d := k.delays(10)
		all = append(all, d...)
		worst = max(worst, absolute(ms(quantile(d, 0.5)-k.rx().PlayoutDelay)))
	}
	t.atMost("median", ms(quantile(all, 0.5)), 20, " ms")
	t.atMost("p95", ms(quantile(all, 0.95)), 30, " ms")
	t.note("max", ms(quantile(all, 1)), " ms")
	t.atMost("the leg's own figure is off by", worst, 5, " ms")
}

func absolute(v float64) float64 { return max(v, -v) }
