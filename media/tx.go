package media

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// maxPtime is the most coded audio in one packet sent, in bytes: 60 ms.
const maxPtime = 480

// sender packs frames of coded audio into packets. Its timestamp counts every
// frame, sent or not, so that the phone's time line matches the bridge's
// (RFC 3550 section 5.1); the sequence counts the packets sent.
type sender struct {
	stats  *TxStats
	header rtp.Header
	guard  *guard
	size   int // payload bytes per packet
	talk   bool
	wait   int // bytes packed and not sent
	buf    [12 + maxPtime + 160]byte
}

// configure sets the payload type and packet size. Audio not sent yet goes
// with the old packet size's remainder: it is dropped, less than one packet.
func (s *sender) configure(p Params) {
	size := int(p.Ptime/time.Millisecond) * p.Tx.Codec.ClockRate() / 1000
	if size <= 0 || size > maxPtime {
		size = 160
	}
	if size != s.size || p.Tx.Type != s.header.PayloadType {
		s.discard()
	}
	s.size, s.header.PayloadType = size, p.Tx.Type
}

// discard passes over audio that waits for a full packet.
func (s *sender) discard() {
	s.header.Timestamp += uint32(s.wait)
	s.wait = 0
}

// pause lets n samples pass unsent.
func (s *sender) pause(n int) {
	s.discard()
	s.header.Timestamp += uint32(n)
	s.talk = false
}

// write packs a frame and sends the packets that are full.
func (s *sender) write(payload []byte, via Socket, to netip.AddrPort) {
	for len(payload) > 0 {
		n := copy(s.buf[12+s.wait:], payload)
		payload = payload[n:]
		s.wait += n
		for s.wait >= s.size {
			s.send(via, to)
		}
	}
}

// send sends one packet off the front of what waits.
func (s *sender) send(via Socket, to netip.AddrPort) {
	s.header.Marker = !s.talk
	if _, err := s.header.MarshalTo(s.buf[:12]); err == nil {
		s.transmit(via, to)
	}
	s.talk = true
	s.header.SequenceNumber++
	s.header.Timestamp += uint32(s.size)
	s.wait -= s.size
	copy(s.buf[12:], s.buf[12+s.size:12+s.size+s.wait])
}

func (s *sender) transmit(via Socket, to netip.AddrPort) {
	b, err := s.guard.sealRTP(s.buf[:12+s.size])
	if err == nil {
		err = via.Send(b, to)
	}
	if err != nil {
		s.stats.Errors++
		return
	}
	s.stats.Packets++
	s.stats.Bytes += uint64(s.size)
}
