package load

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"partyline/media"
)

// caller is the audio of one call. It belongs to the pacer.
type caller struct {
	rtp, rtcp media.Socket
	codec     media.Codec
	to        netip.AddrPort
	voice     [][]byte
	step      uint32 // timestamp units per packet
	gone      atomic.Bool

	// hear, when set, is given every payload that comes.
	hear func(payload []byte, at time.Time)
	// spoke, when set, is told of every packet sent: which of the voice, and
	// when.
	spoke func(frame int, at time.Time)

	frame   int
	packet  [12 + 1500]byte
	seq     uint16
	ts      uint32
	heard   bool // a packet has come since the window began
	lastSeq uint16
	lastTS  uint32
	lastAt  time.Time
}

func newCaller(rtp, rtcp media.Socket, c media.Codec, voice [][]byte, ssrc uint32) *caller {
	k := &caller{rtp: rtp, rtcp: rtcp, codec: c, voice: voice, step: uint32(c.ClockRate() / 50)}
	k.packet[0] = 2 << 6
	k.packet[1] = payloadTypes[c]
	binary.BigEndian.PutUint32(k.packet[8:], ssrc)
	return k
}

// speak sends the next packet.
func (k *caller) speak() {
	binary.BigEndian.PutUint16(k.packet[2:], k.seq)
	binary.BigEndian.PutUint32(k.packet[4:], k.ts)
	n := copy(k.packet[12:], k.voice[k.frame])
	if k.spoke != nil {
		k.spoke(k.frame, time.Now())
	}
	_ = k.rtp.Send(k.packet[:12+n], k.to)
	k.seq++
	k.ts += k.step
	if k.frame++; k.frame == len(k.voice) {
		k.frame = 0
	}
}

// listen takes in what has come and books it.
func (k *caller) listen(w *Window, buf []byte) {
	for {
		n, _, at, err := k.rtp.Recv(buf)
		if err != nil {
			return
		}
		if n < 12 {
			continue
		}
		k.book(w, buf[:n], at)
		if k.hear != nil {
			k.hear(buf[12:n], at)
		}
	}
}

func (k *caller) book(w *Window, b []byte, at time.Time) {
	seq, ts := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
	w.Received++
	if k.heard {
		w.Gaps.add(at.Sub(k.lastAt))
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

func (k *caller) close() {
	k.rtp.Close()
	k.rtcp.Close()
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
