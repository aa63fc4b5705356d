//go:build !linux

package load

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// wire is the UDP socket of a caller. It needs what only Linux has.
type wire struct{ local netip.AddrPort }

func openWire(netip.AddrPort) (wire, error) {
	return wire{}, errors.New("load: calls can be made on Linux only")
}

func (*wire) connect(netip.AddrPort) error { return errors.ErrUnsupported }
func (*wire) send([]byte)                  {}
func (*wire) empty()                       {}
func (*wire) close()                       {}

type inlet struct{}

func newInlet() *inlet                    { return nil }
func (*inlet) recv(*wire) ([]byte, int64) { return nil, 0 }
func stamp([]byte) int64                  { return 0 }
func monotonic() int64                    { return time.Now().UnixNano() }
func sleepUntil(deadline int64)           { time.Sleep(time.Duration(deadline - monotonic())) }
func prefer()                             {}
func giveWay()                            {}
func stampConn(*net.UDPConn)              {}
