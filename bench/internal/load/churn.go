package load

import (
	"context"
	"fmt"
	"time"
)

// churnLife is how long a call of the churn lasts.
const churnLife = 2 * time.Second

// churn lets calls come and go, one after the other in conferences of their
// own, until the function it returns is called.
func (r *run) churn(ctx context.Context) (stop func()) {
	if r.cfg.Churn <= 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.comeAndGo(ctx)
	}()
	return func() { cancel(); <-done }
}

func (r *run) comeAndGo(ctx context.Context) {
	noise, err := r.voices.get(0)
	if err != nil {
		return
	}
	type visit struct {
		call *call
		ends time.Time
	}
	var here []visit
	began := time.Now()
	for i := 0; ; i++ {
		due := began.Add(time.Duration(float64(i) / r.cfg.Churn * float64(time.Second)))
		if pause(ctx, time.Until(due)) != nil {
			break
		}
		for len(here) > 0 && time.Now().After(here[0].ends) {
			r.part(here[0].call)
			here = here[1:]
		}
		k, err := r.caller(noise, r.cfg.Codec, 1<<21+i)
		if err != nil {
			continue // the ports of those who left still rest
		}
		uri := fmt.Sprintf(r.cfg.URI, r.cfg.Conferences+1+i/4)
		here = append(here, visit{r.agent.invite(uri, k), time.Now().Add(churnLife)})
		if i%20 == 0 {
			r.agent.remind(time.Now())
		}
	}
	for _, v := range here {
		r.part(v.call)
	}
}

// part ends a call of the churn.
func (r *run) part(c *call) {
	c.caller.gone.Store(true)
	r.agent.hangUp(c)
}

// churned books how the churn went, apart from the ramp.
func (r *run) churned(report *Report) {
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	report.ChurnFailed = r.agent.failed
	report.Dropped = r.agent.dropped
}
