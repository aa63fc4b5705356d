package app

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// Listen is one place where calls come in, written TRANSPORT:IP:PORT.
type Listen struct {
	Transport string // "udp"
	Addr      netip.AddrPort
}

// String returns the listener as it is written.
func (l Listen) String() string { return l.Transport + ":" + l.Addr.String() }

// MarshalText writes the form UnmarshalText reads.
func (l Listen) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads TRANSPORT:IP:PORT.
func (l *Listen) UnmarshalText(text []byte) error {
	transport, addr, ok := strings.Cut(string(text), ":")
	if !ok {
		return fmt.Errorf("%q is not TRANSPORT:IP:PORT; write for example udp:127.0.0.1:5060", text)
	}
	if transport != "udp" {
		return fmt.Errorf("transport %q is not supported; write udp", transport)
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not an IP address and port; write for example udp:127.0.0.1:5060", text)
	}
	*l = Listen{transport, ap}
	return nil
}

// PortRange is the UDP ports of the audio, written IP:FIRST-LAST. A leg takes
// two neighbouring ports, an even one for RTP and an odd one for RTCP.
type PortRange struct {
	Addr        netip.Addr
	First, Last uint16
}

// String returns the range as it is written.
func (r PortRange) String() string {
	return netip.AddrPortFrom(r.Addr, r.First).String() + "-" + strconv.Itoa(int(r.Last))
}

// MarshalText writes the form UnmarshalText reads.
func (r PortRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads IP:FIRST-LAST.
func (r *PortRange) UnmarshalText(text []byte) error {
	i := strings.LastIndexByte(string(text), '-')
	if i < 0 {
		return fmt.Errorf("%q is not IP:FIRST-LAST; write for example 127.0.0.1:20000-29999", text)
	}
	first, err := netip.ParseAddrPort(string(text[:i]))
	if err != nil {
		return fmt.Errorf("%q is not IP:FIRST-LAST; write for example 127.0.0.1:20000-29999", text)
	}
	last, err := strconv.ParseUint(string(text[i+1:]), 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a port; write a number from 1024 to 65535", text[i+1:])
	}
	got := PortRange{first.Addr(), first.Port(), uint16(last)}
	if even := (int(got.First) + 1) &^ 1; even == 0 || even+1 > int(got.Last) {
		return fmt.Errorf("%s holds no even port with the odd one after it; a call needs such a pair", got)
	}
	*r = got
	return nil
}

// remedy is what to do about an address that could not be listened on, in the
// form "; do this", or "".
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "; stop the program that has it, or name another port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "; name an address of this machine"
	case errors.Is(err, syscall.EACCES):
		return "; name a port from 1024 on, or grant CAP_NET_BIND_SERVICE"
	}
	return ""
}
