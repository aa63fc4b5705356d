package load

import (
	"sync"
	"time"

	"partyline/media"
)

// burstHz and the burst's level make it stand out in a conference of two.
const (
	burstHz    = 1000
	burstPeak  = 4000  // below it there is no burst
	burstLevel = -10.0 // dBov
	g711Rate   = 8000
)

// probe measures the way from a caller's socket to another's: one says 20 ms
// of tone a second into a conference of the two, and the other waits for its
// first sample.
type probe struct {
	mu     sync.Mutex
	at     time.Time // when the burst left
	delays Histogram
}

// burst is a second of silence that begins with a tone.
func burst() [][]byte {
	loop := make([][]byte, loopFrames)
	pcm := make([]int16, g711Rate/50)
	for i := range loop {
		clear(pcm)
		if i == 0 {
			fillSine(pcm, burstHz, burstLevel, g711Rate)
		}
		loop[i] = media.EncodeFrame(media.PCMU, nil, pcm)
	}
	return loop
}

func (p *probe) spoke(frame int, at time.Time) {
	if frame == 0 {
		p.mu.Lock()
		p.at = at
		p.mu.Unlock()
	}
}

func (p *probe) hear(payload []byte, at time.Time) {
	var pcm [480]int16
	n := media.DecodeFrame(media.PCMU, pcm[:], payload)
	for i, s := range pcm[:n] {
		if s > burstPeak || s < -burstPeak {
			p.arrived(at.Add(time.Duration(i) * time.Second / g711Rate))
			return
		}
	}
}

// arrived books the first sample of a burst, and no other.
func (p *probe) arrived(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at.IsZero() {
		return
	}
	p.delays.add(at.Sub(p.at))
	p.at = time.Time{}
}

// restart forgets what was measured.
func (p *probe) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delays, p.at = Histogram{}, time.Time{}
}

func (p *probe) result() Histogram {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delays
}
