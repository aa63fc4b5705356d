// Command partyline is a self-hosted audio conference bridge: phones call in
// over SIP, and an HTTP API mutes, holds, announces to, coaches and removes
// them while they talk.
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
	Serve   serveCmd   `cmd:"" help:"Run the bridge."`
	Demo    demoCmd    `cmd:"" help:"Let three built-in phones try every participant update and show what each one heard."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program but for its exit: it returns the exit status, 2 for
// a mistake in the settings and 1 for everything else that fails.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	code := -1 // set when kong has answered for us, as with --help
	parser := newParser(&c, stdout, stderr, func(status int) { code = status })
	ctx, err := parser.Parse(args)
	if code >= 0 {
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "partyline: %s\n", flagMistake(err))
		return 2
	}
	err = ctx.Run(&streams{stdout, stderr})
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "partyline: %v\n", err)
	if errors.As(err, new(settingsError)) {
		return 2
	}
	return 1
}

func newParser(c *cli, stdout, stderr io.Writer, exit func(int)) *kong.Kong {
	return kong.Must(c, append(wordedMappers(),
		kong.Name("partyline"),
		kong.Description("A self-hosted audio conference bridge."),
		kong.DefaultEnvars("PARTYLINE"),
		kong.Writers(stdout, stderr),
		kong.Exit(exit),
	)...)
}

// streams is where a subcommand writes: what was asked for to out, everything
// about how it went to err.
type streams struct{ out, err io.Writer }

// settingsError is a mistake in the settings, as opposed to a failure of what
// they ask for.
type settingsError struct{ error }
