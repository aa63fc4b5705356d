// Package app wires the parts of Partyline into one running bridge.
package app

import (
	"context"
	"net/netip"
)

// App is a running bridge with its SIP and HTTP front ends.
type App struct{}

// Start starts everything and returns once calls and requests are accepted.
// Close or Drain ends it. Cancelling ctx does not.
func Start(ctx context.Context, cfg Config) (*App, error) { panic("later") }

// SIPAddr is the address of the first SIP listener as bound.
func (a *App) SIPAddr() netip.AddrPort { panic("later") }

// HTTPAddr is the address of the control API as bound.
func (a *App) HTTPAddr() netip.AddrPort { panic("later") }

// Account is the first account: the one that calls belong to.
func (a *App) Account() Account { panic("later") }

// Drain takes no new calls, ends those there are with a BYE each, and returns
// when all are over or ctx is done.
func (a *App) Drain(ctx context.Context) error { panic("later") }

// Close ends everything at once.
func (a *App) Close() error { panic("later") }
