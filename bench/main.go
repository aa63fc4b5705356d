package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Quality qualityCmd `cmd:"" help:"Judge the audio path, case by case, on a simulated network, and draw its delay."`
	Floor   floorCmd   `cmd:"" help:"Measure the least that any program must do per leg."`
	Load    loadCmd    `cmd:"" help:"Call a SIP bridge on this machine from many phones, and measure."`
	Report  reportCmd  `cmd:"" help:"Measure the cost of a caller in many shapes and write RESULTS.md."`
	Reflect reflectCmd `cmd:"" hidden:""`
	Host    hostCmd    `cmd:"" hidden:""`
}

func main() { os.Exit(start(os.Args[1:], os.Stdout, os.Stderr)) }

// errFailed is a run that went through and found something wrong.
var errFailed = errors.New("not every case passed")

// flagError is a mistake in the flags.
type flagError struct{ error }

// start is the whole program but for its exit: it returns the exit status, 2 for
// a mistake in the flags and 1 for everything else that fails.
func start(args []string, out, progress io.Writer) int {
	var c cli
	code := -1 // set when kong has answered for us, as with --help
	parser := kong.Must(&c,
		kong.Name("bench"),
		kong.Description("Measures Partyline as a whole. The benchmarks are run by go test -bench . ./bench"),
		kong.Writers(out, progress),
		kong.Exit(func(status int) { code = status }),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
	)
	ctx, err := parser.Parse(args)
	switch {
	case code >= 0:
		return code
	case err != nil:
		fmt.Fprintf(progress, "bench: %v\n", err)
		return 2
	}
	if err := ctx.Run(&writers{out, progress}); err != nil {
		fmt.Fprintf(progress, "bench: %v\n", err)
		if errors.As(err, new(flagError)) {
			return 2
		}
		return 1
	}
	return 0
}

// writers are where a subcommand writes: the report to out, what goes on
// meanwhile to progress.
type writers struct{ out, progress io.Writer }
