package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"partyline/bench/internal/load"
	"partyline/media"
)

// loadCmd is the load generator.
type loadCmd struct {
	Target      string        `placeholder:"IP:PORT" help:"The bridge to call, over UDP. Without it, this tree's own is built and started."`
	URI         string        `name:"uri" placeholder:"URI" help:"What to call; %d becomes the conference's number. (sip:load-%d@TARGET)"`
	PID         int           `name:"pid" placeholder:"PID" help:"The process of --target, to measure what it costs."`
	Calls       int           `default:"1000" placeholder:"N" help:"Callers, all of them sending all the time. (${default})"`
	Conferences int           `default:"100" placeholder:"M" help:"Conferences they are spread over. (${default})"`
	Talkers     int           `default:"3" placeholder:"T" help:"Talkers per conference, each with a tone of its own; the others send faint noise. (${default})"`
	Codec       string        `default:"PCMU" enum:"PCMU,PCMA,G722,opus,L16" placeholder:"CODEC" help:"PCMU, PCMA, G722, opus or L16. (${default})"`
	Ramp        float64       `default:"200" placeholder:"CPS" help:"Calls made per second. (${default})"`
	Settle      time.Duration `default:"3s" placeholder:"DURATION" help:"From the last answer to the measurement. (${default})"`
	Measure     time.Duration `default:"10s" placeholder:"DURATION" help:"How long to measure. (${default})"`
	Churn       float64       `placeholder:"CPS" help:"Calls that come and go per second meanwhile. (0)"`
	NoProbe     bool          `help:"Do not measure the delay."`
	Cores       int           `placeholder:"N" help:"Cores the bridge of this tree may use, as GOMAXPROCS. (all)"`
	JSON        string        `name:"json" placeholder:"FILE" type:"path" help:"Write every figure to FILE as JSON."`
}

// Help is shown below the flags.
func (loadCmd) Help() string {
	return `
The callers speak from this machine's loopback; figures of a bridge on another
machine would be those of the network. Times between packets come from the
kernel's receive time stamps. The audio of some callers is examined: each must
hear the talkers of its own conference, without itself, and nobody else.

When the generator was late itself the report says so: then times and losses
may be its own, and fewer --calls give figures of the bridge.

The exit status is 1 when a call failed, a caller heard what it must not, or
missed what it must.`
}

// Run makes the calls and prints what was found.
func (l *loadCmd) Run(w *writers) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := l.config(w)
	if err != nil {
		return flagError{err}
	}
	if l.Target == "" {
		b, err := startBridge(ctx, w.progress, l.Cores)
		if err != nil {
			return err
		}
		defer b.stop()
		cfg.Target, cfg.PID = b.sip, b.pid
	}
	if cfg.URI == "" {
		cfg.URI = "sip:load-%d@" + cfg.Target.String()
	}
	report, err := load.Run(ctx, cfg)
	if err != nil {
		return err
	}
	printLoad(w, report)
	if l.JSON != "" {
		if err := writeFigures(l.JSON, report); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "figures   %s\n", l.JSON)
	}
	if h := report.Heard; h != nil && h.Wrong > 0 {
		return fmt.Errorf("%d of %d callers examined heard the wrong thing", h.Wrong, h.Ears)
	}
	return nil
}

// config turns the flags into a run.
func (l *loadCmd) config(w *writers) (load.Config, error) {
	cfg := load.Config{
		URI: l.URI, Local: netip.AddrFrom4([4]byte{127, 0, 0, 1}),
		Calls: l.Calls, Conferences: l.Conferences, Talkers: l.Talkers, Codec: codecNamed(l.Codec),
		Ramp: l.Ramp, Settle: l.Settle, Measure: l.Measure, Churn: l.Churn, PID: l.PID, Probe: !l.NoProbe,
		Progress: func(format string, args ...any) { fmt.Fprintf(w.progress, format+"\n", args...) },
	}
	if l.Target != "" {
		var err error
		if cfg.Target, err = netip.ParseAddrPort(l.Target); err != nil {
			return cfg, fmt.Errorf("--target: %q; write an address and port such as 127.0.0.1:5060", l.Target)
		}
	}
	if l.URI != "" && !strings.Contains(l.URI, "%d") {
		return cfg, fmt.Errorf("--uri: %q has no %%d for the conference's number", l.URI)
	}
	return cfg, cfg.Check()
}

func codecNamed(name string) media.Codec {
	if name == "L16" {
		return media.L16at16k
	}
	for c := range media.NumCodecs {
		if strings.EqualFold(c.String(), name) {
			return c
		}
	}
	return media.NoCodec
}

// printLoad prints the table.
func printLoad(w *writers, r *load.Report) {
	t := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	row("callers", "%d in %d conferences, %s", r.Calls, r.Conferences, r.Codec)
	if r.MicrosPerLegTick > 0 {
		row("processor", "%.2f µs per leg and tick, %.2f cores", r.MicrosPerLegTick, r.CoresUsed)
	}
	if r.BytesPerLeg > 0 {
		row("memory", "%.1f KiB per leg", r.BytesPerLeg/1024)
	}
	row("packets", "%d of %d came; %d lost, %d out of order, %d wrong time stamps", r.Received, r.Expected, r.Lost, r.Disordered, r.WrongTimestamps)
	row("between packets", "median %.1f ms, p99 %.1f ms, max %.1f ms", r.GapP50, r.GapP99, r.GapMax)
	if r.SetupRate > 0 {
		row("set-up", "%.0f calls/s; median %.1f ms, p99 %.1f ms, max %.1f ms; %d failed later, %d dropped", r.SetupRate, r.SetupP50, r.SetupP99, r.SetupMax, r.ChurnFailed, r.Dropped)
	}
	if r.Delays > 0 {
		row("mouth to ear", "median %.1f ms, p95 %.1f ms, of %d", r.DelayP50, r.DelayP95, r.Delays)
	}
	if h := r.Heard; h != nil {
		row("heard", "%d of %d callers examined heard the right voices", h.Ears-h.Wrong, h.Ears)
		for _, e := range h.Examples {
			row("", "✗ %s", e)
		}
	}
	row("generator", "%.2f µs per leg and tick, late p99 %.1f ms, max %.1f ms", r.Own, r.LateP99, r.LateMax)
	t.Flush()
	if r.Bottleneck {
		fmt.Fprintln(w.out, "the generator itself was late: times and losses may be its own")
	}
}

// writeFigures writes figures with the machine they come from.
func writeFigures(name string, figures any) error {
	b, err := json.MarshalIndent(struct {
		Go      string `json:"go"`
		System  string `json:"system"`
		Cores   int    `json:"cores"`
		Figures any    `json:"figures"`
	}{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, runtime.NumCPU(), figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}

var errNotReady = errors.New("the bridge did not come up within 20 s")
