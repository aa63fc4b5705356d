package load

import (
	"context"
	"fmt"
	"time"

	"partyline/bench/internal/proc"
	"partyline/media"
)

// The callers' UDP ports: apart from those a bridge is likely to use.
const firstPort, lastPort = 40000, 59999

// run is a run while it lasts.
type run struct {
	cfg    Config
	net    *media.UDP
	pacer  *pacer
	agent  *agent
	voices *voices
	probe  probe
	ears   []*ear

	steady []*call // up until the end of the run
}

// Run makes the calls, measures and hangs up.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	network, err := media.NewUDP(cfg.Local, firstPort, lastPort)
	if err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, net: network, voices: newVoices(cfg.Codec)}
	r.pacer = newPacer()
	defer r.pacer.close()
	if len(cfg.Echoes) > 0 {
		return r.floor(ctx)
	}
	if r.agent, err = newAgent(cfg.Local, cfg.Target, r.answered); err != nil {
		return nil, err
	}
	defer r.agent.close()
	return r.calls(ctx)
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
		k.to = to
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
	before, err := r.usage()
	if err != nil {
		return nil, err
	}
	if err := r.ramp(ctx); err != nil {
		return nil, err
	}
	defer r.hangUp()
	if err := pause(ctx, r.cfg.Settle); err != nil {
		return nil, err
	}
	after, err := r.usage()
	if err != nil {
		return nil, err
	}
	report.BytesPerLeg = float64(after.Resident-before.Resident) / float64(r.cfg.Calls)
	r.setUp(report)
	stop := r.churn(ctx)
	err = r.measure(ctx, report)
	stop()
	if err != nil {
		return nil, err
	}
	if r.cfg.Probe {
		delays := r.probe.result()
		report.delay(&delays)
	}
	r.churned(report)
	report.Heard, err = r.listen(ctx)
	return report, err
}

// usage is what the bridge has used so far.
func (r *run) usage() (proc.Usage, error) {
	if r.cfg.PID == 0 {
		return proc.Usage{}, nil
	}
	return proc.Read(r.cfg.PID)
}

// caller opens the sockets of one.
func (r *run) caller(voice [][]byte, c media.Codec, n int) (*caller, error) {
	rtp, rtcp, err := r.net.Open()
	if err != nil {
		return nil, fmt.Errorf("load: caller %d: %w", n, err)
	}
	return newCaller(rtp, rtcp, c, voice, uint32(n)<<8|1), nil
}

// ramp makes the calls at the pace asked for and waits for their answers.
func (r *run) ramp(ctx context.Context) error {
	began := time.Now()
	for i := range r.cfg.Calls {
		if i%50 == 0 {
			r.agent.remind(time.Now())
		}
		due := began.Add(time.Duration(float64(i) / r.cfg.Ramp * float64(time.Second)))
		if err := pause(ctx, time.Until(due)); err != nil {
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

// call makes the i-th call: caller i/M of conference i mod M.
func (r *run) call(i int) error {
	conference, seat := i%r.cfg.Conferences, i/r.cfg.Conferences
	hz := 0
	if seat < min(r.cfg.Talkers, maxTones) {
		hz = toneOf(conference, seat)
	}
	voice, err := r.voices.get(hz)
	if err != nil {
		return err
	}
	k, err := r.caller(voice, r.cfg.Codec, i)
	if err != nil {
		return err
	}
	r.lend(k, conference, seat)
	r.steady = append(r.steady, r.agent.invite(fmt.Sprintf(r.cfg.URI, conference), k))
	return nil
}

// answered lets a caller speak.
func (r *run) answered(c *call) {
	c.caller.to = c.remote
	r.pacer.add(c.caller)
}

// settled waits until no call is being set up, and fails when one was refused.
func (r *run) settled(ctx context.Context) error {
	for r.agent.pending(inviting) > 0 {
		r.agent.remind(time.Now())
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	if r.agent.failed > 0 {
		return fmt.Errorf("%d of %d calls failed, the first because: %w", r.agent.failed, r.cfg.Calls, r.agent.reason)
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
	r.steady = append(r.steady, r.agent.invite(uri, mouth), r.agent.invite(uri, ear))
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
	if err := pause(ctx, r.cfg.Measure); err != nil {
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
	return nil
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
	for i, c := range r.steady {
		c.caller.gone.Store(true)
		r.agent.hangUp(c)
		if i%20 == 19 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	for range 100 {
		if r.agent.pending(ending) == 0 {
			return
		}
		r.agent.remind(time.Now())
		time.Sleep(20 * time.Millisecond)
	}
}
