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
	at     int64 // when the burst left, in nanoseconds since 1970; 0: none is on its way
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

func (p *probe) spoke(frame int, at int64) {
	if frame == 0 {
		p.mu.Lock()
		p.at = at
		p.mu.Unlock()
	}
}

func (p *probe) hear(payload []byte, at int64) {
	var pcm [480]int16
	n := media.DecodeFrame(media.PCMU, pcm[:], payload)
	for i, s := range pcm[:n] {
		if s > burstPeak || s < -burstPeak {
			p.arrived(at + int64(i)*int64(time.Second)/g711Rate)
			return
		}
	}
}

// arrived books the first sample of a burst, and no other.
func (p *probe) arrived(at int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == 0 {
		return
	}
	p.delays.add(time.Duration(at - p.at))
	p.at = 0
}

// restart forgets what was measured.
func (p *probe) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delays, p.at = Histogram{}, 0
}

func (p *probe) result() Histogram {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delays
}
