package load

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"partyline/media"
)

// caller is the audio of one call. Once added to the pacer it belongs to it,
// but for gone. What every tick needs stands first.
type caller struct {
	wire    wire
	voice   [][]byte
	frame   int32 // of voice, the next to be said
	step    uint32
	ts      uint32
	lastTS  uint32
	seq     uint16
	lastSeq uint16
	header  uint8 // the second byte of RTP's: the payload type
	heard   bool  // a packet has come since the window began
	lastAt  int64 // of the packet before, by the kernel's clock
	ssrc    uint32
	from    uint32 // the SSRC that is heard
	gone    atomic.Bool

	// hear, when set, is given every payload that comes, and when.
	hear func(payload []byte, at int64)
	// spoke, when set, is told of every packet sent: which of the voice, and
	// when.
	spoke func(frame int, at int64)

	codec media.Codec
	asked int64 // when the call was made, once it is answered
	first int64 // when the first packet came, 0 before
	// left, when set, gets the caller back when the pacer has let it go; the
	// wire is closed otherwise.
	left func(*caller)
}

// newCaller returns a caller of a codec that says voice again and again.
func newCaller(w wire, c media.Codec, voice [][]byte, ssrc uint32) *caller {
	return &caller{wire: w, codec: c, voice: voice, ssrc: ssrc, header: payloadTypes[c], step: uint32(c.ClockRate() / 50)}
}

// reach fixes where the caller's audio goes. Called before the pacer has it.
func (k *caller) reach(to netip.AddrPort) error { return k.wire.connect(to) }

// speak sends the next packet. It is put together in buf, which all callers
// share.
func (k *caller) speak(buf []byte) {
	buf[0], buf[1] = 2<<6, k.header
	binary.BigEndian.PutUint16(buf[2:], k.seq)
	binary.BigEndian.PutUint32(buf[4:], k.ts)
	binary.BigEndian.PutUint32(buf[8:], k.ssrc)
	n := copy(buf[rtpHeader:], k.voice[k.frame])
	if k.spoke != nil {
		k.spoke(int(k.frame), time.Now().UnixNano())
	}
	k.wire.send(buf[:rtpHeader+n])
	k.seq++
	k.ts += k.step
	if k.frame++; int(k.frame) == len(k.voice) {
		k.frame = 0
	}
}

// rtpHeader is the length of an RTP header without extensions.
const rtpHeader = 12

// listen takes in at most so many packets of those that have come, and books
// them.
func (k *caller) listen(w *Window, in *inlet, most int) {
	for range most {
		b, at := in.recv(&k.wire)
		if b == nil {
			return
		}
		if len(b) < rtpHeader {
			continue
		}
		k.book(w, b, at)
		if k.hear != nil {
			k.hear(b[rtpHeader:], at)
		}
	}
}

// book books a packet. With another SSRC another leg of the bridge speaks: what
// came before was for the call that had the wire before.
func (k *caller) book(w *Window, b []byte, at int64) {
	seq, ts := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
	if from := binary.BigEndian.Uint32(b[8:]); from != k.from || k.first == 0 {
		k.from, k.first, k.heard = from, at, false
	}
	w.Received++
	if k.heard {
		w.Gaps.add(time.Duration(at - k.lastAt))
		step := seq - k.lastSeq
		switch {
		case step == 1 && ts-k.lastTS != k.step:
			w.WrongTimestamps++
		case step != 1 && step < 1<<15:
			w.Lost += uint64(step) - 1
		case step != 1:
			w.Disordered++
			return
		}
	}
	k.heard, k.lastSeq, k.lastTS, k.lastAt = true, seq, ts, at
}

// leave closes the wire, or gives it back.
func (k *caller) leave() {
	if k.left != nil {
		k.left(k)
		return
	}
	k.wire.close()
}

// Window is what came in a stretch of time.
type Window struct {
	Sent            uint64
	Received        uint64
	Lost            uint64 // missing sequence numbers
	Disordered      uint64
	WrongTimestamps uint64
	Gaps            Histogram // between two packets of one call, by the kernel's clock
	Late            Histogram // how late the generator itself was
}
