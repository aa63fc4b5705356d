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
	Target  string `placeholder:"IP:PORT" group:"What is called" help:"The bridge to call, over UDP. Without it, this tree's own is built and started."`
	URI     string `name:"uri" placeholder:"URI" group:"What is called" help:"What to call; %d becomes the conference's number. (sip:load-%d@TARGET)"`
	PID     int    `name:"pid" placeholder:"PID" group:"What is called" help:"The process of --target, to measure what it costs."`
	API     string `name:"api" placeholder:"IP:PORT" group:"What is called" help:"The control API of --target."`
	Account string `placeholder:"SID:TOKEN" group:"What is called" help:"The account of --api."`
	Metrics string `placeholder:"IP:PORT" group:"What is called" help:"Where --target serves /metrics."`

	Calls         int     `default:"1000" placeholder:"N" group:"Callers" help:"Callers, all of them sending all the time. (${default})"`
	Conferences   int     `default:"100" placeholder:"M" group:"Callers" help:"Conferences they are spread over. (${default})"`
	Talkers       int     `default:"3" placeholder:"T" group:"Callers" help:"Talkers per conference, each with a tone of its own; the others send faint noise. (${default})"`
	Codec         string  `default:"PCMU" enum:"PCMU,PCMA,G722,opus,L16" placeholder:"CODEC" group:"Callers" help:"PCMU, PCMA, G722, opus or L16. (${default})"`
	Ramp          float64 `default:"200" placeholder:"CPS" group:"Callers" help:"Calls made per second. (${default})"`
	Coaches       int     `placeholder:"N" group:"Callers" help:"Callers whom only one other caller hears. (0)"`
	Announcements int     `placeholder:"N" group:"Callers" help:"Callers who hear an announcement that does not end. (0)"`
	Held          int     `placeholder:"N" group:"Callers" help:"Callers on hold, all with one HoldUrl. (0)"`
	Muted         int     `placeholder:"N" group:"Callers" help:"Callers who are muted. (0)"`

	Settle  time.Duration `default:"3s" placeholder:"DURATION" group:"Measurement" help:"From the last answer to the measurement. (${default})"`
	Measure time.Duration `default:"10s" placeholder:"DURATION" group:"Measurement" help:"How long to measure. (${default})"`
	NoProbe bool          `group:"Measurement" help:"Do not measure the delay."`
	JSON    string        `name:"json" placeholder:"FILE" type:"path" group:"Measurement" help:"Write every figure to FILE as JSON."`

	Churn    float64       `placeholder:"CPS" group:"What goes on meanwhile" help:"Calls that come and go per second. (0)"`
	Life     time.Duration `default:"1s" placeholder:"DURATION" group:"What goes on meanwhile" help:"How long each of these lasts. (${default})"`
	Updates  float64       `placeholder:"N" group:"What goes on meanwhile" help:"Participants updated per second by the control API: muted, unmuted, put on hold and back. (0)"`
	Garbage  byteSize      `placeholder:"BYTES" group:"What goes on meanwhile" help:"Garbage made per second in the process of this tree's bridge, such as 1GB. (0)"`
	LogLevel string        `default:"warn" enum:"debug,info,warn,error" placeholder:"LEVEL" group:"What goes on meanwhile" help:"What this tree's bridge logs, to a file: debug, info, warn or error. (${default})"`
	Cores    int           `placeholder:"N" group:"What goes on meanwhile" help:"Cores that this tree's bridge may use, as GOMAXPROCS. (all)"`
}

// Help is shown below the flags.
func (loadCmd) Help() string {
	return `
The callers speak from this machine's loopback; figures of a bridge on another
machine would be those of the network. Times between packets and set-up times
come from the kernel's receive time stamps. The audio of some callers is
examined: each must hear the talkers of its own conference, without itself, and
nobody else; who is coached, on hold or hears an announcement must hear that.

A storm of calls is --calls=0 --churn=1000 --measure=30s. Calls come from several
addresses of loopback, 200 per second from each, because bridges bound what one
address may do.

When the generator was late itself the report says so: then times and losses
may be its own, and fewer --calls give figures of the bridge.

With --garbage the bridge is wired from the same parts within this program, as
the real one makes none on demand.

The exit status is 1 when a call or an update failed, a caller heard what it must
not, or missed what it must; and 2 for a mistake in the flags.`
}

// Run makes the calls and prints what was found.
func (l *loadCmd) Run(w *writers) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := l.config(w)
	if err != nil {
		return flagError{err}
	}
	var logged func() int64
	lastWords := func() string { return "" }
	if l.Target == "" {
		b, err := startBridge(ctx, w.progress, bridgeOptions{cores: l.Cores, logLevel: l.LogLevel, garbage: l.Garbage})
		if err != nil {
			return err
		}
		defer b.stop()
		b.aim(&cfg)
		logged, lastWords = b.logged, b.lastWords
	}
	if cfg.URI == "" {
		cfg.URI = "sip:load-%d@" + cfg.Target.String()
	}
	report, err := load.Run(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%w%s", err, lastWords())
	}
	printLoad(w, report)
	if logged != nil && l.LogLevel != "warn" {
		fmt.Fprintf(w.out, "log       %d KiB\n", logged()/1024)
	}
	if l.JSON != "" {
		if err := writeFigures(l.JSON, report); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "figures   %s\n", l.JSON)
	}
	return wrongs(report)
}

// wrongs is what a run found that must not be, nil for nothing.
func wrongs(r *load.Report) error {
	var all []error
	if c := r.Churn; c != nil && c.Failed > 0 {
		all = append(all, fmt.Errorf("%d of %d calls that came and went failed, the first because: %s", c.Failed, c.Made, c.Reason))
	}
	if c := r.Churn; c != nil && c.Unmade != "" {
		all = append(all, fmt.Errorf("not every call could be made: %s; write a smaller --churn or --life", c.Unmade))
	}
	if r.Dropped > 0 {
		all = append(all, fmt.Errorf("the bridge ended %d calls", r.Dropped))
	}
	if u := r.Updates; u != nil && u.Failed > 0 {
		all = append(all, fmt.Errorf("%d of %d updates failed, the first because: %s", u.Failed, u.Made, u.Reason))
	}
	if h := r.Heard; h != nil && h.Wrong > 0 {
		all = append(all, fmt.Errorf("%d of %d callers examined heard the wrong thing", h.Wrong, h.Ears))
	}
	return errors.Join(all...)
}

// config turns the flags into a run.
func (l *loadCmd) config(w *writers) (load.Config, error) {
	cfg := load.Config{
		URI: l.URI, Local: netip.AddrFrom4([4]byte{127, 0, 0, 1}),
		Calls: l.Calls, Conferences: l.Conferences, Talkers: l.Talkers, Codec: codecNamed(l.Codec),
		Coaches: l.Coaches, Announcements: l.Announcements, Held: l.Held, Muted: l.Muted,
		Ramp: l.Ramp, Settle: l.Settle, Measure: l.Measure, Churn: l.Churn, Life: l.Life, Updates: l.Updates, PID: l.PID, Probe: !l.NoProbe,
		Progress: func(format string, args ...any) { fmt.Fprintf(w.progress, format+"\n", args...) },
	}
	if l.URI != "" && !strings.Contains(l.URI, "%d") {
		return cfg, fmt.Errorf("--uri: %q has no %%d for the conference's number", l.URI)
	}
	if err := l.foreign(&cfg); err != nil {
		return cfg, err
	}
	if l.Target == "" {
		check := cfg
		check.Control.Addr = "this tree's" // it has one
		return cfg, check.Check()
	}
	return cfg, cfg.Check()
}

// foreign reads the flags about a bridge that is not this tree's, and finds
// those that are in the wrong place.
func (l *loadCmd) foreign(cfg *load.Config) (err error) {
	if l.Target == "" {
		if l.PID != 0 || l.API != "" || l.Account != "" || l.Metrics != "" {
			return errors.New("--target: missing; --pid, --api, --account and --metrics are about it")
		}
		return nil
	}
	if l.Garbage > 0 || l.LogLevel != "warn" || l.Cores != 0 {
		return errors.New("--target: cannot be told --garbage, --log-level or --cores; leave them out, or start this tree's bridge")
	}
	if cfg.Target, err = netip.ParseAddrPort(l.Target); err != nil {
		return fmt.Errorf("--target: %q; write an address and port such as 127.0.0.1:5060", l.Target)
	}
	if l.API == "" {
		cfg.Metrics = l.Metrics
		return nil
	}
	sid, token, ok := strings.Cut(l.Account, ":")
	if !ok {
		return fmt.Errorf("--account: %q; write the account id, a colon and its token", sid)
	}
	cfg.Control = load.Control{Addr: l.API, Account: sid, Token: token}
	cfg.Metrics = l.Metrics
	return nil
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
	printRoles(row, r)
	if r.MicrosPerLegTick > 0 {
		row("processor", "%.2f µs per leg and tick, %.2f cores", r.MicrosPerLegTick, r.CoresUsed)
	}
	if r.BytesPerLeg > 0 {
		row("memory", "%.1f KiB per leg", r.BytesPerLeg/1024)
	}
	row("packets", "%d of %d came; %d lost, %d out of order, %d wrong time stamps", r.Received, r.Expected, r.Lost, r.Disordered, r.WrongTimestamps)
	row("between packets", "median %.1f ms, p99 %.1f ms, max %.1f ms", r.GapP50, r.GapP99, r.GapMax)
	if r.SetupRate > 0 {
		row("set-up", "%.0f calls/s; median %.1f ms, p99 %.1f ms, max %.1f ms", r.SetupRate, r.SetupP50, r.SetupP99, r.SetupMax)
	}
	printStrain(row, r)
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
	if c := r.Churn; c != nil {
		row("", "calls made late p99 %.1f ms, max %.1f ms", c.LateP99, c.LateMax)
	}
	if u := r.Updates; u != nil {
		row("", "%d updates sent late", u.Late)
	}
	t.Flush()
	if r.Bottleneck {
		fmt.Fprintln(w.out, "the generator itself was late: times and losses may be its own")
	}
}

// printRoles prints what callers do besides.
func printRoles(row func(name, format string, args ...any), r *load.Report) {
	var all []string
	for _, role := range []struct {
		n    int
		what string
	}{{r.Coaches, "coaches"}, {r.Announcements, "hear an announcement"}, {r.Held, "on hold"}, {r.Muted, "muted"}} {
		if role.n > 0 {
			all = append(all, fmt.Sprintf("%d %s", role.n, role.what))
		}
	}
	if all != nil {
		row("of them", "%s", strings.Join(all, ", "))
	}
}

// printStrain prints what went on meanwhile.
func printStrain(row func(name, format string, args ...any), r *load.Report) {
	if c := r.Churn; c != nil {
		row("calls that came and went", "%d of %d answered, %.0f/s; %d failed, %d dropped, %d silent, %d requests repeated",
			c.Answered, c.Made, c.Rate, c.Failed, c.Dropped, c.Silent, c.Repeated)
		row("their set-up", "median %.1f ms, p99 %.1f ms, max %.1f ms", c.SetupP50, c.SetupP99, c.SetupMax)
		row("to their first audio", "median %.1f ms, p99 %.1f ms, max %.1f ms", c.AudioP50, c.AudioP99, c.AudioMax)
	}
	if u := r.Updates; u != nil {
		row("updates", "%.0f/s; median %.1f ms, p99 %.1f ms, max %.1f ms; %d of %d failed", u.Rate, u.P50, u.P99, u.Max, u.Failed, u.Made)
	}
	if c := r.Counters; c != nil {
		row("collections", "%.0f; %.1f MB/s allocated; %.0f ticks skipped", c["go_gc_duration_seconds_count"],
			c["go_memstats_alloc_bytes_total"]/r.Seconds/1e6, c["partyline_ticks_skipped_total"])
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
