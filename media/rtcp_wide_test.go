package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"partyline/media"
	"partyline/media/netsim"
)

// TestRTCP_EveryClock: sender reports tell the time in the clock of the codec,
// and jitter is a time whatever the clock it is measured in.
func TestRTCP_EveryClock(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.PCMU, media.G722, media.Opus, media.L16at16k} {
		h := newHall(t, c, 16000, sineAt(c, 400, -20))
		h.phone.Mux = true
		h.leg.Configure(netsim.Setup(h.phone.Params()), h.now)
		h.net.SetLinkFrom(h.phone.Addr().Addr(), netsim.Link{Jitter: 12 * time.Millisecond})
		payload := make([]byte, c.SampleRate()/50*map[bool]int{true: 2, false: 1}[c == media.L16at16k])
		switch c {
		case media.G722:
			payload = payload[:160]
		case media.Opus:
			payload = payload[:60]
		}
		frame := make([]int16, 320)
		for range 3000 {
			h.now = h.now.Add(13 * time.Millisecond)
			h.phone.Tick(h.now)
			h.now = h.now.Add(7 * time.Millisecond)
			h.leg.Receive(h.now, &h.came)
			h.leg.ReadFrame(frame)
			h.leg.WriteFrame(payload, h.now)
		}
		var first, last *rtcp.SenderReport
		for _, b := range h.phone.Reports() {
			p, err := rtcp.Unmarshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if sr, ok := p[0].(*rtcp.SenderReport); ok {
				if first == nil {
					first = sr
				}
				last = sr
			}
		}
		if first == nil || first == last {
			t.Fatalf("%v: no sender reports", c)
		}
		passed := float64(last.NTPTime-first.NTPTime) / (1 << 32)
		units := float64(last.RTPTime - first.RTPTime)
		if got := units / passed; got < float64(c.ClockRate())*0.999 || got > float64(c.ClockRate())*1.001 {
			t.Errorf("%v: the reports' clock runs at %.0f Hz, want %d", c, got, c.ClockRate())
		}
		told := time.Duration(last.Reports[0].Jitter) * time.Second / time.Duration(c.ClockRate())
		for what, j := range map[string]time.Duration{"told": told, "counted": h.leg.Stats().Rx.Jitter} {
			if j < 2*time.Millisecond || j > 8*time.Millisecond { // of 12 ms even: about 4
				t.Errorf("%v: jitter %s %v", c, what, j)
			}
		}
	}
}
