package sip_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/zaf/g711"

	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/sip"
	"partyline/sip/phone"
	"partyline/sip/sdp"
)

// patience is how long a test of real sockets waits before it fails.
const patience = 10 * time.Second

// house is a real bridge behind a real front end on loopback.
type house struct {
	*testing.T
	addr   string
	bridge *bridge.Bridge
}

func newHouse(t *testing.T, opts ...func(*sip.Options)) *house {
	t.Helper()
	network, err := media.NewUDP(netip.MustParseAddr("127.0.0.1"), 42000, 43999)
	if err != nil {
		t.Fatal(err)
	}
	prompts := prompt.New(prompt.Options{})
	t.Cleanup(prompts.Close)
	b, err := bridge.New(bridge.Config{Network: network, Prompts: prompts, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	o := sip.Options{
		Bridge: b, Account: "AC1",
		Listen: []sip.Listener{{Addr: "udp:127.0.0.1:0", SRTP: sdp.SRTPOptional}},
		Rules:  []sip.Rule{{Beep: "false"}},
	}
	for _, f := range opts {
		f(&o)
	}
	s, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background()) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &house{t, strings.TrimPrefix(s.Addrs()[0], "udp:"), b}
}

// guest is a phone in a call that says a tone.
type guest struct {
	*phone.Call
	h    *house
	rate int
}

// call lets a phone that says a tone call the conference.
func (h *house) call(cfg phone.Config, hz float64, opts ...phone.Option) *guest {
	h.Helper()
	g, err := h.tryCall(cfg, hz, opts...)
	if err != nil {
		h.Fatal(err)
	}
	return g
}

func (h *house) tryCall(cfg phone.Config, hz float64, opts ...phone.Option) (*guest, error) {
	h.Helper()
	if cfg.Rate == 0 {
		cfg.Rate = 8000
	}
	n := 0
	cfg.Voice = func(dst []int16) {
		for i := range dst {
			dst[i] = int16(3000 * math.Sin(2*math.Pi*hz*float64(n)/float64(cfg.Rate)))
			n++
		}
	}
	p, err := phone.New(cfg)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { p.Close() })
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	defer cancel()
	c, err := p.Call(ctx, "sip:room@"+h.addr, opts...)
	return &guest{c, h, cfg.Rate}, err
}

// do makes a new offer.
func (g *guest) do(opts ...phone.Option) {
	g.h.Helper()
	ctx, cancel := context.WithTimeout(g.h.Context(), patience)
	defer cancel()
	if err := g.Reinvite(ctx, opts...); err != nil {
		g.h.Fatal(err)
	}
}

// listen is the next so much that g hears.
func (g *guest) listen(d time.Duration) []int16 {
	g.h.Helper()
	ctx, cancel := context.WithTimeout(g.h.Context(), patience)
	defer cancel()
	s, err := g.Listen(ctx, g.Mark(), d)
	if err != nil {
		g.h.Fatal(err)
	}
	return s
}

// settle lets the playout delay find itself.
func (g *guest) settle() { g.listen(800 * time.Millisecond) }

// tally is how a tone holds out in what was heard: in how many windows of 20 ms
// it is there, and how many are louder than it, as what is decoded in the wrong
// codec is. A bend in the tone, where one codec has more delay than the one
// before, is neither.
type tally struct{ windows, present, loud int }

// tallyOf looks for a tone at the level a guest says it in.
func tallyOf(samples []int16, hz float64, rate int) tally {
	var t tally
	n := rate / 50
	for i := 0; i+n <= len(samples); i += n {
		var re, im, power float64
		for j, s := range samples[i : i+n] {
			sin, cos := math.Sincos(2 * math.Pi * hz * float64(j) / float64(rate))
			re, im, power = re+float64(s)*cos, im+float64(s)*sin, power+float64(s)*float64(s)
		}
		amplitude := 2 * math.Hypot(re, im) / float64(n)
		t.windows++
		if amplitude > 2000 && amplitude < 4000 {
			t.present++
		}
		if math.Sqrt(power/float64(n)) > 2700 { // the tone has 2,121
			t.loud++
		}
	}
	return t
}

// wantTone checks that what was heard is a tone and no noise. How much of it may
// be missing is generous: on a machine with other things to do these phones, in
// real time, come too late. What the bridge lost its own numbers tell.
func (g *guest) wantTone(when string, samples []int16, hz float64) {
	g.h.Helper()
	if got := tallyOf(samples, hz, g.rate); got.present*10 < got.windows*6 || got.loud > 1 {
		g.h.Errorf("%s: of %d windows the tone is in %d, and %d are louder", when, got.windows, got.present, got.loud)
	}
}

// The tones of two guests: whole periods in 20 ms.
const aliceHz, bobHz = 400, 650

// TestS77_CodecChangeInFlight: a phone changes its codec and goes on talking.
// Neither it nor the others hear a hole, or packets in the wrong codec.
func TestS77_CodecChangeInFlight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	alice, bob := h.call(phone.Config{}, aliceHz), h.call(phone.Config{}, bobHz)
	alice.settle()
	atBob, atAlice := bob.Mark(), alice.Mark()
	for _, codecs := range [][]string{{"PCMA"}, {"G722"}, {"PCMU", "PCMA"}, {"G722", "PCMU"}, {"opus", "PCMU"}, {"PCMA"}} {
		alice.do(phone.WithCodec(codecs...))
		alice.listen(400 * time.Millisecond)
		if got, want := alice.Packets()[len(alice.Packets())-1].PayloadType, map[string]uint8{"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 111}[codecs[0]]; got != want {
			t.Errorf("after the offer of %v the bridge sends payload type %d", codecs, got)
		}
	}
	bob.wantTone("Bob hears Alice", bob.HeardSince(atBob), aliceHz)
	alice.wantTone("Alice hears Bob", alice.HeardSince(atAlice), bobHz)
	if st := alice.Stats(); st.Lost != 0 || st.Restarts != 0 || st.Strange != 0 {
		t.Errorf("what Alice received: %+v", st)
	}
	if m := h.stats(0); m.BadPayloadType != 0 || m.Lost != 0 || m.SSRCChanges != 0 {
		t.Errorf("what the bridge received of Alice: %+v", m)
	}
}

// stats are the bridge's numbers of the i-th participant.
func (h *house) stats(i int) media.RxStats {
	h.Helper()
	c := h.bridge.Conferences("AC1")[0]
	m, err := h.bridge.ParticipantMedia(h.Context(), "AC1", c.ID, c.Participants[i].CallID)
	if err != nil {
		h.Fatal(err)
	}
	return m.Stats.Rx
}

// plainOffer is an offer of PCMU at an address.
func plainOffer(host string, udpPort uint16) string {
	return fmt.Sprintf("v=0\r\no=phone 1 7 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", host, udpPort)
}

// TestS73_OldHoldInFlight: a phone that holds by 0.0.0.0 gets nothing, though
// it goes on sending, and hears the others again at once when it resumes, with
// nothing of what was said meanwhile (S74).
func TestS73_OldHoldInFlight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	alice, bob := h.call(phone.Config{}, aliceHz), h.call(phone.Config{}, bobHz)
	alice.settle()
	alice.do(phone.WithSDP(func(rtp netip.AddrPort) string {
		return plainOffer("0.0.0.0", rtp.Port())
	}))
	held := len(alice.Packets())
	bob.listen(300 * time.Millisecond)
	if n := len(alice.Packets()) - held; n > 1 {
		t.Errorf("%d packets went to the held phone", n)
	}
	quiet := tallyOf(bob.listen(200*time.Millisecond), aliceHz, 8000)
	if quiet.present != 0 {
		t.Errorf("Bob hears the holding phone in %d of %d windows", quiet.present, quiet.windows)
	}
	before, resumed := len(alice.Packets()), time.Now()
	alice.do()
	alice.listen(20 * time.Millisecond) // and the silence of the hold
	atAlice := alice.Mark()
	alice.listen(300 * time.Millisecond)
	packets := alice.Packets()[before:]
	if wait := packets[0].At.Sub(resumed); wait > 100*time.Millisecond {
		t.Errorf("the first packet after resuming comes after %v", wait)
	}
	for i := 1; i < len(packets); i++ {
		if gap := packets[i].Timestamp - packets[i-1].Timestamp; gap != 160 {
			t.Errorf("packet %d is %d samples after the one before", i, gap)
		}
	}
	if burst := 5; len(packets) > burst && packets[burst].At.Sub(packets[0].At) < time.Duration(burst-2)*20*time.Millisecond {
		t.Errorf("%d packets within %v", burst, packets[burst].At.Sub(packets[0].At))
	}
	alice.wantTone("Alice hears Bob again", alice.HeardSince(atAlice), bobHz)
}

// TestS76_NewAddressInFlight: a phone moves to another UDP port, while packets
// still come from the old one. The audio follows at once, and the old address is
// heard no more.
func TestS76_NewAddressInFlight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	alice, bob := h.call(phone.Config{}, aliceHz), h.call(phone.Config{}, bobHz)
	alice.settle()
	place, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()
	before := len(alice.Packets())
	alice.do(phone.WithSDP(func(netip.AddrPort) string {
		return plainOffer("127.0.0.1", place.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	}))
	const movedHz = 900
	speakFrom(t, place, alice.Remote(), movedHz, 20)
	atBob := bob.Mark()
	taken := h.stats(0).Packets
	got := speakFrom(t, place, alice.Remote(), movedHz, 40)
	bob.wantTone("Bob hears the new address", bob.HeardSince(atBob), movedHz)
	if got < 36 || got > 44 {
		t.Errorf("%d packets came to the new address", got)
	}
	if n := len(alice.Packets()) - before; n > 3 {
		t.Errorf("%d packets still went to the old address", n)
	}
	if n := h.stats(0).Packets - taken; n < 36 || n > 44 {
		t.Errorf("of some 80 packets, half of them from the old address, %d were taken", n)
	}
}

// speakFrom says a tone in PCMU for some packets, one each 20 ms, and returns
// how many came back meanwhile.
func speakFrom(t *testing.T, from *net.UDPConn, to netip.AddrPort, hz float64, packets int) int {
	t.Helper()
	came := make(chan int)
	deadline := time.Now().Add(time.Duration(packets) * 20 * time.Millisecond)
	_ = from.SetReadDeadline(deadline)
	go func() {
		buf, n := make([]byte, 2048), 0
		for {
			if _, err := from.Read(buf); err != nil {
				came <- n
				return
			}
			n++
		}
	}()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 76, SequenceNumber: uint16(time.Now().UnixMilli() / 20)}, Payload: make([]byte, 160)}
	p.Timestamp = uint32(p.SequenceNumber) * 160
	for n := range packets {
		for i := range p.Payload {
			p.Payload[i] = g711.EncodeUlawFrame(int16(3000 * math.Sin(2*math.Pi*hz*float64(n*160+i)/8000)))
		}
		raw, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = from.WriteToUDPAddrPort(raw, to)
		p.SequenceNumber++
		p.Timestamp += 160
		<-beat.C
	}
	return <-came
}
