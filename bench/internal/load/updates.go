package load

import (
	"context"
	"net/url"
	"sync"
	"time"
)

const (
	// updaters is how many updates may be under way: an update is answered
	// within the next tick or two, so that thousands per second fit.
	updaters = 128
	// lateUpdate is how much later than due an update may be sent before the
	// generator counts it as late itself.
	lateUpdate = 20 * time.Millisecond
)

// Updated is how updates of participants by the control API went.
type Updated struct {
	Made   int
	Failed int
	Late   int       // sent late, which is the generator's doing
	Took   Histogram // from the request to its answer
	Reason error     // the first failure
}

// updateSteps are what is done to each participant in turn.
func updateSteps(hold string) []url.Values {
	return []url.Values{
		{"Muted": {"true"}},
		{"Muted": {"false"}},
		{"Hold": {"true"}, "HoldUrl": {hold}},
		{"Hold": {"false"}},
	}
}

// nextUpdate is what the n-th update is about: which of so many participants,
// and which of so many steps. Everybody takes a step before anybody takes the
// next.
func nextUpdate(n, participants, steps int) (participant, step int) {
	return n % participants, n / participants % steps
}

// due is when the n-th of perSecond things is to be done.
func due(began time.Time, n int, perSecond float64) time.Time {
	return began.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))
}

// updating updates participants until the function it returns is called, which
// waits for the answers and tells how it went.
func (r *run) updating(ctx context.Context) (stop func() *Updated) {
	if r.cfg.Updates <= 0 {
		return func() *Updated { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	u := &updater{addr: r.cfg.Control.Addr, todo: make(chan update, updaters)}
	for range updaters {
		u.workers.Go(u.work)
	}
	requests := r.updateRequests()
	u.workers.Go(func() {
		defer close(u.todo)
		began := time.Now()
		for n := 0; ; n++ {
			at := due(began, n, r.cfg.Updates)
			if pause(ctx, time.Until(at)) != nil {
				return
			}
			who, step := nextUpdate(n, len(requests), len(requests[0]))
			u.todo <- update{at, requests[who][step]}
		}
	})
	return func() *Updated {
		cancel()
		u.workers.Wait()
		return &u.Updated
	}
}

// updateRequests are all requests, by participant and step.
func (r *run) updateRequests() [][][]byte {
	steps := updateSteps(r.website.url("hold.wav"))
	var all [][][]byte
	for _, i := range r.plan.updatable {
		var requests [][]byte
		for _, form := range steps {
			requests = append(requests, r.cfg.Control.post(r.places[i].path(), form))
		}
		all = append(all, requests)
	}
	return all
}

// update is a request and when it is due.
type update struct {
	due     time.Time
	request []byte
}

// updater sends updates.
type updater struct {
	addr    string
	todo    chan update
	workers sync.WaitGroup

	mu sync.Mutex
	Updated
}

func (u *updater) work() {
	l := &line{addr: u.addr}
	defer l.close()
	for next := range u.todo {
		sent := time.Now()
		_, err := l.ask(next.request)
		u.book(sent.Sub(next.due), time.Since(sent), err)
	}
}

func (u *updater) book(late, took time.Duration, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.Made++
	if late > lateUpdate {
		u.Late++
	}
	if err == nil {
		u.Took.add(took)
		return
	}
	u.Failed++
	if u.Reason == nil {
		u.Reason = err
	}
}
