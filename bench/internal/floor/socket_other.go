//go:build !linux

package floor

import (
	"errors"
	"net/netip"
)

// Only Linux has a floor: elsewhere Open fails.
type (
	socket struct{}
	buffer struct{}
)

func open(netip.AddrPort) (socket, error)    { return socket{}, errors.ErrUnsupported }
func isTaken(error) bool                     { return false }
func (s *socket) reflect(Kind, *buffer) bool { return false }
func (s *socket) close()                     {}
