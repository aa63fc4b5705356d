package load

import (
	"runtime"
	"slices"
	"time"
)

const (
	slots    = 20
	slotTime = 20 * time.Millisecond / slots
	// drainEvery is how many turns pass between two in which a caller takes in
	// all that has come: in the others it takes one packet, as the bridge sends
	// one, and saves the look that finds nothing.
	drainEvery = 16
	// mostAtOnce bounds what a caller takes in at a turn.
	mostAtOnce = 64
)

// pacer speaks for all callers on one goroutine.
type pacer struct {
	slots  [slots][]*caller
	window Window
	orders chan func()
	quit   chan struct{}
	done   chan struct{}
	in     *inlet
	out    [rtpHeader + 1500]byte
	round  int
}

func newPacer() *pacer {
	p := &pacer{orders: make(chan func(), 4096), quit: make(chan struct{}), done: make(chan struct{}), in: newInlet()}
	go p.run()
	return p
}

// add lets a caller speak from its next slot on: the one with the fewest.
func (p *pacer) add(k *caller) {
	p.orders <- func() {
		least := 0
		for i := range p.slots {
			if len(p.slots[i]) < len(p.slots[least]) {
				least = i
			}
		}
		p.slots[least] = append(p.slots[least], k)
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
// at once and does not skip: what a phone has to say it says. Its thread ends
// with it.
func (p *pacer) run() {
	runtime.LockOSThread()
	giveWay()
	defer close(p.done)
	deadline := monotonic()
	for slot := 0; ; slot = (slot + 1) % slots {
		deadline += int64(slotTime)
		now := monotonic()
		if now < deadline {
			sleepUntil(deadline)
			now = monotonic()
		}
		p.window.Late.add(time.Duration(now - deadline))
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
	if slot == 0 {
		p.round++
	}
	callers, left := p.slots[slot], 0
	for i, k := range callers {
		if k.gone.Load() {
			k.leave()
			callers[i] = nil
			left++
			continue
		}
		most := 1
		if (p.round+i)%drainEvery == 0 {
			most = mostAtOnce
		}
		k.listen(&p.window, p.in, most)
		k.speak(p.out[:])
	}
	p.window.Sent += uint64(len(callers) - left)
	if left > 0 {
		p.slots[slot] = slices.DeleteFunc(callers, func(k *caller) bool { return k == nil })
	}
}

func (p *pacer) hangUp() {
	for _, s := range p.slots {
		for _, k := range s {
			k.wire.close()
		}
	}
}
