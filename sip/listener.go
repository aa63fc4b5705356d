package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/sip/sdp"
)

// A Listener is one address to serve.
type Listener struct {
	// Addr is where to listen, as "udp:HOST:PORT".
	Addr string
	// Conn is a socket that is open already, in place of Addr; the server
	// takes it over.
	Conn net.PacketConn
	// SRTP says whether the audio of calls that come in here may or must be
	// protected. The keys travel in SDP: they are as secret as the signalling
	// on the way (RFC 4568 section 8).
	SRTP sdp.SRTP
}

// listener is one address that SIP is served on. Another transport is another
// case in openListener with a serve of its own; having no gate, it runs
// checkHeaders on what the transport layer hands it.
type listener struct {
	transport string // "udp"
	addr      netip.AddrPort
	srtp      sdp.SRTP
	close     func() error
	// serve reads until the socket is closed or the transport layer has to be
	// entered again.
	serve func(*sipgo.TransportLayer) error
}

// openListener opens the socket of a listener, unless it has one.
func (s *Server) openListener(spec Listener) (*listener, error) {
	if spec.SRTP > sdp.SRTPRequired {
		return nil, fmt.Errorf("sip: listener %q: unknown policy for SRTP", spec.Addr)
	}
	if spec.Conn != nil {
		return s.packetListener(spec.Conn, spec.SRTP)
	}
	transport, hostport, _ := strings.Cut(spec.Addr, ":")
	switch strings.ToLower(transport) {
	case "udp":
		conn, err := listenUDP(hostport)
		if err != nil {
			return nil, fmt.Errorf("sip: listener %q: %w", spec.Addr, err)
		}
		return s.packetListener(conn, spec.SRTP)
	}
	return nil, fmt.Errorf("sip: listener %q: want udp:HOST:PORT", spec.Addr)
}

// receiveBuffer holds what 1,000 calls a second that come and go send in a
// quarter of a second. With much more than that phones would repeat what is
// still waiting here. In bytes, of which a datagram takes some more than it has.
const receiveBuffer = 1 << 20

// listenUDP keeps the address families apart, so that the socket's address is
// the one that was asked for.
func listenUDP(hostport string) (net.PacketConn, error) {
	if hostport == "" {
		return nil, errors.New("no address")
	}
	addr, err := net.ResolveUDPAddr("udp", hostport)
	if err != nil {
		return nil, err
	}
	network := "udp6"
	if addr.IP.To4() != nil {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(receiveBuffer) // the system may allow less
	return conn, nil
}

// packetListener serves SIP on a ready UDP socket.
func (s *Server) packetListener(conn net.PacketConn, srtp sdp.SRTP) (*listener, error) {
	addr, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("sip: socket address: %w", err)
	}
	g := newGate(s, conn)
	return &listener{
		transport: "udp",
		addr:      addr,
		srtp:      srtp,
		close:     conn.Close,
		serve: func(tp *sipgo.TransportLayer) error {
			if err := tp.ServeUDP(g); err != nil {
				return err
			}
			return g.failed
		},
	}, nil
}

// supervise serves a listener until the server stops. The transport layer
// leaves its loop without an error whenever a read fails, see gate.
func (s *Server) supervise(l *listener) error {
	for !s.stopped.Load() {
		if err := l.serve(s.tp); err != nil && !s.stopped.Load() {
			return fmt.Errorf("sip: listener %s:%s: %w", l.transport, l.addr, err)
		}
	}
	return nil
}

// listenerFor returns the listener that a request came in on.
func (s *Server) listenerFor(tx *sipgo.ServerTx) *listener {
	local := tx.Connection().LocalAddr().String()
	for _, l := range s.listeners {
		if l.addr.String() == local {
			return l
		}
	}
	return s.listeners[0]
}

// hostFor is the address of the bridge as a peer at source can reach it.
func (s *Server) hostFor(local netip.Addr, source string) netip.Addr {
	switch {
	case s.opt.Advertise.IsValid():
		return s.opt.Advertise
	case !local.IsUnspecified():
		return local
	}
	// Connecting a UDP socket sends nothing and asks the routing table.
	conn, err := net.Dial("udp", source)
	if err != nil {
		return local
	}
	defer conn.Close()
	if ap, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
		return ap.Addr().Unmap()
	}
	return local
}

// contact is the bridge's Contact for phones that reach it at host (RFC 3261
// section 12.1.1).
func (l *listener) contact(host netip.Addr) sipgo.Uri {
	return sipgo.Uri{Scheme: "sip", Host: uriHost(host), Port: int(l.addr.Port())}
}

// uriHost is an address as URIs spell it.
func uriHost(a netip.Addr) string {
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	return "[" + a.WithZone("").String() + "]"
}
