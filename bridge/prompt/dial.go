package prompt

import (
	"context"
	"net"
)

// WithDial returns o with a dialer of the caller's instead of the guarded one:
// an in-memory network in a test, or one that guards by other rules. Allow has
// no effect then.
func (o Options) WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Options {
	o.dial = dial
	return o
}
