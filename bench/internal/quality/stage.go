package quality

import (
	"fmt"
	"net/netip"
	"time"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer"
)

const (
	rate    = 8000
	frame   = 160
	framely = 20 * time.Millisecond
	minute  = 60 * 50 // ticks
)

// stage is a conference without the bridge: legs and a mixer on a simulated
// network, in virtual time. A tick does what the bridge's tick does: receive,
// mix, send.
type stage struct {
	came  media.Datagram
	now   time.Time
	ticks int // so far
	net   *netsim.Network
	mixer *mixer.Mixer
	seats []*seat
	clamp bool // legs keep the tones of digits out
	codes []byte
	// before, when set, runs before every tick, when the packets sent up to
	// then are on their way; after runs behind it.
	before, after func()
}

// seat is one participant: its phone, its leg and its place in the mix.
type seat struct {
	*talker
	leg   *media.Leg
	party *mixer.Party // nil: not in the mix (yet, or any more)
	// new is the coded audio that the phone was sent in the last tick. All of
	// it, and the headers, are kept only when record is set.
	new    []byte
	had    int
	record bool
}

func newStage(seed uint64) *stage {
	s := &stage{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), mixer: mixer.New(rate)}
	s.net = netsim.New(func() time.Time { return s.now }, seed)
	return s
}

// seat brings in a phone that says c, by a clock that runs 7 ms ahead of the
// ticks.
func (s *stage) seat(c *clip) *seat {
	p := s.join(c)
	p.party = s.mixer.Add()
	return p
}

// join sets up a phone and its leg without a place in the mix.
func (s *stage) join(c *clip) *seat {
	i := byte(len(s.seats) + 2)
	phone := netsim.NewPhone(s.net, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 1, i}), 4000), media.PCMU, nil)
	p := &seat{talker: newTalker(phone, c, s.now.Add(framely-7*time.Millisecond)), leg: s.leg(uint32(i))}
	phone.Call(p.leg.LocalAddr())
	p.leg.Configure(netsim.Setup(phone.Params()), s.now)
	s.seats = append(s.seats, p)
	return p
}

// leg opens a leg on the network.
func (s *stage) leg(ssrc uint32) *media.Leg {
	rtp, rtcp, err := s.net.Open()
	if err != nil {
		panic(fmt.Sprintf("quality: a simulated network has no more addresses: %v", err))
	}
	return media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: ssrc, Seq: 65530, Timestamp: 1<<32 - 800, CNAME: "bench", ClampDTMF: s.clamp})
}

// link is the network between a phone and its leg, towards the bridge.
func (s *stage) link(p *seat, l netsim.Link) { s.net.SetLinkFrom(p.phone.Addr().Addr(), l) }

// run lets ticks pass.
func (s *stage) run(ticks int) {
	for range ticks {
		s.pass()
		s.tick()
		if s.after != nil {
			s.after()
		}
	}
}

// pass lets 20 ms go by in which the phones talk and the bridge does nothing.
func (s *stage) pass() {
	s.now = s.now.Add(framely)
	for _, p := range s.seats {
		p.talk(s.now)
	}
	if s.before != nil {
		s.before()
	}
}

// tick is one tick of the bridge.
func (s *stage) tick() {
	s.ticks++
	for _, p := range s.seats {
		p.leg.Receive(s.now, &s.came)
		if p.party != nil {
			p.party.Live = p.leg.ReadFrame(p.party.In)
		}
	}
	s.mixer.Mix(mixer.ConferenceAudio{})
	for _, p := range s.seats {
		s.codes = s.codes[:0]
		if p.party != nil && p.party.Out != nil {
			s.codes = media.EncodeFrame(p.leg.Codec(), s.codes, p.party.Out)
		}
		p.leg.WriteFrame(s.codes, s.now)
		p.listen()
	}
}

// listen takes in what the phone was sent.
func (p *seat) listen() {
	p.phone.Drain()
	all := p.phone.Payloads()
	p.new = append(p.new[:0], all[p.had:]...)
	if p.record {
		p.had = len(all)
		return
	}
	p.phone.Forget()
}

// rx is what the leg has counted of what came.
func (p *seat) rx() media.RxStats { return p.leg.Stats().Rx }

// pcm decodes what the phone was sent since tick from; 0 is the first. It must
// have been recorded.
func (p *seat) pcm(from int) []int16 {
	all := p.phone.Payloads()
	codes := all[min(len(all), from*frame):]
	pcm := make([]int16, len(codes))
	media.DecodeFrame(p.leg.Codec(), pcm, codes)
	return pcm
}
