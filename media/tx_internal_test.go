package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// outbox is a socket that keeps what is sent.
type outbox struct {
	Socket
	packets []wirePacket
	err     error
}

// wirePacket is an RTP packet as it went out.
type wirePacket struct {
	kind    uint8
	marker  bool
	seq     uint16
	ts      uint32
	payload []byte
}

func (o *outbox) Send(b []byte, _ netip.AddrPort) error {
	if o.err != nil {
		return o.err
	}
	if o.packets != nil {
		o.packets = append(o.packets, wirePacket{
			kind: b[1] & 0x7F, marker: b[1]&0x80 != 0,
			seq: binary.BigEndian.Uint16(b[2:]), ts: binary.BigEndian.Uint32(b[4:]),
			payload: append([]byte(nil), b[12:]...),
		})
	}
	return nil
}

// post is a sender and where its packets arrive.
type post struct {
	sender
	out   outbox
	to    netip.AddrPort
	stats TxStats
	n     int // frames so far
}

func newPost(p Params) *post {
	x := &post{to: netip.MustParseAddrPort("192.0.2.1:4000")}
	x.out.packets = []wirePacket{}
	x.init(&x.stats, 7, 65530, 1<<32-100)
	x.agree(p)
	return x
}

// agree puts an agreement into force.
func (x *post) agree(p Params) { x.configure(p, newPacket(&p)) }

// start is the first timestamp.
func (x *post) start() uint32 { return 1<<32 - 100 }

// txParams is a call in one codec.
func txParams(kind uint8, c Codec, ptime int) Params {
	return Params{Tx: PayloadCodec{kind, c}, Ptime: time.Duration(ptime) * time.Millisecond, DTMFTx: 101, DTMFClock: c.ClockRate()}
}

// payloadOf is a frame of c that says which it is.
func payloadOf(c Codec, n int) []byte {
	size := 160
	switch c {
	case Opus:
		size = 30 + n%100
	case L16at8k, L16at16k, L16at48k:
		size = c.SampleRate() / 50 * 2
	}
	b := bytes.Repeat([]byte{byte(n)}, size)
	b[0] = byte(n >> 8)
	return b
}

// speak sends frames and returns what they were made of.
func (x *post) speak(frames int) (said []byte) {
	for range frames {
		b := payloadOf(x.codec, x.n)
		x.n++
		said = append(said, b...)
		x.frame(b, false, &x.out, x.to)
		x.dispatch(&x.out)
	}
	return said
}

// hushed sends frames of digital silence.
func (x *post) hushed(frames int) {
	for range frames {
		x.frame(payloadOf(x.codec, 0), true, &x.out, x.to)
		x.dispatch(&x.out)
	}
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestR17_EveryCodecInEveryPacketTime(t *testing.T) {
	// The packet time in milliseconds that each codec can keep.
	longest := map[Codec]int{PCMU: 60, PCMA: 60, G722: 60, L16at8k: 60, L16at16k: 40, L16at48k: 10}
	for c, most := range longest {
		for _, ptime := range []int{10, 20, 30, 40, 60} {
			x := newPost(txParams(96, c, ptime))
			said := x.speak(30)
			ms := min(ptime, most)
			var heard []byte
			for i, p := range x.out.packets {
				want(t, "sequence", p.seq, uint16(65530+i))
				want(t, "timestamp", p.ts, uint32(1<<32-100+i*ms*c.ClockRate()/1000))
				want(t, "marker", p.marker, i == 0)
				want(t, "payload type", p.kind, 96)
				heard = append(heard, p.payload...)
			}
			if want := 600 / ms; len(x.out.packets) != want {
				t.Errorf("%v in %d ms: %d packets, want %d", c, ptime, len(x.out.packets), want)
			}
			if !bytes.Equal(heard, said) {
				t.Errorf("%v in %d ms: what was sent is not what was written", c, ptime)
			}
		}
	}
}

func TestTx_OpusPayloadsAreWhole(t *testing.T) {
	for _, ptime := range []int{10, 20, 60} {
		x := newPost(txParams(111, Opus, ptime))
		x.speak(30)
		want(t, "packets", len(x.out.packets), 30)
		for i, p := range x.out.packets {
			want(t, "timestamp", p.ts, uint32(1<<32-100+i*960))
			want(t, "size", len(p.payload), 30+i)
		}
		x.frame(make([]byte, maxCoded+1), false, &x.out, x.to)
		x.dispatch(&x.out)
		want(t, "too long for a packet", len(x.out.packets), 30)
		want(t, "counted", x.stats.Errors, 1)
	}
}

// RFC 7160 section 4.2: after a change of clock the timestamp goes on from
// where it was, by time passed in the new clock.
func TestTx_ChangeOfClock(t *testing.T) {
	x := newPost(txParams(0, PCMU, 20))
	x.speak(10)
	x.agree(txParams(111, Opus, 20))
	x.speak(10)
	x.skip(5) // unsent, but in time
	x.speak(1)
	x.agree(txParams(96, L16at16k, 20))
	x.speak(10)
	at := uint32(1<<32 - 100)
	for i, p := range x.out.packets {
		want(t, "sequence", p.seq, uint16(65530+i))
		want(t, "timestamp", p.ts, at)
		want(t, "marker", p.marker, i == 0 || i == 20)
		switch {
		case i < 10:
			at += 160
		case i == 19:
			at += 6 * 960
		case i < 21:
			at += 960
		default:
			at += 320
		}
	}
	want(t, "packets", len(x.out.packets), 31)
}

// Audio packed for long packets goes out when the packets become short.
func TestR17_PacketTimeChangesInMidCall(t *testing.T) {
	for _, step := range [][2]int{{60, 20}, {20, 60}, {60, 10}, {30, 20}, {40, 30}} {
		x := newPost(txParams(0, PCMU, step[0]))
		said := x.speak(5)
		x.agree(txParams(0, PCMU, step[1]))
		said = append(said, x.speak(31)...)
		var heard []byte
		at := uint32(1<<32 - 100)
		for _, p := range x.out.packets {
			want(t, "timestamp", p.ts, at)
			at += uint32(len(p.payload))
			heard = append(heard, p.payload...)
		}
		if !bytes.Equal(heard, said[:len(heard)]) || len(said)-len(heard) >= step[1]*8 {
			t.Errorf("%v: %d bytes of %d heard", step, len(heard), len(said))
		}
		want(t, "payload of the last", len(x.out.packets[len(x.out.packets)-1].payload), step[1]*8)
	}
}

func TestTx_RefusedBySystem(t *testing.T) {
	x := newPost(txParams(0, PCMU, 20))
	x.out.err = errors.New("no buffer space")
	x.speak(3)
	x.out.err = nil
	x.speak(1)
	want(t, "errors", x.stats.Errors, 3)
	want(t, "packets", x.stats.Packets, 1)
	want(t, "bytes", x.stats.Bytes, 160)
	want(t, "timestamp", x.out.packets[0].ts, x.start()+3*160)
}

// Nothing in a tick allocates.
func TestTx_Allocs(t *testing.T) {
	for c := PCMU; c < NumCodecs; c++ {
		x := newPost(txParams(96, c, 30))
		x.comfort = true
		x.out.packets = nil
		b := payloadOf(c, 1)
		n := 0
		if a := testing.AllocsPerRun(500, func() {
			if n++; n%40 == 0 {
				x.digits.add("5w")
			}
			x.frame(b, n%100 < 50, &x.out, x.to)
			x.dispatch(&x.out)
		}); a != 0 {
			t.Errorf("%v: %v allocations per frame", c, a)
		}
	}
}
