package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"partyline/api/metrics"
	"partyline/sip"
)

// startSIP takes calls.
func (a *App) startSIP(context.Context) error {
	server, err := sip.New(a.sipOptions())
	if err != nil {
		return fmt.Errorf("sip: %s%s", strings.TrimPrefix(err.Error(), "sip: "), remedy(err))
	}
	a.sip = server
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(context.Background()); err != nil {
			a.failed <- fmt.Errorf("sip: %w", err)
		}
	})
	a.onClose(func() {
		server.Close()
		serving.Wait()
	})
	return nil
}

// SIPAddr is the address of the first SIP listener as bound.
func (a *App) SIPAddr() netip.AddrPort { return a.SIPAddrs()[0] }

// SIPAddrs are the addresses of all SIP listeners as bound.
func (a *App) SIPAddrs() []netip.AddrPort {
	var all []netip.AddrPort
	for _, listen := range a.sip.Addrs() {
		_, addr, _ := strings.Cut(listen, ":")
		all = append(all, netip.MustParseAddrPort(addr))
	}
	return all
}

// calls is what the metrics show of SIP.
func (a *App) calls() metrics.Calls {
	s := a.sip.Stats()
	return metrics.Calls{
		Datagrams: s.Datagrams, Junk: s.Junk, Malformed: s.Malformed, Limited: s.Limited,
		ReadErrors: s.ReadErrors, Requests: s.Requests, Refused: s.Refused, Answered: s.Answered,
		Panics: s.Panics, Now: s.Calls,
	}
}

// Drain takes no new calls, ends those there are with a BYE each, and returns
// when all of these are answered. It returns the error of ctx when that ends
// first.
func (a *App) Drain(ctx context.Context) error {
	a.sip.Drain()
	return errors.Join(a.bridge.HangUpAll(ctx), a.sip.Shutdown(ctx))
}
