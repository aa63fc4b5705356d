package load

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

const (
	// callsPerVisit is how many calls of the churn are in one conference.
	callsPerVisit = 4
	// wireRest is how long a wire rests between two calls, so that what the
	// former still gets is not taken for the latter's.
	wireRest = 2 * time.Second
	// parting is how long the answers to the last requests are waited for.
	parting = 10 * time.Second
)

// churn is calls that come and go, a few at a time in conferences of their own.
type churn struct {
	r     *run
	voice [][]byte
	life  time.Duration

	tally Tally     // the agent's
	late  Histogram // how much later than due calls were made
	lost  error     // why a call could not even be made

	mu     sync.Mutex
	rested []rest    // wires of calls that are over, the first to rest first
	audio  Histogram // from the INVITE to the first packet
	silent int       // calls that ended without one
}

// rest is a wire that waits for another call.
type rest struct {
	wire  wire
	since time.Time
}

// visit is a call of the churn and when it is to end.
type visit struct {
	call *call
	ends time.Time
}

// churning lets calls come and go until the function it returns is called,
// which ends those that are left and tells how it went.
func (r *run) churning(ctx context.Context) (stop func() *churn, err error) {
	if r.cfg.Churn <= 0 {
		return func() *churn { return nil }, nil
	}
	noise, err := r.voices.get(0)
	if err != nil {
		return nil, err
	}
	c := &churn{r: r, voice: noise, life: r.cfg.Life}
	if c.life == 0 {
		c.life = time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(ctx)
	}()
	return func() *churn {
		cancel()
		<-done
		return c
	}, nil
}

// run makes calls evenly, at absolute deadlines, on a thread of its own.
func (c *churn) run(ctx context.Context) {
	runtime.LockOSThread()
	prefer()
	var here []visit
	began := monotonic()
	for i := 0; ctx.Err() == nil; i++ {
		deadline := began + int64(float64(i)/c.r.cfg.Churn*float64(time.Second))
		now := monotonic()
		if now < deadline {
			sleepUntil(deadline)
			now = monotonic()
		}
		c.late.add(time.Duration(now - deadline))
		for len(here) > 0 && time.Now().After(here[0].ends) {
			here = append(here[1:], c.part(here[0])...)
		}
		k, err := c.caller(i)
		if err != nil {
			c.lost = err
			continue
		}
		uri := fmt.Sprintf(c.r.cfg.URI, c.r.cfg.Conferences+1+i/callsPerVisit)
		here = append(here, visit{c.r.agent.invite(uri, k, &c.tally), time.Now().Add(c.life)})
	}
	c.finish(here)
}

// part ends a call. One that is not up yet has to wait.
func (c *churn) part(v visit) (again []visit) {
	if c.r.agent.hangUp(v.call) {
		v.call.caller.gone.Store(true)
		return nil
	}
	if c.r.agent.stands(v.call) == inviting {
		return []visit{{v.call, v.ends.Add(c.life)}}
	}
	v.call.caller.gone.Store(true) // the bridge has ended it
	return nil
}

// finish ends the calls that are left and waits for the last answers.
func (c *churn) finish(here []visit) {
	until := time.Now().Add(parting)
	for len(here) > 0 && time.Now().Before(until) {
		if wait := time.Until(here[0].ends); wait > 0 {
			time.Sleep(wait)
		}
		here = append(here[1:], c.part(here[0])...)
	}
	for c.r.agent.pending() > 0 && time.Now().Before(until) {
		time.Sleep(10 * time.Millisecond)
	}
}

// caller is the audio of the i-th call. Wires are used again.
func (c *churn) caller(i int) (*caller, error) {
	w, ok := c.take()
	if !ok {
		var err error
		if w, err = c.r.openWire(); err != nil {
			return nil, err
		}
	}
	k := newCaller(w, c.r.cfg.Codec, c.voice, uint32(1<<21+i))
	k.left = c.left
	return k, nil
}

// take takes a wire that has rested, empties it and opens it to everybody.
func (c *churn) take() (w wire, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rested) == 0 || time.Since(c.rested[0].since) < wireRest {
		return w, false
	}
	w = c.rested[0].wire
	c.rested = c.rested[1:]
	if w.connect(netip.AddrPort{}) != nil {
		w.close()
		return w, false
	}
	w.empty()
	return w, true
}

// left books how a call's audio went and keeps its wire.
func (c *churn) left(k *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case k.asked == 0: // it was never answered
	case k.first == 0:
		c.silent++
	default:
		c.audio.add(time.Duration(k.first - k.asked))
	}
	c.rested = append(c.rested, rest{k.wire, time.Now()})
}

// close closes the wires that rest. Called when the pacer has ended.
func (c *churn) close() {
	for _, w := range c.rested {
		w.wire.close()
	}
}
