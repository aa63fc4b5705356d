package quality

import (
	"fmt"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// packetCases are about what may come in a datagram.
func packetCases() []Case {
	return []Case{
		{ID: "R13", Sent: "comfort noise (PT 13) every 200 ms for 2 s", Run: comfortNoise},
		{ID: "R17", Sent: "packets of 10, 20, 30, 40, 60 ms in; a change in mid call; the same sizes out", Run: packetTimes},
		{ID: "R18", Sent: "payloads of 10, 37, 159, 161, 333, 480 bytes", Run: oddSizes},
		{ID: "R19", Sent: "PT 18, never negotiated, between the packets", Run: otherPayloadType},
		{ID: "R20", Sent: "packets of 0, 1, 11, 12 bytes; versions 0, 1, 3", Run: func(t *Trial) {
			hostile(t, 6, []byte{}, []byte{0x80}, header(0x80, 11), header(0, 172), header(0x40, 172), header(0xC0, 172), header(0x80, 12))
		}},
		{ID: "R21", Sent: "padding, header extension and 15 CSRCs in every packet", Run: fullHeader},
		{ID: "R22", Sent: "padding longer than the payload, extension and CSRCs past the end", Run: func(t *Trial) {
			hostile(t, 6, header(0x8F, 40), append(header(0x90, 12), 0, 0, 0xFF, 0xFF, 1, 2, 3, 4), append(header(0x90, 12), 0, 0),
				header(0xA0, 172), append(header(0xA0, 12), 9), header(0xA0, 12))
		}},
		{ID: "R23", Sent: "RTCP (PT 200–204) on the RTP socket, with and without rtcp-mux", Run: strayRTCP},
		{ID: "R24", Sent: "RTCP: length 0, cut compound, 31 reports missing, 4 octets, length past the end", Run: brokenRTCP},
		{ID: "R25", Sent: "RTCP BYE", Run: bye},
		{ID: "R38", Sent: "datagrams of 1,500 and 9,000 bytes", Run: oversize},
	}
}

// header is an RTP packet of zeros but for its first byte.
func header(first byte, size int) []byte {
	b := make([]byte, size)
	b[0] = first
	return b
}

// hostile sends each datagram between two good packets.
func hostile(t *Trial, malformed int, datagrams ...[]byte) {
	c := newCall(1, noise(1))
	c.run(20)
	for _, b := range datagrams {
		c.talker.phone.SendBytes(b, c.now)
		c.run(5)
	}
	c.run(20)
	t.equal("dropped as malformed", int(c.rx().Malformed), malformed)
	t.equal("holes", c.holes(3), 0)
}

func comfortNoise(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	c.run(50)
	c.talker.quiet = true
	c.before = func() {
		if c.ticks%10 != 0 {
			return
		}
		h := c.talker.phone.Header
		h.PayloadType = 13
		c.talker.phone.SendRaw(h, []byte{70}, c.now)
		c.talker.phone.Header.SequenceNumber++
	}
	c.run(100)
	t.equal("comfort noise packets", int(c.rx().ComfortNoise), 10)
	// The phone announces -70 dBov.
	t.atMost("the pause at", tone.Power(c.listener.pcm(60)), -67, " dBov")
	t.atLeast("and", tone.Power(c.listener.pcm(60)), -73, " dBov")
	t.equal("lost", int(c.rx().Lost), 0)
}

func packetTimes(t *Trial) {
	for _, size := range []int{10, 20, 30, 40, 60} {
		c := newCall(1, noise(1))
		c.talker.size = size * 8
		c.run(600)
		t.part(fmt.Sprintf("%d ms", size))
		t.equal("holes", c.holes(100), 0)
	}
	c := newCall(1, noise(1))
	for _, size := range []int{20, 60, 10, 30, 20} {
		c.talker.size = size * 8
		c.run(150)
	}
	t.part("changing")
	t.equal("lost", int(c.rx().Lost), 0)
	t.atMost("frames not verbatim", float64(c.holes(3)), 8, "")
	t.part("out, other sizes than asked for")
	for _, size := range []int{10, 20, 30, 40, 60} {
		t.equal(fmt.Sprintf("%d ms", size), wrongSizes(size), 0)
	}
}

// wrongSizes asks the bridge for packets of a size and counts those that are
// not.
func wrongSizes(size int) (wrong int) {
	c := newCall(1, noise(1))
	p := c.listener.phone.Params()
	p.Ptime = time.Duration(size) * time.Millisecond
	c.listener.leg.Configure(netsim.Setup(p), c.now)
	c.listener.record = true
	c.run(120)
	packets := c.listener.phone.Packets()
	for i := 1; i < len(packets); i++ {
		if packets[i].Timestamp-packets[i-1].Timestamp != uint32(size*8) {
			wrong++
		}
	}
	if len(packets) < 120*20/size-1 || len(c.listener.phone.Payloads()) != len(packets)*size*8 {
		wrong++
	}
	return wrong
}

func oddSizes(t *Trial) {
	for _, size := range []int{10, 37, 159, 161, 333, 480} {
		c := newCall(1, noise(1))
		c.talker.size = size
		c.run(1500)
		t.part(fmt.Sprintf("%d bytes", size))
		t.equal("holes", c.holes(500), 0)
		t.atMost("delay moved by", ms(spread(c.delays(500))), 1, " ms")
	}
}

func otherPayloadType(t *Trial) {
	c := newCall(1, noise(1))
	c.before = func() {
		h := c.talker.phone.Header
		h.PayloadType = 18
		c.talker.phone.SendRaw(h, make([]byte, 20), c.now)
	}
	c.run(100)
	t.equal("dropped and counted", int(c.rx().BadPayloadType), 100)
	t.equal("holes", c.holes(3), 0)
	t.text("locked to", c.lockedTo(), "the phone")
}

func fullHeader(t *Trial) {
	c := newCall(1, noise(1))
	c.talker.header = func(h *rtp.Header) {
		h.CSRC = make([]uint32, 15)
		h.Padding, h.PaddingSize = true, 5
		h.Extension, h.ExtensionProfile = true, 0x1234
		if err := h.SetExtension(0, []byte{1, 2, 3, 4, 5, 6, 7, 8}); err != nil {
			panic(err) // eight bytes fit
		}
	}
	c.run(100)
	t.equal("holes", c.holes(3), 0)
	t.equal("malformed", int(c.rx().Malformed), 0)
}

func strayRTCP(t *Trial) {
	for _, mux := range []bool{false, true} {
		c := newCall(1, noise(1))
		c.talker.phone.Mux = mux
		c.talker.leg.Configure(netsim.Setup(c.talker.phone.Params()), c.now)
		c.before = func() {
			b := make([]byte, 28)
			b[0], b[1], b[3] = 0x80, byte(200+c.ticks%5), 6
			c.talker.phone.SendBytes(b, c.now)
		}
		c.run(100)
		name, want := "alone", 100
		if mux {
			name, want = "mux", 0
		}
		t.part(name)
		t.equal("holes", c.holes(3), 0)
		t.equal("stray", int(c.rx().StrayRTCP), want)
		t.equal("taken for audio", int(c.rx().Packets)-100, 0)
	}
}

func brokenRTCP(t *Trial) {
	c := newCall(1, noise(1))
	datagrams := [][]byte{
		{}, {0x80}, {0x80, 200, 0, 0}, {0x80, 200, 0xFF, 0xFF, 1, 2, 3, 4},
		{0x9F, 201, 0, 1, 0, 0, 0, 1},                                   // 31 reports, none there
		append([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, 0x81, 202, 0, 9, 1), // a good one, then a cut one
		{0x81, 203, 0, 0}, {0x81, 204, 0, 0}, {0, 0, 0, 0},
	}
	for _, b := range datagrams {
		c.talker.phone.SendRTCP(b, c.now)
		c.run(20)
	}
	t.equal("holes", c.holes(3), 0)
	t.atLeast("counted as malformed", float64(c.talker.leg.Stats().Peer.Malformed), 7, "")
}

func bye(t *Trial) {
	c := newCall(1, noise(1))
	c.run(50)
	ssrc := c.talker.phone.Header.SSRC
	c.talker.phone.SendRTCP([]byte{
		0x80, 201, 0, 1, byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc),
		0x81, 203, 0, 1, byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc),
	}, c.now)
	c.run(100)
	t.equal("counted", int(c.talker.leg.Stats().Peer.Byes), 1)
	t.equal("holes", c.holes(3), 0)
}

func oversize(t *Trial) {
	c := newCall(1, noise(1))
	c.before = func() {
		if c.ticks == 50 || c.ticks == 60 {
			c.talker.phone.SendRaw(c.talker.phone.Header, make([]byte, map[int]int{50: 1488, 60: 8988}[c.ticks]), c.now)
		}
	}
	c.run(100)
	t.equal("dropped whole", int(c.rx().Oversize), 2)
	t.equal("holes", c.holes(3), 0)
}

// peak is the largest magnitude.
func peak(pcm []int16) int {
	m := 0
	for _, v := range pcm {
		m = max(m, int(v), -int(v))
	}
	return m
}

// configured changes what was agreed for a seat.
func (s *stage) configured(p *seat, edit func(*media.Params)) {
	params := p.phone.Params()
	edit(&params)
	p.leg.Configure(netsim.Setup(params), s.now)
}
