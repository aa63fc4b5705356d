package media

import (
	"math"
	"testing"
	"time"
)

// TestMOS holds the estimate to figures of the E-model: R 93.2 is 4.41, G.711
// with concealment loses 15.8 at 5 %, and only delays over 177 ms hurt much.
func TestMOS(t *testing.T) {
	for _, c := range []struct {
		delay time.Duration
		loss  float64
		want  float64
	}{
		{0, 0, 4.41},
		{40 * time.Millisecond, 0, 4.39},
		{150 * time.Millisecond, 0, 4.33},
		{400 * time.Millisecond, 0, 3.06},
		{40 * time.Millisecond, 0.01, 4.32},
		{40 * time.Millisecond, 0.05, 3.90},
		{40 * time.Millisecond, 0.20, 2.55},
		{0, 1, 1.18},
	} {
		if got := score(rating(c.delay, c.loss)); math.Abs(got-c.want) > 0.06 {
			t.Errorf("%v and %.0f %% loss give %.2f, want %.2f", c.delay, 100*c.loss, got, c.want)
		}
	}
	if got := (Stats{}).MOS(); got != 0 {
		t.Errorf("before the first packet it is %v", got)
	}
	s := Stats{Rx: RxStats{Packets: 950, Lost: 50, PlayoutDelay: 20 * time.Millisecond}}
	if got := s.MOS(); math.Abs(got-3.90) > 0.06 {
		t.Errorf("5 %% loss gives %.2f", got)
	}
}

// What redundancy made good was not lost to the ear.
func TestMOS_Recovered(t *testing.T) {
	bare := Stats{Rx: RxStats{Packets: 900, Lost: 100}}
	mended := Stats{Rx: RxStats{Packets: 900, Lost: 100, Recovered: 100}}
	clean := Stats{Rx: RxStats{Packets: 900}}
	if bare.MOS() >= mended.MOS() || mended.MOS() != clean.MOS() {
		t.Errorf("bare %.2f, mended %.2f, clean %.2f", bare.MOS(), mended.MOS(), clean.MOS())
	}
}
