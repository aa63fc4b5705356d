package app

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"partyline/sip/sdp"
)

// Listen is one place where calls come in, written TRANSPORT:IP:PORT, with
// ;srtp=off, optional or required behind it where that matters. In the
// configuration file it may also be a mapping of listen and srtp.
type Listen struct {
	At Address `yaml:"listen"`
	// SRTP is off, optional or required; "" is optional: phones that offer
	// keys are spoken to under SRTP.
	SRTP string `yaml:"srtp"`
}

// String returns the listener as it is written.
func (l Listen) String() string {
	if l.SRTP == "" {
		return l.At.String()
	}
	return l.At.String() + ";srtp=" + l.SRTP
}

// MarshalText writes the form UnmarshalText reads.
func (l Listen) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads TRANSPORT:IP:PORT or TRANSPORT:IP:PORT;srtp=POLICY.
func (l *Listen) UnmarshalText(text []byte) error {
	at, option, more := strings.Cut(string(text), ";")
	var got Listen
	if more {
		policy, ok := strings.CutPrefix(option, "srtp=")
		if !ok || policy == "" {
			return fmt.Errorf("%q is not an option of a listener; write srtp=off, srtp=optional or srtp=required", option)
		}
		got.SRTP = policy
	}
	if err := got.At.UnmarshalText([]byte(at)); err != nil {
		return err
	}
	if err := got.check(); err != nil {
		return err
	}
	*l = got
	return nil
}

// check finds what a listener lacks.
func (l Listen) check() error {
	if l.At.Transport == "" {
		return errors.New("an entry has no address; write for example listen: udp:127.0.0.1:5060")
	}
	if _, err := l.policy(); err != nil {
		return fmt.Errorf("srtp: %w", err)
	}
	return nil
}

// policy is what becomes of SRTP.
func (l Listen) policy() (p sdp.SRTP, err error) {
	if l.SRTP == "" {
		return sdp.SRTPOptional, nil
	}
	err = p.UnmarshalText([]byte(l.SRTP))
	return p, err
}

// Address is where SIP is spoken, written TRANSPORT:IP:PORT.
type Address struct {
	Transport string // "udp"
	netip.AddrPort
}

// String returns the address as it is written.
func (a Address) String() string { return a.Transport + ":" + a.AddrPort.String() }

// MarshalText writes the form UnmarshalText reads.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads TRANSPORT:IP:PORT.
func (a *Address) UnmarshalText(text []byte) error {
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
	*a = Address{transport, ap}
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
