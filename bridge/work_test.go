package bridge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// throng is a conference so large that it is shared out, with clocks that help
// and simulated sockets that keep what is sent. All is in a bubble in which time
// stands still for all but the ticks.
type throng struct {
	c       *conference
	now     time.Time
	meet    rendezvous
	sockets []*throngSocket
}

// rendezvous lets everybody wait until so many are there.
type rendezvous struct {
	mu    sync.Mutex
	size  int
	here  int
	leave chan struct{}
}

func (r *rendezvous) wait() {
	r.mu.Lock()
	if r.leave == nil {
		r.leave = make(chan struct{}, 16)
	}
	if r.here++; r.here < r.size {
		r.mu.Unlock()
		<-r.leave
		return
	}
	for range r.here - 1 {
		r.leave <- struct{}{}
	}
	r.here = 0
	r.mu.Unlock()
}

// throngSocket says its packet once a tick, every 40th time a digit in place of
// it, and keeps what is sent.
type throngSocket struct {
	x      *throng
	first  bool // of its piece: it waits until as many work as there are clocks
	port   uint16
	codec  media.Codec
	last   time.Time
	seq    uint16
	silent bool
	voice  [160]byte
	sent   []byte
	keep   bool
	sends  int
	recvs  int
}

func (s *throngSocket) Recv(d *media.Datagram) error {
	s.recvs++
	if s.codec == media.NoCodec || s.silent || s.last.Equal(s.x.now) {
		return media.ErrNoDatagram
	}
	if s.first {
		s.x.meet.wait()
	}
	s.last = s.x.now
	s.seq++
	var p [12 + 160]byte
	p[0], p[1] = 2<<6, netsim.PayloadType(s.codec)
	binary.BigEndian.PutUint16(p[2:], s.seq)
	binary.BigEndian.PutUint32(p[4:], uint32(s.seq)*160)
	n := 12 + copy(p[12:], s.voice[:])
	if s.keep && s.seq%40 == 0 {
		p[1] = 101
		n = 12 + copy(p[12:], []byte{byte(s.port % 10), 0x80, 0, 160})
	}
	d.Fill(p[:n], netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), s.port), s.last)
	return nil
}

func (s *throngSocket) Send(b []byte, _ netip.AddrPort) error {
	s.sends++
	if s.first && b[0] == 2<<6 && b[1]&0x7F < 100 {
		s.x.meet.wait()
	}
	if s.keep {
		s.sent = binary.BigEndian.AppendUint64(s.sent, uint64(s.x.now.UnixNano()))
		s.sent = append(append(s.sent, byte(len(b))), b...)
	}
	return nil
}

func (s *throngSocket) LocalAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), s.port)
}
func (s *throngSocket) Close() error { return nil }

// inThrong runs f in a bubble with a conference of so many legs and clocks.
func inThrong(t *testing.T, legs, helpers int, keep bool, f func(x *throng)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &throng{now: time.Unix(1e9, 0)}
		x.meet.size = helpers + 1
		lib := prompt.New(prompt.Options{})
		b := newBridge(Config{
			Network: &wire{}, Prompts: lib, Log: slog.New(slog.DiscardHandler),
			MaxParticipants: legs, Clocks: helpers + 1, RTPTimeout: time.Second,
		})
		x.c = newConference(b, "AC1", "throng", x.now)
		b.clocks[0].adopt(x.c)
		for i := range legs {
			x.join(t, i, keep)
		}
		var running sync.WaitGroup
		for _, k := range b.clocks[1:] {
			running.Go(k.run)
		}
		f(x)
		for _, k := range b.clocks[1:] {
			close(k.stop)
		}
		running.Wait()
		for _, p := range x.c.parties {
			p.stopPrompts()
		}
		lib.Close()
	})
}

// join brings in a leg whose packets are the same in every throng.
func (x *throng) join(t *testing.T, i int, keep bool) {
	t.Helper()
	codec := []media.Codec{media.PCMU, media.PCMA}[i%2]
	if i >= 200 && i%10 == 0 {
		codec = media.G722
	}
	s := &throngSocket{x: x, port: uint16(20000 + 2*i), seq: uint16(i), codec: codec, first: i%pieceParties == 0 && i/pieceParties < x.meet.size, keep: keep}
	if codec != media.G722 { // noise for its decoder will do
		var pcm [160]int16
		(&tone.Sine{Hz: tone.Set[i%len(tone.Set)], Level: -40}).Fill(pcm[:])
		media.EncodeFrame(codec, s.voice[:0], pcm[:])
	}
	x.sockets = append(x.sockets, s)
	leg := media.NewLeg(media.LegConfig{
		RTP: s, RTCP: &throngSocket{x: x, port: s.port + 1, keep: keep},
		SSRC: uint32(i), Seq: uint16(i), Timestamp: uint32(i), CNAME: fmt.Sprint(i),
	})
	own := media.PayloadCodec{Type: netsim.PayloadType(codec), Codec: codec}
	params := media.Params{
		Tx: own, Rx: []media.PayloadCodec{own}, DTMFRx: 101, DTMFClock: 8000, Ptime: TickInterval,
		Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), s.port),
	}
	_, err := x.c.join(JoinRequest{
		Account: "AC1", Options: StartOptions{StartConferenceOnEnter: true, Beep: BeepNever, Label: fmt.Sprint(i)},
		Leg: leg, Call: &fakeCall{}, Media: params,
	}, netsim.Setup(params), fmt.Sprint("CA", i), x.now)
	if err != nil {
		t.Fatal(err)
	}
}

// tick is one tick, in the course of which the clocks that have helped come
// back for more: all help in both steps.
func (x *throng) tick() {
	synctest.Wait()
	c := x.c
	x.now = x.now.Add(TickInterval)
	c.now, c.age = x.now, x.now.Sub(c.created)
	c.takeCommands(x.now)
	c.settleRate()
	c.receive()
	synctest.Wait()
	c.mix()
	c.send()
	c.publish(x.now)
}

// perform does what the ticks have asked for, and lets it settle.
func (x *throng) perform() {
	for len(x.c.bridge.outbox) > 0 {
		x.c.bridge.perform(<-x.c.bridge.outbox)
	}
	synctest.Wait()
}

// update applies u to the party that joined as the ith.
func (x *throng) update(i int, u ParticipantUpdate) {
	(&updateCommand{ref: fmt.Sprint("CA", i), update: u}).apply(x.c, x.now)
}

// TestCrowdSharedOut: what 272 phones are sent, and what is told of them, is the
// same to the bit whether one clock does all the work or others help, while some
// are muted, held and coached, press keys, fall silent and leave, those with a
// wideband codec among them.
func TestCrowdSharedOut(t *testing.T) {
	type outcome struct {
		sent   [][]byte
		events []string
		coded  uint64
	}
	run := func(helpers int) (o outcome) {
		inThrong(t, 272, helpers, true, func(x *throng) {
			x.update(1, ParticipantUpdate{Muted: yes()})
			x.update(2, ParticipantUpdate{Muted: yes()})
			for i := 3; i < 40; i += 3 {
				x.update(i, ParticipantUpdate{Hold: yes()})
			}
			x.update(41, ParticipantUpdate{CallSIDToCoach: ptr("CA80")})
			x.perform()
			for tick := range 72 {
				switch tick {
				case 15:
					for i := 200; i < 272; i += 10 {
						x.c.leave(x.c.find(fmt.Sprint("CA", i)), HungUp, x.now)
					}
				case 20:
					x.sockets[151].silent, x.sockets[211].silent = true, true
					x.update(3, ParticipantUpdate{Hold: no()})
					x.update(100, ParticipantUpdate{Muted: yes()})
				}
				x.tick()
				x.perform()
			}
			for _, s := range x.sockets {
				o.sent = append(o.sent, s.sent)
			}
			for len(x.c.bridge.events) > 0 {
				e := <-x.c.bridge.events
				o.events = append(o.events, fmt.Sprint(e.Sequence, e.Time, e.Type, e.CallID, e.Digit, e.Reason))
			}
			o.coded = x.c.encodes
			for _, k := range x.c.bridge.clocks[1:] {
				if n := k.helped.Load(); n < 144 {
					t.Errorf("a clock has helped with %d pieces in 144 steps", n)
				}
			}
			if n := len(x.c.parties); n != 262 || x.c.rate != narrowband {
				t.Errorf("%d of 272 are left, want all but 8 leavers and 2 that fell silent, at %d Hz", n, x.c.rate)
			}
		})
		return o
	}
	want := run(0)
	if len(want.events) < 300 || len(want.sent[0]) < 70*172 {
		t.Fatalf("only %d events, %d bytes to the first phone", len(want.events), len(want.sent[0]))
	}
	for _, helpers := range []int{1, 3} {
		got := run(helpers)
		for i := range want.sent {
			if !bytes.Equal(got.sent[i], want.sent[i]) {
				t.Fatalf("with %d helpers the phone %d is sent something else", helpers, i)
			}
		}
		if !slices.Equal(got.events, want.events) {
			t.Errorf("with %d helpers %d events are told, without %d, or not the same", helpers, len(got.events), len(want.events))
		}
		if got.coded != want.coded {
			t.Errorf("with %d helpers %d frames are coded, without %d", helpers, got.coded, want.coded)
		}
	}
}

// TestCrowdAllocatesNothing: however many clocks share it out, with parties on
// hold, coached and announced to, and an announcement for all.
func TestCrowdAllocatesNothing(t *testing.T) {
	for _, helpers := range []int{0, 1, 3} {
		inThrong(t, 272, helpers, false, func(x *throng) {
			for i := range 10 {
				x.update(i, ParticipantUpdate{Hold: yes()})
			}
			x.update(11, ParticipantUpdate{CallSIDToCoach: ptr("CA12")})
			p, all := x.c.parties[13], newPlayback(prompt.Request{Rate: x.c.rate}) // music, which does not end
			p.announce.add(p.playback(prompt.Hold, nil))
			x.c.ask(all)
			x.c.announce.add(all)
			x.tick()
			x.perform()
			for range 100 {
				x.tick()
			}
			if !p.voice.State.Announced || x.c.parties[0].prompts.playing == nil || all.source.Load().last == nil {
				t.Error("not all prompts play")
			}
			defer all.stop()
			if n := testing.AllocsPerRun(40, x.tick); n != 0 {
				t.Errorf("with %d helpers a tick allocates %v times", helpers, n)
			}
		})
	}
}

// TestCallsOfALeg: a phone that sends a packet a tick costs one call of the
// socket each way, whatever the size of its conference.
func TestCallsOfALeg(t *testing.T) {
	inThrong(t, 272, 0, false, func(x *throng) {
		for range 40 {
			x.tick()
		}
		for _, s := range x.sockets {
			s.sends, s.recvs = 0, 0
		}
		for range 8 {
			x.tick()
		}
		for i, s := range x.sockets {
			if s.sends != 8 || s.recvs > 9 {
				t.Fatalf("leg %d has sent %d times and asked %d times in 8 ticks", i, s.sends, s.recvs)
			}
		}
	})
}

// TestHelpEndsBeforeTheOwnTick: a clock takes no piece when its own tick is
// near.
func TestHelpEndsBeforeTheOwnTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for left, want := range map[time.Duration]int{reserve: 0, reserve + 1: 3} {
			w := &work{conf: &conference{}, pieces: make([]piece, 3), done: make(chan struct{}, 1)}
			w.undone.Store(4)
			w.left.Store(3)
			if n := w.take(&kit{}, time.Now().Add(left)); n != want {
				t.Errorf("%v before its tick a clock takes %d pieces, want %d", left, n, want)
			}
		}
	})
}
