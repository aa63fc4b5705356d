package media

import (
	"encoding/binary"
	"net/netip"
	"time"
)

const (
	// headerSize is an RTP header without extensions (RFC 3550 section 5.1).
	headerSize = 12
	// maxCoded is the most payload in one packet sent, in bytes: with the
	// headers and the SRTP tag it fits into 1,500 on every usual path.
	maxCoded = 1400
	// sealRoom is what SRTP adds behind the payload, in bytes, at most: the
	// tag of AEAD_AES_128_GCM (RFC 7714 section 12).
	sealRoom = 16
	// framesPerSecond is how often a tick comes.
	framesPerSecond = 50
)

// packetTimes are what audio of a constant rate is cut into.
var packetTimes = [...]time.Duration{
	60 * time.Millisecond, 40 * time.Millisecond, 30 * time.Millisecond, 20 * time.Millisecond, 10 * time.Millisecond,
}

// packing is how the payloads of a codec become packets.
type packing struct {
	codec Codec
	clock int // RTP timestamp rate in Hz
	unit  int // bytes of payload per timestamp unit, 0 where a payload is a packet
	size  int // bytes of payload per packet, 0 where a payload is a packet
}

// newPacking is that of a codec in packets of ptime. A packet that would not
// fit becomes shorter: L16 at 48 kHz goes out in 10 ms, at 16 kHz in 40 ms.
func newPacking(c Codec, ptime time.Duration) packing {
	p := packing{codec: c, clock: c.ClockRate(), unit: 1}
	switch c {
	case Opus:
		p.unit = 0
		return p
	case L16at8k, L16at16k, L16at48k:
		p.unit = 2
	}
	if ptime <= 0 {
		ptime = 20 * time.Millisecond
	}
	for _, t := range packetTimes {
		p.size = int(t/time.Millisecond) * p.clock / 1000 * p.unit
		if t <= ptime && p.size <= maxCoded {
			break
		}
	}
	return p
}

// frames is n frames in timestamp units.
func (p *packing) frames(n int) uint32 { return uint32(n * (p.clock / framesPerSecond)) }

// units is n bytes of payload in timestamp units, for a codec of constant rate.
func (p *packing) units(n int) uint32 { return uint32(n / max(1, p.unit)) }

// sender packs frames of coded audio into packets. Its timestamp counts every
// frame, sent or not, in the clock of the codec, so that the phone's time line
// matches the bridge's (RFC 3550 section 5.1); the sequence counts the packets
// sent.
//
// Over a change of codec SSRC and sequence go on, and so does the timestamp,
// from then on in steps of the new clock: the sum of RFC 7160 section 4.2. That
// document wants a new SSRC where RTCP is on; phones take one for another
// speaker and drop packets until they believe it, so the leg keeps its own.
type sender struct {
	buf     []byte // room for a packet: header, payload, SRTP tag
	seq     uint16
	audio   uint8  // payload type of the codec
	talk    bool   // the packet before was of the same talkspurt
	comfort bool   // comfort noise may take the place of silence
	ts      uint32 // of the first byte that waits, or else of the next frame
	wait    int    // bytes packed and not sent
	packing
	ready   []byte         // a packet that dispatch sends, nil for none
	payload int            // bytes of payload in it
	to      netip.AddrPort // where it goes
	stats   *TxStats
	guard   *guard
	quiet   int // frames of digital silence in a row
	ssrc    uint32
	digits  keypad
}

// leastPacket is room for any packet that is no audio.
const leastPacket = headerSize + 16 + sealRoom

// newPacket makes room for the packets of p.
func newPacket(p *Params) []byte {
	payload := newPacking(p.Tx.Codec, p.Ptime).size
	if payload == 0 {
		payload = maxCoded
	}
	return make([]byte, max(leastPacket, headerSize+payload+sealRoom))
}

// init sets what never changes and the random starting points.
func (s *sender) init(stats *TxStats, ssrc uint32, seq uint16, ts uint32) {
	s.stats, s.ssrc, s.seq, s.ts = stats, ssrc, seq, ts
	s.packing = newPacking(NoCodec, 0)
	s.adopt(make([]byte, leastPacket))
}

// adopt packs into room from now on, if that has more.
func (s *sender) adopt(room []byte) {
	if len(room) <= len(s.buf) {
		return
	}
	copy(room, s.buf)
	s.buf = room
	s.buf[0] = 2 << 6 // version
	binary.BigEndian.PutUint32(s.buf[8:], s.ssrc)
}

// configure sets the payload type and packet size, and gives room for a packet.
// Audio that waits for the rest of its packet is dropped when the codec
// changes, less than one packet; otherwise it goes out with the next frame.
func (s *sender) configure(p Params, room []byte) {
	s.adopt(room)
	if p.Tx.Type != s.audio || p.Tx.Codec != s.codec {
		s.discard()
	}
	s.audio = p.Tx.Type
	s.packing = newPacking(p.Tx.Codec, p.Ptime)
	s.digits.configure(p.DTMFTx, p.DTMFClock)
	s.comfort = p.ComfortNoise && s.clock == comfortClock && !p.Tx.Codec.facts().memory
}

// timestamp is that of the next frame.
func (s *sender) timestamp() uint32 { return s.ts + s.units(s.wait) }

// discard passes over audio that waits for a full packet.
func (s *sender) discard() {
	s.ts = s.timestamp()
	s.wait = 0
}

// pause lets n frames pass unsent.
func (s *sender) pause(n int) {
	s.discard()
	s.ts += s.frames(n)
	s.talk = false
}

// skip lets n frames pass of which nothing was heard, not even digits.
func (s *sender) skip(n int) {
	s.digits.pass(n)
	s.pause(n)
}

// frame sends what one frame calls for: coded audio, a digit in its place,
// comfort noise in the place of silence, or nothing when payload is empty or
// there is nowhere to send it.
func (s *sender) frame(payload []byte, silent bool, via Socket, to netip.AddrPort) {
	if !silent {
		s.quiet = 0
	}
	switch {
	case !to.IsValid():
		s.skip(1)
	case s.digits.busy() && s.event(via, to):
	case len(payload) == 0:
		s.pause(1)
	case silent && s.hush(via, to):
	case s.size == 0:
		s.whole(payload, via, to)
	default:
		s.pack(payload, via, to)
	}
}

// whole sends a payload as a packet of its own.
func (s *sender) whole(payload []byte, via Socket, to netip.AddrPort) {
	if headerSize+len(payload)+sealRoom > len(s.buf) {
		s.stats.Errors++
		s.pause(1)
		return
	}
	s.dispatch(via)
	s.send(s.audio, s.ts, copy(s.buf[headerSize:], payload), !s.talk, to)
	s.talk = true
	s.ts += s.frames(1)
}

// pack puts a payload of constant rate behind what waits and sends the packets
// that are full.
func (s *sender) pack(payload []byte, via Socket, to netip.AddrPort) {
	if s.wait >= s.size { // the packets have become shorter
		s.flush(to)
	}
	for len(payload) > 0 {
		s.dispatch(via)
		n := copy(s.buf[headerSize+s.wait:headerSize+s.size], payload)
		payload = payload[n:]
		if s.wait += n; s.wait == s.size {
			s.flush(to)
		}
	}
}

// flush sends what waits as one packet.
func (s *sender) flush(to netip.AddrPort) {
	if s.wait == 0 {
		return
	}
	s.send(s.audio, s.ts, s.wait, !s.talk, to)
	s.talk = true
	s.discard()
}

// send makes the n bytes behind the header in buf a packet, ready for dispatch.
// Sealing it may overwrite them. Buf is free again after dispatch.
func (s *sender) send(kind uint8, ts uint32, n int, marker bool, to netip.AddrPort) {
	s.buf[1] = kind & 0x7F
	if marker {
		s.buf[1] |= 0x80
	}
	binary.BigEndian.PutUint16(s.buf[2:], s.seq)
	binary.BigEndian.PutUint32(s.buf[4:], ts)
	s.seq++
	b, err := s.guard.sealRTP(s.buf[:headerSize+n])
	if err != nil {
		s.stats.Errors++
		return
	}
	s.ready, s.payload, s.to = b, n, to
}

// dispatch gives the packet that is ready, if one is, to the system.
func (s *sender) dispatch(via Socket) {
	if s.ready == nil {
		return
	}
	if via.Send(s.ready, s.to) != nil {
		s.stats.Errors++
	} else {
		s.stats.Packets++
		s.stats.Bytes += uint64(s.payload)
	}
	s.ready = nil
}
