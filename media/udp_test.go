package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

var (
	loopback4 = netip.MustParseAddr("127.0.0.1")
	loopback6 = netip.MustParseAddr("::1")
)

// pairOn opens a pair on real sockets, or skips nothing: it fails.
func pairOn(t *testing.T, ip netip.Addr) (rtp, rtcp media.Socket) {
	t.Helper()
	u, err := media.NewUDP(ip, 39000, 39999)
	if err != nil {
		t.Fatal(err)
	}
	rtp, rtcp, err = u.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rtp.Close(); rtcp.Close() })
	return rtp, rtcp
}

// hasIPv6 reports whether this machine has an IPv6 loopback at all.
func hasIPv6() bool {
	c, err := net.ListenPacket("udp", "[::1]:0")
	if err == nil {
		c.Close()
	}
	return err == nil
}

func TestUDP_RoundTrip(t *testing.T) {
	for _, ip := range []netip.Addr{loopback4, loopback6} {
		if ip.Is6() && !hasIPv6() {
			continue
		}
		t.Run(ip.String(), func(t *testing.T) {
			a, b := pairOn(t, ip)
			if p := a.LocalAddr().Port(); p%2 != 0 || b.LocalAddr().Port() != p+1 {
				t.Errorf("ports %v and %v are no pair", a.LocalAddr(), b.LocalAddr())
			}
			var d media.Datagram
			if err := b.Recv(&d); err != media.ErrNoDatagram {
				t.Errorf("empty socket: %v", err)
			}
			if err := a.Send([]byte("hello"), b.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			if err := b.Recv(&d); err != nil || string(d.Data) != "hello" || d.From != a.LocalAddr() {
				t.Errorf("got %q from %v: %v", d.Data, d.From, err)
			}
			if age := time.Since(d.At); age < 0 || age > time.Second {
				t.Errorf("arrived %v ago", age)
			}
		})
	}
}

func TestR38_LongDatagrams(t *testing.T) {
	a, b := pairOn(t, loopback4)
	var d media.Datagram
	for _, size := range []int{0, 1, 1500, 2048, 9000} {
		if err := a.Send(make([]byte, size), b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		err := b.Recv(&d)
		if want := min(size, 2048); err != nil || len(d.Data) != want {
			t.Errorf("%d bytes came as %d: %v", size, len(d.Data), err)
		}
	}
}

func TestUDP_Allocs(t *testing.T) {
	for _, ip := range []netip.Addr{loopback4, loopback6} {
		if ip.Is6() && !hasIPv6() {
			continue
		}
		a, b := pairOn(t, ip)
		packet, d := make([]byte, 172), new(media.Datagram)
		if n := testing.AllocsPerRun(200, func() {
			_ = a.Send(packet, b.LocalAddr())
			_ = b.Recv(d)
			_ = b.Recv(d)
		}); n != 0 {
			t.Errorf("%v: %v allocations per packet", ip, n)
		}
	}
}

func TestR37_NobodyListens(t *testing.T) {
	a, b := pairOn(t, loopback4)
	gone := b.LocalAddr()
	b.Close()
	var d media.Datagram
	for range 10 {
		if err := a.Send([]byte("x"), gone); err != nil {
			t.Errorf("send: %v", err)
		}
		if err := a.Recv(&d); err != media.ErrNoDatagram {
			t.Errorf("recv: %v", err)
		}
	}
}

func TestUDP_ClosedSocket(t *testing.T) {
	a, b := pairOn(t, loopback4)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var d media.Datagram
	if err := a.Recv(&d); err == nil || err == media.ErrNoDatagram {
		t.Errorf("recv after close: %v", err)
	}
	if err := a.Send([]byte("x"), b.LocalAddr()); err == nil {
		t.Error("send after close succeeded")
	}
}

func TestUDP_RangeIsUsedUp(t *testing.T) {
	u, err := media.NewUDP(loopback4, 38001, 38008) // 38002 to 38007: three pairs
	if err != nil {
		t.Fatal(err)
	}
	ports := map[uint16]bool{}
	for range 3 {
		a, b, err := u.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		defer b.Close()
		ports[a.LocalAddr().Port()] = true
	}
	if _, _, err := u.Open(); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("fourth pair: %v", err)
	}
	wantEqual(t, "distinct pairs", len(ports), 3)
}

func TestUDP_PassesOverForeignSockets(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 38103})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u, err := media.NewUDP(loopback4, 38102, 38105)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a, b, err := u.Open()
		if err != nil {
			t.Log(err)
			continue
		}
		defer a.Close()
		defer b.Close()
		wantEqual(t, "port", a.LocalAddr().Port(), 38104)
		return
	}
	t.Error("no pair found")
}

func TestUDP_RefusesNonsense(t *testing.T) {
	for _, r := range [][2]uint16{{0, 0}, {5, 5}, {5, 6}, {6, 6}, {10, 2}, {65535, 65535}} {
		if _, err := media.NewUDP(loopback4, r[0], r[1]); err == nil {
			t.Errorf("range %v was accepted", r)
		}
	}
	if _, err := media.NewUDP(netip.Addr{}, 10000, 20000); err == nil {
		t.Error("no address was accepted")
	}
}

// stamped is a real socket whose datagrams arrive when the test says.
type stamped struct {
	media.Socket
	now *time.Time
}

func (s stamped) Recv(d *media.Datagram) error {
	err := s.Socket.Recv(d)
	d.At = *s.now
	return err
}

// A leg on real sockets gives back every byte, sends RTCP where it belongs, and
// hears nobody else.
func TestM01_ALegOnRealSockets(t *testing.T) {
	for _, ip := range []netip.Addr{loopback4, loopback6} {
		if ip.Is6() && !hasIPv6() {
			continue
		}
		t.Run(ip.String(), func(t *testing.T) {
			now := time.Unix(1e9, 0)
			rtpSocket, rtcpSocket := pairOn(t, ip)
			phone, phoneRTCP := pairOn(t, ip)
			stranger, _ := pairOn(t, ip)
			leg := media.NewLeg(media.LegConfig{RTP: stamped{rtpSocket, &now}, RTCP: stamped{rtcpSocket, &now}, SSRC: 5, CNAME: "leg"})
			pcmu := media.PayloadCodec{Type: 0, Codec: media.PCMU}
			leg.Configure(netsim.Setup(media.Params{
				Tx: pcmu, Rx: []media.PayloadCodec{pcmu}, Ptime: framely,
				Remote: phone.LocalAddr(), RemoteRTCP: phoneRTCP.LocalAddr(),
			}), now)
			var said, heard []byte
			packet := make([]byte, 12+frame)
			packet[0] = 0x80
			for i := range 500 {
				packet[2], packet[3] = byte(i>>8), byte(i)
				binary.BigEndian.PutUint32(packet[4:], uint32(i*frame))
				for k := range frame {
					packet[12+k] = byte(i*7+k*37) | 1<<7 // no negative zero
				}
				said = append(said, packet[12:]...)
				_ = phone.Send(packet, leg.LocalAddr())
				_ = stranger.Send(packet, leg.LocalAddr())
				now = now.Add(10 * time.Millisecond)
				heard = append(heard, tickOnce(leg, phone, now)...)
				now = now.Add(10 * time.Millisecond)
			}
			leg.Receive(now, new(media.Datagram)) // the last of the stranger's
			wantEqual(t, "bytes that came back", len(heard), len(said))
			wantEqual(t, "what came back", bytes.Index(said, heard[frame:]), 0) // a frame of delay
			s := leg.Stats()
			wantEqual(t, "packets of a stranger", s.Rx.BadSource, 500)
			wantClean(t, media.RxStats{Late: s.Rx.Late, Lost: s.Rx.Lost, Concealed: s.Rx.Concealed})
			if err := phoneRTCP.Recv(new(media.Datagram)); err != nil || s.Tx.Reports == 0 {
				t.Errorf("%d reports, %v", s.Tx.Reports, err)
			}
		})
	}
}

// tickOnce is one tick of a leg that sends back what it hears, and the payload
// that comes to the phone.
func tickOnce(leg *media.Leg, phone media.Socket, now time.Time) []byte {
	var dst [frame]int16
	var d media.Datagram
	leg.Receive(now, &d)
	leg.ReadFrame(dst[:])
	leg.WriteFrame(media.EncodeFrame(media.PCMU, nil, dst[:]), now)
	if phone.Recv(&d) != nil {
		return nil
	}
	return d.Data[12:]
}
