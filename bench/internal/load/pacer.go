package load

import (
	"runtime"
	"time"
)

const (
	slots    = 10
	slotTime = 20 * time.Millisecond / slots
)

// pacer speaks for all callers on one goroutine.
type pacer struct {
	slots  [slots][]*caller
	next   int // slot for the next newcomer
	window Window
	orders chan func()
	quit   chan struct{}
	done   chan struct{}
	buf    [2048]byte
	rounds int
}

func newPacer() *pacer {
	p := &pacer{orders: make(chan func(), 4096), quit: make(chan struct{}), done: make(chan struct{})}
	go p.run()
	return p
}

// add lets a caller speak from its next slot on.
func (p *pacer) add(k *caller) {
	p.orders <- func() {
		p.slots[p.next] = append(p.slots[p.next], k)
		p.next = (p.next + 1) % slots
	}
}

// begin starts a window.
func (p *pacer) begin() {
	p.do(func() {
		p.window = Window{}
		for _, s := range p.slots {
			for _, k := range s {
				k.heard = false
			}
		}
	})
}

// end returns what the window saw.
func (p *pacer) end() (w Window) {
	p.do(func() { w = p.window })
	return w
}

// do runs f on the pacer's goroutine and waits for it.
func (p *pacer) do(f func()) {
	done := make(chan struct{})
	p.orders <- func() { f(); close(done) }
	<-done
}

func (p *pacer) close() {
	close(p.quit)
	<-p.done
}

// run works through the slots at absolute deadlines. When it is late it goes on
// at once and does not skip: what a phone has to say it says.
func (p *pacer) run() {
	runtime.LockOSThread()
	defer close(p.done)
	deadline := time.Now()
	for slot := 0; ; slot = (slot + 1) % slots {
		deadline = deadline.Add(slotTime)
		time.Sleep(time.Until(deadline))
		p.window.Late.add(max(0, time.Since(deadline)))
		for range len(p.orders) {
			(<-p.orders)()
		}
		select {
		case <-p.quit:
			p.hangUp()
			return
		default:
		}
		p.turn(slot)
	}
}

// turn lets the callers of a slot listen and speak.
func (p *pacer) turn(slot int) {
	p.rounds++
	kept := p.slots[slot][:0]
	for _, k := range p.slots[slot] {
		if k.gone.Load() {
			k.close()
			continue
		}
		kept = append(kept, k)
		k.listen(&p.window, p.buf[:])
		k.speak()
		p.window.Sent++
	}
	clear(p.slots[slot][len(kept):])
	p.slots[slot] = kept
	if p.rounds%(slots*50) == 0 {
		p.drainReports()
	}
}

// drainReports empties the RTCP sockets: nobody reads the reports.
func (p *pacer) drainReports() {
	for _, s := range p.slots {
		for _, k := range s {
			for {
				if _, _, _, err := k.rtcp.Recv(p.buf[:]); err != nil {
					break
				}
			}
		}
	}
}

func (p *pacer) hangUp() {
	for _, s := range p.slots {
		for _, k := range s {
			k.close()
		}
	}
}
