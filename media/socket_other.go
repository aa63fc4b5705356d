//go:build !linux

package media

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

// netSocket is the portable Socket: a net.UDPConn whose read deadline has
// always passed. It is correct, not fast, and knows no kernel time stamps.
type netSocket struct {
	conn  *net.UDPConn
	local netip.AddrPort
}

// listen binds a UDP socket that never blocks.
func listen(addr netip.AddrPort) (Socket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return &netSocket{conn: conn, local: netip.AddrPortFrom(local.Addr().Unmap(), local.Port())}, nil
}

func (s *netSocket) LocalAddr() netip.AddrPort { return s.local }
func (s *netSocket) Close() error              { return s.conn.Close() }

// Recv cannot use a deadline in the past: the runtime then fails without
// asking the kernel. One a moment ahead makes it ask once.
func (s *netSocket) Recv(b []byte) (n int, from netip.AddrPort, at time.Time, err error) {
	now := time.Now()
	if err := s.conn.SetReadDeadline(now.Add(50 * time.Microsecond)); err != nil {
		return 0, from, at, err
	}
	n, from, err = s.conn.ReadFromUDPAddrPort(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, from, at, ErrNoDatagram
	}
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), now, err
}

func (s *netSocket) Send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}
