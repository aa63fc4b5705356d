package bridge

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"partyline/media"
)

// mirror sends back what comes to its sockets, and nothing else.
type mirror struct {
	sockets []media.Socket
	fars    []*far
	came    media.Datagram
}

func newMirror(tb testing.TB, n media.Network, legs int) *mirror {
	m := &mirror{}
	for i := range legs {
		rtp, rtcp, err := n.Open()
		if err != nil {
			tb.Fatal(err)
		}
		rtcp.Close()
		tb.Cleanup(func() { rtp.Close() })
		f := newFar(tb, n, i)
		f.to = rtp.LocalAddr()
		m.sockets, m.fars = append(m.sockets, rtp), append(m.fars, f)
	}
	return m
}

// tick is a hall's, without a bridge.
func (m *mirror) tick(clock int32) time.Duration {
	for _, f := range m.fars {
		f.send()
	}
	began := read(clock)
	for _, s := range m.sockets {
		if s.Recv(&m.came) == nil {
			_ = s.Send(m.came.Data, m.came.From)
		}
	}
	took := read(clock) - began
	for _, f := range m.fars {
		f.drain(&m.came)
	}
	return took
}

// BenchmarkAgainstFloor: whole ticks of a clock on real sockets, and beside them,
// tick by tick, sockets of the same kind that only send back what comes.
func BenchmarkAgainstFloor(b *testing.B) {
	for _, shape := range []struct{ legs, each int }{{1000, 10}, {1000, 1000}, {900, 3}, {2000, 10}, {100, 10}} {
		b.Run(fmt.Sprintf("legs=%d/each=%d", shape.legs, shape.each), func(b *testing.B) {
			h := newHall(b, shape.legs, shape.each, 1)
			m := newMirror(b, h.b.cfg.Network, shape.legs)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var ours, floor []time.Duration
			for range b.N {
				ours = append(ours, h.tick(unix.CLOCK_THREAD_CPUTIME_ID))
				floor = append(floor, m.tick(unix.CLOCK_THREAD_CPUTIME_ID))
			}
			median := func(took []time.Duration) float64 {
				slices.Sort(took)
				return float64(took[len(took)/2].Nanoseconds()) / float64(shape.legs)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours), "ns/leg")
			b.ReportMetric(median(floor), "ns/leg-floor")
			b.ReportMetric(median(ours)/median(floor), "x-floor")
		})
	}
}
