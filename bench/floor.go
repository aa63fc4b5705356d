package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
	"partyline/media"
)

// floorCmd measures the floor.
type floorCmd struct {
	Legs    int           `default:"1000" placeholder:"N" help:"Sockets. (${default})"`
	Settle  time.Duration `default:"2s" placeholder:"DURATION" help:"From the first packet to the measurement. (${default})"`
	Measure time.Duration `default:"10s" placeholder:"DURATION" help:"How long to measure, each kind of socket. (${default})"`
	JSON    string        `name:"json" placeholder:"FILE" type:"path" help:"Write every figure to FILE as JSON."`
}

// Help is shown below the flags.
func (floorCmd) Help() string {
	return `
A process of its own receives one packet and sends one per leg and tick of
20 ms, on raw sockets, and does nothing else: the kernel's cost, which no bridge
can stay below. Every other figure is a ratio to it.

It is measured twice: with plain sockets, the floor that ratios are to, and with
sockets connected to their phone, for which the kernel does less.`
}

// bothFloors are the figures of bench floor.
type bothFloors struct {
	Plain     *load.Report `json:"floor"`
	Connected *load.Report `json:"floor_connected"`
}

// Run measures and prints.
func (f *floorCmd) Run(w *writers) error {
	if f.Legs < 1 {
		return flagError{fmt.Errorf("--legs: %d; write 1 or more", f.Legs)}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var both bothFloors
	table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	for _, kind := range []floor.Kind{floor.Plain, floor.Connected} {
		fmt.Fprintf(w.progress, "%v: %d legs, about %s\n", kind, f.Legs, (f.Settle + f.Measure).Round(time.Second))
		report, err := measureFloor(ctx, w, kind, f.Legs, media.PCMU, f.Settle, f.Measure)
		if err != nil {
			return err
		}
		printFloor(table, kind, report)
		if kind == floor.Plain {
			both.Plain = report
		} else {
			both.Connected = report
		}
	}
	fmt.Fprintf(table, "connected\t%.2f of plain\n", both.Connected.MicrosPerLegTick/both.Plain.MicrosPerLegTick)
	table.Flush()
	if f.JSON == "" {
		return nil
	}
	fmt.Fprintf(w.out, "figures   %s\n", f.JSON)
	return writeFigures(f.JSON, both)
}

// printFloor prints what one kind of socket costs.
func printFloor(w io.Writer, kind floor.Kind, r *load.Report) {
	fmt.Fprintf(w, "%v\t%.2f µs per leg and tick, %.2f cores; %d of %d packets came\n",
		kind, r.MicrosPerLegTick, r.CoresUsed, r.Received, r.Expected)
	if r.Bottleneck {
		fmt.Fprintf(w, "\tthe generator was late, up to %.1f ms: the floor was not asked for all it could do\n", r.LateMax)
	}
}

// measureFloor measures a floor whose packets are as long as those of a codec.
func measureFloor(ctx context.Context, w *writers, kind floor.Kind, legs int, c media.Codec, settle, measure time.Duration) (*load.Report, error) {
	r, err := startReflector(kind, legs)
	if err != nil {
		return nil, err
	}
	defer r.stop()
	return load.Run(ctx, load.Config{
		Local: netip.AddrFrom4([4]byte{127, 0, 0, 1}), Calls: legs, Conferences: 1, Ramp: 1, Codec: c,
		Settle: settle, Measure: measure, PID: r.cmd.Process.Pid, Echoes: r.addrs,
		Progress: func(format string, args ...any) { fmt.Fprintf(w.progress, format+"\n", args...) },
	})
}

// reflectCmd is the process that floorCmd starts.
type reflectCmd struct {
	Legs      int `required:""`
	Connected bool
}

// Run prints the sockets' addresses and reflects until its input ends.
func (r *reflectCmd) Run(w *writers) error {
	kind := floor.Plain
	if r.Connected {
		kind = floor.Connected
	}
	f, err := floor.Open(kind, netip.AddrFrom4([4]byte{127, 0, 0, 1}), 10000, 29999, r.Legs)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, a := range f.Addrs() {
		fmt.Fprintln(w.out, a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	f.Run(ctx)
	return nil
}
