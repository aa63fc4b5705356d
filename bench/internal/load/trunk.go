package load

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// callsPerTrunk is how many calls per second come from one address: bridges
// bound what one may do, and a thousand calls per second are never from one
// phone.
const callsPerTrunk = 200

// sipBuffer holds the answers to some thousand calls at once.
const sipBuffer = 4 << 20

// trunk is an address that SIP is spoken from.
type trunk struct {
	conn  *net.UDPConn
	local netip.AddrPort
	done  chan struct{}
}

// trunksFor is how many are needed for so many calls per second.
func trunksFor(perSecond float64) int { return 1 + int(perSecond/callsPerTrunk) }

// openTrunks opens so many, on addresses of loopback one behind the other;
// elsewhere there is only one address.
func openTrunks(local netip.Addr, n int) ([]*trunk, error) {
	var all []*trunk
	for range n {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
		if err != nil {
			for _, t := range all {
				t.conn.Close()
			}
			return nil, err
		}
		_ = conn.SetReadBuffer(sipBuffer)
		_ = conn.SetWriteBuffer(sipBuffer)
		stampConn(conn)
		all = append(all, &trunk{conn: conn, local: conn.LocalAddr().(*net.UDPAddr).AddrPort(), done: make(chan struct{})})
		if local.IsLoopback() && local.Is4() {
			local = local.Next()
		}
	}
	return all, nil
}

func (t *trunk) send(text string, to netip.AddrPort) {
	_, _ = t.conn.WriteToUDPAddrPort([]byte(text), to)
}

// read hands take every datagram, with its time of arrival in nanoseconds
// since 1970, until the socket is closed.
func (t *trunk) read(take func(b []byte, from netip.AddrPort, at int64)) {
	defer close(t.done)
	buf, control := make([]byte, 64<<10), make([]byte, 64)
	for {
		n, c, _, from, err := t.conn.ReadMsgUDPAddrPort(buf, control)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		at := stamp(control[:c])
		if at == 0 {
			at = time.Now().UnixNano()
		}
		take(buf[:n], from, at)
	}
}

// close ends the reading.
func (t *trunk) close() {
	t.conn.Close()
	<-t.done
}
