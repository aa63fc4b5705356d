package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"partyline/bench/internal/floor"
	"partyline/bench/internal/load"
	"partyline/media"
)

// floorCmd measures the floor.
type floorCmd struct {
	Legs    int           `default:"1000" placeholder:"N" help:"Sockets. (${default})"`
	Settle  time.Duration `default:"2s" placeholder:"DURATION" help:"From the first packet to the measurement. (${default})"`
	Measure time.Duration `default:"10s" placeholder:"DURATION" help:"How long to measure. (${default})"`
	JSON    string        `name:"json" placeholder:"FILE" type:"path" help:"Write every figure to FILE as JSON."`
}

// Help is shown below the flags.
func (floorCmd) Help() string {
	return `
A process of its own receives one packet and sends one per leg and tick of
20 ms, on raw sockets, and does nothing else: the kernel's cost, which no bridge
can stay below. Every other figure is a ratio to it.`
}

// Run measures and prints.
func (f *floorCmd) Run(w *writers) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := measureFloor(ctx, w, f.Legs, f.Settle, f.Measure)
	if err != nil {
		return err
	}
	printLoad(w, report)
	if f.JSON == "" {
		return nil
	}
	fmt.Fprintf(w.out, "figures   %s\n", f.JSON)
	return writeFigures(f.JSON, report)
}

func measureFloor(ctx context.Context, w *writers, legs int, settle, measure time.Duration) (*load.Report, error) {
	r, err := startReflector(legs)
	if err != nil {
		return nil, err
	}
	defer r.stop()
	return load.Run(ctx, load.Config{
		Local: netip.AddrFrom4([4]byte{127, 0, 0, 1}), Calls: legs, Conferences: 1, Ramp: 1, Codec: media.PCMU,
		Settle: settle, Measure: measure, PID: r.cmd.Process.Pid, Echoes: r.addrs,
		Progress: func(format string, args ...any) { fmt.Fprintf(w.progress, format+"\n", args...) },
	})
}

// reflectCmd is the process that floorCmd starts.
type reflectCmd struct {
	Legs int `required:""`
}

// Run prints the sockets' addresses and reflects until its input ends.
func (r *reflectCmd) Run(w *writers) error {
	f, err := floor.Open(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 10000, 29999, r.Legs)
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
