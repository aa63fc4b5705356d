package sdp

import (
	"errors"
	"fmt"
)

// ErrSyntax is wrapped by errors about descriptions that can't be read at all.
var ErrSyntax = errors.New("sdp: malformed description")

// Warning codes of RFC 3261 section 20.43 that explain a refusal.
const (
	WarnNetworkProtocol = 300 // Incompatible network protocol
	WarnNetworkAddress  = 301 // Incompatible network address formats
	WarnTransport       = 302 // Incompatible transport protocol
	WarnMediaType       = 304 // Media type not available
	WarnMediaFormat     = 305 // Incompatible media format
)

// Unacceptable says that a description was understood and that nothing in it
// can be agreed to.
type Unacceptable struct {
	Warning int    // a code of RFC 3261 section 20.43
	Reason  string // for the Warning header, in plain ASCII
}

// Error implements error.
func (u *Unacceptable) Error() string {
	return fmt.Sprintf("sdp: %s (%d)", u.Reason, u.Warning)
}

func syntax(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSyntax, fmt.Sprintf(format, args...))
}
