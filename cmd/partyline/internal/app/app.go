// Package app wires the parts of Partyline into one running bridge. The serve
// command, the demo and the end-to-end tests all start it here.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"partyline/api"
	"partyline/api/metrics"
	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/sip"
)

// App is a running bridge with its SIP and HTTP front ends. Its methods are
// safe for concurrent use.
type App struct {
	cfg      Config
	accounts []Account
	log      *slog.Logger

	prompts *prompt.Library
	bridge  *bridge.Bridge
	sip     *sip.Server
	metrics *metrics.Metrics
	control net.Listener
	scraped net.Listener // nil: nowhere

	closers []func() // what Close runs, last first
	closing sync.Once
	failed  chan error
}

// Start starts everything and returns once calls and requests are accepted.
// An account is made up when cfg has none. Close ends the App; cancelling ctx
// only ends the starting.
func Start(ctx context.Context, cfg Config) (*App, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, accounts: cfg.Accounts, log: cfg.Logger, failed: make(chan error, 4)}
	if len(a.accounts) == 0 {
		a.accounts = []Account{NewAccount()}
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	for _, step := range []func(context.Context) error{a.startBridge, a.startAPI, a.startSIP, a.startMetrics} {
		if err := step(ctx); err != nil {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

// startBridge starts the media clocks, with nothing to mix yet.
func (a *App) startBridge(context.Context) error {
	network, err := openNetwork(a.cfg.RTP)
	if err != nil {
		return fmt.Errorf("rtp: %w%s", err, remedy(err))
	}
	a.prompts = prompt.New(a.promptOptions())
	a.onClose(a.prompts.Close)
	a.bridge, err = bridge.New(a.bridgeConfig(network))
	if err != nil {
		return err
	}
	a.onClose(a.bridge.Close)
	return nil
}

// openNetwork opens and closes one pair, so that an address this machine does
// not have is found at the start and not by the first caller.
func openNetwork(r PortRange) (*media.UDP, error) {
	network, err := media.NewUDP(r.Addr, r.First, r.Last)
	if err != nil {
		return nil, err
	}
	rtp, rtcp, err := network.Open()
	if err != nil {
		return nil, err
	}
	return network, errors.Join(rtp.Close(), rtcp.Close())
}

// startAPI serves the control API.
func (a *App) startAPI(ctx context.Context) (err error) {
	a.metrics = metrics.New(a.metricsOptions()) // which count its requests
	a.control, err = a.serve(ctx, "http", a.cfg.HTTP, api.New(a.apiOptions()))
	return err
}

// startMetrics serves the metrics, where that is wanted.
func (a *App) startMetrics(ctx context.Context) (err error) {
	if a.cfg.Metrics.Listen != "" {
		a.scraped, err = a.serve(ctx, "metrics.listen", a.cfg.Metrics.Listen, a.metrics)
	}
	return err
}

// serve serves HTTP on an address until Close. Its errors name the setting.
func (a *App) serve(ctx context.Context, setting, addr string, h http.Handler) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", setting, err, remedy(err))
	}
	server := api.NewServer(h, a.log)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(api.NewListener(l)); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("%s: %w", setting, err)
		}
	})
	a.onClose(func() {
		server.Close()
		serving.Wait()
	})
	return l, nil
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

// HTTPAddr is the address of the control API as bound.
func (a *App) HTTPAddr() netip.AddrPort {
	return a.control.Addr().(*net.TCPAddr).AddrPort()
}

// MetricsAddr is the address of the metrics as bound, the zero value when they
// are served nowhere.
func (a *App) MetricsAddr() netip.AddrPort {
	if a.scraped == nil {
		return netip.AddrPort{}
	}
	return a.scraped.Addr().(*net.TCPAddr).AddrPort()
}

// Account is the account that calls belong to unless an admission rule says
// otherwise.
func (a *App) Account() Account { return a.accounts[0] }

// Failed yields an error when a listener dies while the App runs.
func (a *App) Failed() <-chan error { return a.failed }

// Close ends everything at once and waits for its goroutines.
func (a *App) Close() {
	a.closing.Do(func() {
		for i := len(a.closers) - 1; i >= 0; i-- {
			a.closers[i]()
		}
	})
}
