package app

import (
	"context"
	"errors"
)

// startSIP takes calls.
func (a *App) startSIP(context.Context) error { return errors.New("sip: later") }
