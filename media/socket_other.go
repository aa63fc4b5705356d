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
	conn   *net.UDPConn
	local  netip.AddrPort
	closed func() // called once, by Close
}

// mailbox is nothing here.
type mailbox struct{}

// approach does nothing here: the system's own memory is not to be had.
func approach(Socket) {}

// listen binds a UDP socket that never blocks. Closed is called when it is
// closed.
func listen(addr netip.AddrPort, closed func()) (Socket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return &netSocket{conn, netip.AddrPortFrom(local.Addr().Unmap(), local.Port()), closed}, nil
}

func (s *netSocket) LocalAddr() netip.AddrPort { return s.local }

func (s *netSocket) Close() error {
	err := s.conn.Close()
	if err == nil {
		s.closed()
	}
	return err
}

// Recv cannot use a deadline in the past: the runtime then fails without
// asking the kernel. One a moment ahead makes it ask once.
func (s *netSocket) Recv(d *Datagram) error {
	now := time.Now()
	if err := s.conn.SetReadDeadline(now.Add(50 * time.Microsecond)); err != nil {
		return err
	}
	n, from, err := s.conn.ReadFromUDPAddrPort(d.room[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrNoDatagram
	}
	d.Data, d.From, d.At = d.room[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), now
	return err
}

func (s *netSocket) Send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}
