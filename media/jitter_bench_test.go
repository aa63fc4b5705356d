package media

import (
	"testing"
	"time"
)

func BenchmarkJitterPushPop(b *testing.B) {
	var stats RxStats
	var p playout
	p.init()
	p.stats = &stats
	s, err := Prepare(Params{Rx: []PayloadCodec{{0, PCMU}}})
	if err != nil {
		b.Fatal(err)
	}
	p.adopt(s)
	payload := make([]byte, 160)
	var dst [160]int16
	now := time.Unix(1e9, 0)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		p.take(Seq(n), Timestamp(n*160), PCMU, payload, now)
		now = now.Add(20 * time.Millisecond)
		p.frame(dst[:], now)
		n++
	}
}
