package media_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
)

// script is a socket that plays back what a fuzzer made: each datagram has a
// length octet, a source octet and a delay octet before it.
type script struct {
	data []byte
	now  *time.Time
	due  bool
}

func (s *script) Recv(d *media.Datagram) error {
	if len(s.data) < 3 || !s.due {
		return media.ErrNoDatagram
	}
	size, who, wait := int(s.data[0]), s.data[1], s.data[2]
	s.data = s.data[3:]
	size = min(size, len(s.data))
	b := s.data[:size]
	s.data = s.data[size:]
	s.due = wait&1 == 0
	source := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1 + who>>6}), 4000+uint16(who&1))
	d.Fill(b, source, s.now.Add(-time.Duration(wait)*time.Millisecond))
	return nil
}

func (s *script) Send([]byte, netip.AddrPort) error { return nil }
func (s *script) LocalAddr() netip.AddrPort         { return netip.AddrPort{} }
func (s *script) Close() error                      { return nil }

// live runs a leg on two scripts and checks what must always hold.
func live(t *testing.T, rtpData, rtcpData []byte, mux bool) {
	now := time.Unix(1e9, 0)
	rtpSocket, rtcpSocket := &script{data: rtpData, now: &now}, &script{data: rtcpData, now: &now}
	leg := media.NewLeg(media.LegConfig{RTP: rtpSocket, RTCP: rtcpSocket, SSRC: 1, CNAME: "leg"})
	pcmu, pcma := media.PayloadCodec{Type: 0, Codec: media.PCMU}, media.PayloadCodec{Type: 8, Codec: media.PCMA}
	leg.Configure(netsim.Setup(media.Params{
		Tx: pcmu, Rx: []media.PayloadCodec{pcmu, pcma}, DTMFRx: 101, Ptime: framely, RTCPMux: mux,
		Remote: netip.MustParseAddrPort("192.0.2.1:4000"), RemoteRTCP: netip.MustParseAddrPort("192.0.2.1:4001"),
	}), now)
	var dst [frame]int16
	var code [frame]byte
	var came media.Datagram
	for range 400 {
		now = now.Add(framely)
		rtpSocket.due, rtcpSocket.due = true, true
		leg.Receive(now, &came)
		if !leg.ReadFrame(dst[:]) && dst != [frame]int16{} {
			t.Fatal("no voice, but not silent")
		}
		leg.WriteFrame(media.EncodeFrame(media.PCMU, code[:0], dst[:]), now)
		leg.NextDigit()
		s := leg.Stats()
		if d := s.Rx.PlayoutDelay; d > 2*time.Second || d < -2*time.Second {
			t.Fatalf("playout delay %v", d)
		}
		if src := s.Rx.Source; src.IsValid() && src.Addr() != netip.MustParseAddr("192.0.2.1") {
			t.Fatalf("locked to %v", src)
		}
	}
	if s := leg.Stats(); s.Tx.Packets != 400 {
		t.Fatalf("%d packets sent", s.Tx.Packets)
	}
}

// entry is one datagram of a script.
func entry(b []byte, who, wait byte) []byte {
	return append([]byte{byte(len(b)), who, wait}, b...)
}

// speech is n RTP packets, changed by edit.
func speech(n int, edit func(i int, p *rtp.Packet)) []byte {
	var all []byte
	for i := range n {
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i * frame), SSRC: 9}, Payload: make([]byte, frame)}
		edit(i, p)
		b, _ := p.Marshal()
		all = append(all, entry(b, 0, 1)...)
	}
	return all
}

func FuzzRTP(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add(speech(20, func(int, *rtp.Packet) {}), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.SequenceNumber -= 10; p.Timestamp -= 1600 }), true)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.Timestamp = uint32(i * i * 9999) }), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.SequenceNumber = uint16(i * 777) }), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.SSRC = uint32(i / 5) }), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.PayloadType, p.Payload = 101, []byte{byte(i), 0x80, 1, 0} }), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.PayloadType, p.Payload = byte(i), p.Payload[:i*7] }), false)
	f.Add(speech(20, func(i int, p *rtp.Packet) { p.CSRC, p.Padding, p.PaddingSize = make([]uint32, 15), true, 4 }), false)
	f.Add(entry([]byte{0x90, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xBE, 0xDE, 0, 1, 0x10, 1, 2, 3}, 0, 0), false)
	f.Add(entry([]byte{0x80, 200, 0, 1, 0, 0, 0, 0}, 0x80, 0), true)
	f.Fuzz(func(t *testing.T, data []byte, mux bool) { live(t, data, nil, mux) })
}

func FuzzRTCP(f *testing.F) {
	report := make([]byte, 52)
	copy(report, []byte{0x81, 200, 0, 12})
	binary.BigEndian.PutUint32(report[28:], 1)
	f.Add([]byte{}, false)
	f.Add(entry(report, 1, 0), false)
	f.Add(entry(report, 0, 0), true)
	f.Add(entry([]byte{0x81, 203, 0, 1, 0, 0, 0, 9}, 1, 0), false)
	f.Add(entry([]byte{0x9F, 201, 0, 1, 0, 0, 0, 9, 0x81, 202, 0, 1, 0, 0, 0, 0}, 1, 0), false)
	f.Add(entry([]byte{0x80, 200, 0, 0, 0x80, 201, 0xFF, 0xFF}, 1, 0), false)
	f.Fuzz(func(t *testing.T, data []byte, mux bool) {
		if mux {
			live(t, data, nil, true)
		} else {
			live(t, nil, data, false)
		}
	})
}
