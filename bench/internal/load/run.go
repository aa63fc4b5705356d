package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"partyline/bench/internal/proc"
	"partyline/media"
)

// The callers' UDP ports: apart from those a bridge is likely to use.
const firstPort, lastPort = 40000, 59999

// run is a run while it lasts.
type run struct {
	cfg     Config
	plan    *plan
	port    uint16 // the next to be bound
	pacer   *pacer
	agent   *agent
	voices  *voices
	probe   probe
	website *website // nil: not needed
	ears    []*ear

	steady []*call // up until the end of the run, by caller
	tally  Tally   // of these
	probed []*call
	places []party // by caller; nil: not needed
}

// Run makes the calls, measures and hangs up.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	defer unhurried()()
	r := &run{cfg: cfg, plan: newPlan(&cfg), port: firstPort, voices: newVoices(cfg.Codec)}
	r.pacer = newPacer()
	defer r.pacer.close()
	if len(cfg.Echoes) > 0 {
		return r.floor(ctx)
	}
	if cfg.needsControl() {
		var err error
		if r.website, err = openWebsite(); err != nil {
			return nil, err
		}
		defer r.website.close()
	}
	trunks, err := openTrunks(cfg.Local, trunksFor(max(cfg.Ramp, cfg.Churn)))
	if err != nil {
		return nil, err
	}
	reports, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(cfg.Local, 0)))
	if err != nil {
		return nil, err
	}
	defer reports.Close() // what comes is never read
	r.agent = newAgent(trunks, cfg.Target, reports.LocalAddr().(*net.UDPAddr).AddrPort(), r.answered)
	defer r.agent.close()
	return r.calls(ctx)
}

// unhurried gives the runtime more threads than cores, so that a pacer that
// wakes up never waits for another goroutine to give way, and has it collect
// garbage seldom. The function it returns takes both back.
func unhurried() (undo func()) {
	const spare, seldom = 4, 800
	threads := runtime.GOMAXPROCS(runtime.NumCPU() + spare)
	percent := debug.SetGCPercent(seldom)
	return func() {
		runtime.GOMAXPROCS(threads)
		debug.SetGCPercent(percent)
	}
}

// floor speaks to sockets that echo.
func (r *run) floor(ctx context.Context) (*Report, error) {
	noise, err := r.voices.get(0)
	if err != nil {
		return nil, err
	}
	for i, to := range r.cfg.Echoes {
		k, err := r.caller(noise, r.cfg.Codec, i)
		if err != nil {
			return nil, err
		}
		if err := k.reach(to); err != nil {
			return nil, err
		}
		r.pacer.add(k)
	}
	if err := pause(ctx, r.cfg.Settle); err != nil {
		return nil, err
	}
	report := &Report{Calls: len(r.cfg.Echoes)}
	return report, r.measure(ctx, report)
}

// calls makes calls, measures and ends them.
func (r *run) calls(ctx context.Context) (*Report, error) {
	report := &Report{Calls: r.cfg.Calls, Conferences: r.cfg.Conferences, Codec: r.cfg.Codec.String()}
	report.shape(&r.cfg)
	before, err := r.usage()
	if err != nil {
		return nil, err
	}
	defer r.hangUp()
	if err := r.ramp(ctx); err != nil {
		return nil, err
	}
	if err := r.assign(ctx); err != nil {
		return nil, err
	}
	if err := pause(ctx, r.cfg.Settle); err != nil {
		return nil, err
	}
	after, err := r.usage()
	if err != nil {
		return nil, err
	}
	if n := len(r.steady) + len(r.probed); r.cfg.Calls > 0 {
		report.BytesPerLeg = float64(after.Resident-before.Resident) / float64(n)
	}
	if err := r.strained(ctx, report); err != nil {
		return nil, err
	}
	if r.cfg.Probe {
		delays := r.probe.result()
		report.delay(&delays)
	}
	report.Heard, err = r.listen(ctx)
	tally := r.agent.tallied(&r.tally)
	report.setUp(&tally)
	return report, err
}

// strained measures while calls come and go and participants are updated.
func (r *run) strained(ctx context.Context, report *Report) error {
	// The first scrape makes what later ones use again, and so garbage that is
	// not the measured load's.
	if _, err := r.readCounters(); err != nil {
		return err
	}
	counters, err := r.readCounters()
	if err != nil {
		return err
	}
	stopChurn, err := r.churning(ctx)
	if err != nil {
		return err
	}
	stopUpdates := r.updating(ctx)
	err = r.measure(ctx, report)
	report.updated(stopUpdates())
	if churn := stopChurn(); churn != nil {
		tally := r.agent.tallied(&churn.tally)
		report.churned(churn, &tally)
		defer churn.close()
		r.pacer.do(func() {}) // which has let go of the wires by now
	}
	if err != nil {
		return err
	}
	now, err := r.readCounters()
	report.Counters = now.since(counters)
	return err
}

// usage is what the bridge has used so far.
func (r *run) usage() (proc.Usage, error) {
	if r.cfg.PID == 0 {
		return proc.Usage{}, nil
	}
	return proc.Read(r.cfg.PID)
}

// caller is the audio of a call, with a wire of its own.
func (r *run) caller(voice [][]byte, c media.Codec, n int) (*caller, error) {
	w, err := r.openWire()
	if err != nil {
		return nil, fmt.Errorf("load: caller %d: %w", n, err)
	}
	return newCaller(w, c, voice, uint32(n)<<8|1), nil
}

// errNoPorts is what there is when all UDP ports have been used.
var errNoPorts = fmt.Errorf("load: no UDP port is free from %d to %d", firstPort, lastPort)

// openWire binds a wire to the next free even port (RFC 3550 section 11). It
// is called by one goroutine at a time.
func (r *run) openWire() (wire, error) {
	for r.port >= firstPort && r.port <= lastPort {
		at := netip.AddrPortFrom(r.cfg.Local, r.port)
		r.port += 2
		w, err := openWire(at)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return w, err
		}
	}
	return wire{}, errNoPorts
}

// ramp makes the calls at the pace asked for and waits for their answers.
func (r *run) ramp(ctx context.Context) error {
	began := time.Now()
	for i := range r.cfg.Calls {
		if err := pause(ctx, time.Until(due(began, i, r.cfg.Ramp))); err != nil {
			return err
		}
		if err := r.call(i); err != nil {
			return err
		}
		if (i+1)%500 == 0 {
			r.cfg.tell("%d of %d calls made", i+1, r.cfg.Calls)
		}
	}
	if r.cfg.Probe {
		if err := r.startProbe(); err != nil {
			return err
		}
	}
	return r.settled(ctx)
}

// call makes the i-th call.
func (r *run) call(i int) error {
	voice, err := r.voices.get(r.plan.voice(&r.cfg, i))
	if err != nil {
		return err
	}
	k, err := r.caller(voice, r.cfg.Codec, i)
	if err != nil {
		return err
	}
	r.lend(k, i)
	r.steady = append(r.steady, r.agent.invite(fmt.Sprintf(r.cfg.URI, i%r.cfg.Conferences), k, &r.tally))
	return nil
}

// answered lets a caller speak.
func (r *run) answered(c *call) error {
	c.caller.asked = c.began
	if err := c.caller.reach(c.remote); err != nil {
		return err
	}
	r.pacer.add(c.caller)
	return nil
}

// settled waits until no call is being set up, and fails when one was refused.
func (r *run) settled(ctx context.Context) error {
	for r.agent.pending() > 0 {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	if t := r.agent.tallied(&r.tally); t.Failed > 0 {
		return fmt.Errorf("%d of %d calls failed, the first because: %w", t.Failed, t.Made, t.Reason)
	}
	return nil
}

func (r *run) startProbe() error {
	voice := burst()
	mouth, err := r.caller(voice, media.PCMU, 1<<20)
	if err != nil {
		return err
	}
	mouth.spoke = r.probe.spoke
	silence := [][]byte{voice[1]}
	ear, err := r.caller(silence, media.PCMU, 1<<20+1)
	if err != nil {
		return err
	}
	ear.hear = r.probe.hear
	uri := fmt.Sprintf(r.cfg.URI, r.cfg.Conferences)
	for _, k := range []*caller{mouth, ear} {
		r.probed = append(r.probed, r.agent.invite(uri, k, &r.tally))
	}
	return nil
}

// measure lets the window pass.
func (r *run) measure(ctx context.Context, report *Report) error {
	r.cfg.tell("measuring for %s", r.cfg.Measure)
	r.pacer.begin()
	r.probe.restart()
	own, err := proc.Read(selfPID)
	if err != nil {
		return err
	}
	bridge, err := r.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := r.pass(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	ownAfter, err := proc.Read(selfPID)
	if err != nil {
		return err
	}
	bridgeAfter, err := r.usage()
	if err != nil {
		return err
	}
	w := r.pacer.end()
	report.window(&w, took, ownAfter.CPU-own.CPU, bridgeAfter.CPU-bridge.CPU)
	report.Resident = bridgeAfter.Resident
	return nil
}

// pass lets the window pass and tells every ten seconds how far it is.
func (r *run) pass(ctx context.Context) error {
	const step = 10 * time.Second
	for left := r.cfg.Measure; ; left -= step {
		if left <= step {
			return pause(ctx, left)
		}
		if err := pause(ctx, step); err != nil {
			return err
		}
		r.cfg.tell("%s to go", left-step)
	}
}

// pause waits, 0 and less not at all.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hangUp ends all calls and waits a little for the bridge to agree.
func (r *run) hangUp() {
	for i, c := range append(r.steady, r.probed...) {
		c.caller.gone.Store(true)
		r.agent.hangUp(c)
		if i%20 == 19 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	for range 100 {
		if r.agent.pending() == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
