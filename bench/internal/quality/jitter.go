package quality

import (
	"fmt"
	"math/rand/v2"
	"time"

	"partyline/bench/internal/plot"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// jitterCases are about packets that come at other times than they left.
func jitterCases() []Case {
	cases := []Case{
		{ID: "R10", Sent: "speech; calm 20 s, jitter 0–100 ms for 60 s, calm 60 s", Run: jitterStory},
	}
	for _, most := range []time.Duration{20, 50, 100, 200} {
		most *= time.Millisecond
		cases = append(cases, Case{
			ID: "R10", Sent: fmt.Sprintf("speech; jitter uniform 0–%d ms for 60 s, 3 seeds", most.Milliseconds()),
			Run: func(t *Trial) { jittery(t, most) },
		})
	}
	return append(cases,
		Case{ID: "R11", Sent: "5 packets at once every 100 ms", Run: bursts},
		Case{ID: "Q01", Sent: "1 kHz in 20 conferences with 5 seeds, 2 min each: calm, 30 ms of jitter, 5 packets at once", Run: holesNowhere},
		Case{ID: "R35", Sent: "a sender at twice the speed for 10 s", Run: twiceTheSpeed},
		Case{ID: "R36", Sent: "the bridge stops for 200 ms", Run: stops},
	)
}

// network is a link that delays evenly from 0 to most, and remembers.
type network struct {
	rng    *rand.Rand
	most   time.Duration
	sent   []time.Time
	delays []time.Duration
}

func newNetwork(seed uint64) *network { return &network{rng: rand.New(rand.NewPCG(seed, 2))} }

// link puts it in the way.
func (n *network) link() netsim.Link {
	return netsim.Link{Shape: func(_ int, sent time.Time) time.Duration {
		d := time.Duration(0)
		if n.most > 0 {
			d = time.Duration(n.rng.Int64N(int64(n.most)))
		}
		n.sent, n.delays = append(n.sent, sent), append(n.delays, d)
		return d
	}}
}

// jittery judges steady jitter after 5 s of it, and 30 s after its end.
func jittery(t *Trial, most time.Duration) {
	var late, packets uint64
	var delays, net, calm []time.Duration
	for seed := range uint64(3) {
		c := newCall(seed, spoken())
		n := newNetwork(seed)
		n.most = most
		c.link(c.talker, n.link())
		c.run(250)
		before, at, first := c.rx(), c.ticks, len(n.delays)
		c.run(minute)
		late += c.rx().Late - before.Late
		packets += c.rx().Packets - before.Packets
		delays, net = append(delays, c.delays(at)...), append(net, n.delays[first:]...)
		n.most = 0
		c.run(1500)
		at = c.ticks
		c.run(500)
		calm = append(calm, c.delays(at)...)
	}
	p99 := ms(quantile(net, 0.99))
	t.atMost("late", 100*float64(late)/float64(packets), 1, " %")
	t.note("jitter p99", p99, " ms")
	t.note("delay median", ms(quantile(delays, 0.5)), " ms")
	t.atMost("p95", ms(quantile(delays, 0.95)), p99+30, " ms")
	t.atMost("max", ms(quantile(delays, 1)), p99+40, " ms")
	t.atMost("30 s later p95", ms(quantile(calm, 0.95)), 30, " ms")
}

// jitterStory draws what jitter does to the delay, and its end.
func jitterStory(t *Trial) {
	c := newCall(7, spoken())
	n := newNetwork(7)
	c.link(c.talker, n.link())
	d := newDiary(c, time.Second, 5)
	c.run(20 * 50)
	calm := quantile(c.delays(10), 0.95)
	n.most = 100 * time.Millisecond
	c.run(60 * 50)
	rough, s := c.delays(25*50), c.rx()
	n.most = 0
	c.run(30 * 50)
	at := c.ticks
	c.run(30 * 50)
	after := quantile(c.delays(at), 0.95)
	t.atMost("calm p95", ms(calm), 30, " ms")
	p99 := ms(quantile(n.delays[20*50:80*50], 0.99))
	t.atMost("rough p95", ms(quantile(rough, 0.95)), p99+30, " ms")
	t.atMost("30 s later p95", ms(after), 30, " ms")
	t.note("late", float64(s.Late), " packets")
	t.note("concealed", float64(s.Concealed), " frames")
	t.picture("jitter", jitterFigure(c, n, d, p99))
}

func jitterFigure(c *call, n *network, d *diary, p99 float64) *plot.Figure {
	packets := plot.Series{Name: "network delay of each packet", Color: plot.Orange, Style: plot.Dots}
	for i, at := range n.sent {
		packets.Add(at.Sub(c.began).Seconds(), ms(n.delays[i]))
	}
	d.delay.Name, d.delay.Color = "delay heard, sample by sample", plot.Blue
	return &plot.Figure{
		Title:    "Delay under jitter",
		Subtitle: "Speech, PCMU, 20 ms packets. From the packet's departure to the bridge's packet that holds the same sample.",
		XLabel:   "seconds",
		XMax:     140,
		Spans: []plot.Span{
			{From: 0, To: 20, Name: "calm", Color: plot.Calm},
			{From: 20, To: 80, Name: "jitter, even from 0 to 100 ms", Color: plot.Storm},
			{From: 80, To: 140, Name: "calm again", Color: plot.Calm},
		},
		Panels: []plot.Panel{
			{YLabel: "delay, ms", YMax: 180, Weight: 3, Series: []plot.Series{packets, d.delay}, Limits: []plot.Limit{
				{From: 25, To: 80, Y: p99 + 30, Name: "jitter p99 + 30 ms"},
				{From: 110, To: 140, Y: 30, Name: "30 ms after 30 s"},
			}},
			d.counts(),
		},
	}
}

func bursts(t *Trial) {
	c := newCall(1, noise(1))
	c.link(c.talker, netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
		return time.Duration(4-n%5) * framely
	}})
	c.run(50)
	c.run(500)
	t.equal("holes after 1 s", c.holes(50), 0)
	t.equal("dropped", int(c.rx().Overflow+c.rx().Late), 0)
	t.atMost("delay", ms(quantile(c.delays(50), 1)), 120, " ms")
}

// holesNowhere looks at a tone sample by sample in a hundred conferences. After
// two seconds the buffer knows its network.
func holesNowhere(t *Trial) {
	for _, n := range []struct {
		name string
		link func(seed uint64) netsim.Link
	}{
		{"calm", func(uint64) netsim.Link { return netsim.Link{} }},
		{"jitter", func(uint64) netsim.Link { return netsim.Link{Jitter: 30 * time.Millisecond} }},
		{"bursts", func(seed uint64) netsim.Link {
			return netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
				return time.Duration(4-(n+int(seed))%5) * framely
			}}
		}},
	} {
		holes := 0
		for seed := range uint64(100) {
			c := newCall(seed+1, sine(1000, 8000))
			c.listener.record = true
			c.link(c.talker, n.link(seed))
			c.run(2 * minute)
			holes += tone.FindHoles(c.listener.pcm(100), rate, 1000).Count
		}
		t.part(n.name)
		t.equal("holes", holes, 0)
	}
}

func twiceTheSpeed(t *Trial) {
	c := newCall(1, noise(1))
	c.run(50)
	c.talker.ppm = 500000
	at := c.ticks
	c.run(500)
	t.atMost("delay", ms(quantile(c.delays(at), 1)), 400, " ms")
	c.talker.ppm = 0
	c.run(50)
	at = c.ticks
	c.run(200)
	first, last := c.frames[at], c.frames[len(c.frames)-1]
	speed := float64(last.pos-first.pos) / float64((last.tick-first.tick)*frame)
	t.atMost("speed from 1 s after is off by", 100*absolute(speed-1), 1, " %")
	t.atMost("holes", float64(c.holes(at)), 2, "")
}

// stops does what the bridge does when it finds ticks missing: they are
// skipped, not caught up.
func stops(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	c.run(100)
	before, delay := len(c.listener.phone.Packets()), quantile(c.delays(50), 1)
	for range 10 {
		c.pass()
	}
	c.talker.leg.Skip(10)
	c.listener.leg.Skip(10)
	c.run(50)
	p := c.listener.phone.Packets()
	t.equal("packets in the 50 ticks after", len(p)-before, 50)
	t.equal("sequence step", int(p[before].SequenceNumber-p[before-1].SequenceNumber), 1)
	t.equal("timestamp step in frames", int(p[before].Timestamp-p[before-1].Timestamp)/frame, 11)
	t.equal("delay moved by ms", int(ms(quantile(c.delays(102), 1)-delay)), 0)
	t.equal("holes after", c.holes(102), 0)
}
