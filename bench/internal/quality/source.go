package quality

import (
	"errors"
	"net/netip"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
)

// sourceCases are about who may send, and about nobody sending.
func sourceCases() []Case {
	return []Case{
		{ID: "R26", Sent: "no RTP for 30 s; RTP stops; RTCP alone; remote hold", Run: silences},
		{ID: "R27", Sent: "a private address in SDP, RTP from elsewhere", Run: learns},
		{ID: "R28", Sent: "an attacker sprays from before the call; public address in SDP, and private", Run: sprayed},
		{ID: "R29", Sent: "an attacker starts after the lock", Run: attackedLate},
		{ID: "R30", Sent: "an attacker on the same IP, other UDP port, with SSRC and sequence guessed", Run: attackedNear},
		{ID: "R31", Sent: "re-INVITE to a new address; packets from another port of it after 4 s and after 6 s", Run: reopens},
		{ID: "R32", Sent: "a phone of the former call goes on sending to the same UDP port", Run: formerCall},
		{ID: "R37", Sent: "every Send and Recv fails as after an ICMP port unreachable", Run: unreachable},
	}
}

// silences looks at the time from which the bridge decides to hang up.
func silences(t *Trial) {
	c := newCall(1, nil)
	c.run(1500)
	t.part("never came")
	t.equal("silent for s", int(c.talker.leg.Silent(c.now).Seconds()), 30)
	c = newCall(1, noise(1))
	c.run(500)
	c.talker.quiet = true
	c.run(1000)
	t.part("stopped")
	t.equal("silent for s", int(c.talker.leg.Silent(c.now).Seconds()+0.5), 20)
	c.talker.phone.SendRTCP([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, c.now)
	c.run(50)
	t.part("RTCP 1 s ago")
	t.atMost("silent for", c.talker.leg.Silent(c.now).Seconds(), 1.3, " s")
	c.configured(c.talker, func(p *media.Params) { p.Direction = media.SendOnly })
	c.run(1000)
	t.part("on hold")
	t.equal("silent for s", int(c.talker.leg.Silent(c.now).Seconds()), 0)
}

// attacker is a phone at an address that says something loud.
func (c *call) attacker(addr string) *netsim.Phone {
	p := netsim.NewPhone(c.net, netip.MustParseAddrPort(addr), media.PCMU, nil)
	p.Call(c.talker.leg.LocalAddr())
	return p
}

// loud is a frame that no talker says.
var loud = newClip([]int16{32000}).at(nil, 0, frame)

// pcmuFrame is 20 ms of any audio, coded.
func pcmuFrame() []byte { return noise(9).at(nil, 0, frame) }

// injected is how many samples of loud the listener was sent.
func (c *call) injected() (n int) {
	for _, v := range c.listener.pcm(0) {
		if v > 20000 {
			n++
		}
	}
	return n
}

// attack lets somebody spray from now on.
func (c *call) attack(evil *netsim.Phone, edit func()) {
	c.before = func() {
		if edit != nil {
			edit()
		}
		evil.SendAt(loud, c.now)
		evil.Drain()
	}
}

// repelled judges the outcome of an attack.
func (t *Trial) repelled(name string, c *call, evil *netsim.Phone) {
	t.part(name)
	t.equal("packets to the attacker", len(evil.Packets()), 0)
	t.equal("samples in", c.injected(), 0)
	t.text("locked to", c.lockedTo(), "the phone")
}

// lockedTo says whose packets the talker's leg takes.
func (c *call) lockedTo() string {
	switch a := c.rx().Source; {
	case a == c.talker.phone.Addr():
		return "the phone"
	case a.IsValid():
		return a.String()
	}
	return "nobody"
}

// behindNAT makes the talker's SDP name an address that is not where it is.
func behindNAT(c *call) {
	fresh := c.leg(77)
	c.talker.leg = fresh
	c.talker.phone.Call(fresh.LocalAddr())
	c.configured(c.talker, func(p *media.Params) {
		p.Remote = netip.MustParseAddrPort("192.168.1.20:4000")
		p.RemoteRTCP = netip.MustParseAddrPort("192.168.1.20:4001")
	})
}

func learns(t *Trial) {
	c := newCall(1, noise(1))
	behindNAT(c)
	c.run(100)
	first := 0
	for first < len(c.frames) && !c.frames[first].exact {
		first++
	}
	t.text("locked to", c.lockedTo(), "the phone")
	t.equal("packets on probation", int(c.rx().Probation), 3)
	t.atMost("audio after", float64(first*20), 120, " ms")
	t.equal("holes then", c.holes(first+1), 0)
}

func sprayed(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	evil := c.attacker("127.0.0.66:5000")
	c.talker.quiet = true
	c.attack(evil, nil)
	c.run(50)
	c.talker.quiet = false
	c.run(100)
	t.repelled("public", c, evil)

	c = newCall(1, noise(1))
	c.listener.record = true
	behindNAT(c)
	evil = c.attacker("127.0.0.66:5000")
	// It does not know the call's sequence, so it has none.
	c.attack(evil, func() { evil.Header.SequenceNumber += 7919 })
	c.run(100)
	t.repelled("private", c, evil)
}

func attackedLate(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	c.run(50)
	evil := c.attacker("127.0.0.66:5000")
	c.attack(evil, nil)
	c.run(200)
	t.repelled("", c, evil)
	t.equal("refused and counted", int(c.rx().BadSource), 200)
	t.equal("holes", c.holes(3), 0)
}

func attackedNear(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	c.run(50)
	phone := c.talker.phone
	evil := c.attacker(netip.AddrPortFrom(phone.Addr().Addr(), 4444).String())
	c.attack(evil, func() { evil.Header = phone.Header })
	c.run(200)
	t.repelled("", c, evil)
	t.equal("refused and counted", int(c.rx().BadSource), 200)
	t.equal("holes", c.holes(3), 0)
}

func reopens(t *Trial) {
	for _, wait := range []int{4, 6} {
		c := newCall(1, noise(1))
		c.run(50)
		c.configured(c.talker, func(p *media.Params) { p.Remote = netip.MustParseAddrPort("127.0.0.77:4000") })
		c.talker.quiet = true
		c.run(wait * 50)
		other := c.attacker("127.0.0.77:4998")
		c.before = func() { other.SendAt(pcmuFrame(), c.now) }
		c.run(50)
		if wait < 5 {
			t.part("4 s")
			t.text("locked to", c.lockedTo(), "127.0.0.77:4998")
		} else {
			t.part("6 s")
			t.text("locked to", c.lockedTo(), "nobody")
			t.equal("refused", int(c.rx().BadSource), 50)
		}
	}
}

// formerCall re-uses a UDP port at once. The bridge itself lets it rest first;
// that is a test of media.UDP.
func formerCall(t *Trial) {
	c := newCall(1, noise(1))
	c.listener.record = true
	c.run(50)
	former := c.attacker("127.0.0.88:4000")
	c.before = func() {
		former.SendAt(loud, c.now)
		former.SendRaw(rtp.Header{Version: 2, PayloadType: netsim.EventType, SSRC: 3}, []byte{1, 0x80, 3, 32}, c.now)
	}
	c.run(200)
	t.equal("samples in", c.injected(), 0)
	t.text("digits", c.talker.pressed(), "")
	t.equal("holes", c.holes(3), 0)
}

// refusing is a socket whose far end is gone.
type refusing struct{ sends, recvs int }

var errRefused = errors.New("connection refused")

func (s *refusing) Recv(*media.Datagram) error {
	s.recvs++
	return errRefused
}
func (s *refusing) Send([]byte, netip.AddrPort) error { s.sends++; return errRefused }
func (s *refusing) LocalAddr() netip.AddrPort         { return netip.MustParseAddrPort("127.0.0.1:9") }
func (s *refusing) Close() error                      { return nil }

func unreachable(t *Trial) {
	c := newCall(1, noise(1))
	gone := new(refusing)
	leg := media.NewLeg(media.LegConfig{RTP: gone, RTCP: new(refusing)})
	dead := c.seat(nil)
	dead.leg = leg
	leg.Configure(netsim.Setup(dead.phone.Params()), c.now)
	c.run(1000)
	t.equal("calls of Recv per tick", gone.recvs/1000, 1)
	t.equal("calls of Send per tick", gone.sends/1000, 1)
	t.atLeast("errors counted", float64(leg.Stats().Tx.Errors), 1000, "")
	t.equal("silent for s", int(leg.Silent(c.now).Seconds()), 20)
	t.equal("holes for the others", c.holes(3), 0)
}
