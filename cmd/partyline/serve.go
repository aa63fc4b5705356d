package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"partyline/cmd/partyline/internal/app"
)

// drainTime is how long a phone has to answer the BYE of a bridge that shuts
// down: 64*T1, after which the transaction is over anyway (RFC 3261 section
// 17.1.2.2).
const drainTime = 32 * time.Second

type serveCmd struct {
	ConfigFile string `name:"config" type:"path" placeholder:"FILE" help:"Read settings from a YAML file. Flags and PARTYLINE_* variables override it."`
	app.Config
}

// Run serves until SIGTERM or SIGINT, drains, and returns nil. A second signal
// ends the draining at once.
func (c *serveCmd) Run(ctx *kong.Context, s *streams) error {
	if err := c.settle(ctx); err != nil {
		return settingsError{err}
	}
	tuneCollector(os.LookupEnv)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	c.Logger = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: c.Log.Level}))
	madeUp := len(c.Accounts) == 0
	c.Version = version
	a, err := app.Start(context.Background(), c.Config)
	if err != nil {
		return err
	}
	defer a.Close()
	greet(s.out, a, madeUp)
	ready(s.err, a)

	select {
	case <-signals:
		return drain(a, signals)
	case err := <-a.Failed():
		return err
	}
}

// settle completes the settings with those of the file and checks them all.
func (c *serveCmd) settle(ctx *kong.Context) error {
	if c.ConfigFile != "" {
		if err := loadFile(c.ConfigFile, ctx, &c.Config); err != nil {
			return err
		}
	}
	return c.Check()
}

// drain ends every call, and stops waiting for that at the next signal.
func drain(a *app.App, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	a.Drain(ctx)
	return nil
}

// greet tells a person at a terminal how to try the bridge. The token is shown
// only when it was made up, since nobody could know it otherwise.
func greet(out io.Writer, a *app.App, madeUp bool) {
	token := "$TOKEN"
	if madeUp {
		token = a.Account().Token
	}
	for _, addr := range a.SIPAddrs() {
		fmt.Fprintf(out, "Call    sip:lobby@%s\n", addr)
	}
	fmt.Fprintf(out, "Control curl -s -H \"Authorization: Bearer %s\" \"http://%s/v2/texml/Accounts/%s/Conferences\"\n",
		token, a.HTTPAddr(), a.Account().SID)
	if addr := a.MetricsAddr(); addr.IsValid() {
		fmt.Fprintf(out, "Metrics http://%s/metrics\n", addr)
	}
}

// ready is the line by which programs learn that calls are accepted, and
// where. Several SIP addresses are separated by commas.
func ready(out io.Writer, a *app.App) {
	var sip []string
	for _, addr := range a.SIPAddrs() {
		sip = append(sip, addr.String())
	}
	fmt.Fprintf(out, "ready sip=%s http=%s\n", strings.Join(sip, ","), a.HTTPAddr())
}
