package bridge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

// talk makes a phone say random G.711 bytes and keeps them.
func talk(g *guest, codec media.Codec, seed uint64) *[]byte {
	said := new([]byte)
	rng := rand.New(rand.NewPCG(seed, seed))
	g.phone.Codec = codec
	g.phone.Voice = func(dst []int16) {
		raw := make([]byte, len(dst))
		for i := range raw {
			raw[i] = byte(rng.Uint32())
			if codec == media.PCMU && raw[i] == 0x7F {
				raw[i] = 0xFF // the second zero of mu-law has no sample of its own
			}
		}
		*said = append(*said, raw...)
		media.DecodeFrame(codec, dst, raw)
	}
	return said
}

// TestM01_ByteExact: a lone talker comes out byte for byte, for ten minutes,
// to everybody, while others are there silent, muted and held.
func TestM01_ByteExact(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMU, media.PCMA} {
		t.Run(codec.String(), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) {
				s.joinAll("sales", "alice", "bob", "carol", "dave")
				said := talk(s.guests["alice"], codec, 1)
				for _, n := range []string{"bob", "carol", "dave"} {
					g := s.guests[n]
					g.phone.Codec = codec
					params := g.phone.Params()
					if err := g.p.UpdateMedia(bg(), params); err != nil {
						t.Fatal(err)
					}
					g.phone.Voice = func(dst []int16) { clear(dst) }
				}
				s.update("carol", ParticipantUpdate{Muted: yes()})
				s.update("dave", ParticipantUpdate{Hold: yes(), HoldURL: at("")})
				s.run(2 * time.Second)
				from := len(*said) - 800
				mark := map[string]int{}
				for _, n := range []string{"bob", "carol"} {
					mark[n] = len(s.guests[n].phone.Payloads())
				}
				s.run(10 * time.Minute)
				for _, n := range []string{"bob", "carol"} {
					got := s.guests[n].phone.Payloads()[mark[n]:]
					at := bytes.Index((*said)[from:], got[:160])
					if at < 0 {
						t.Fatalf("%s: what came is nowhere in what was said", n)
					}
					want := (*said)[from+at:]
					if len(want) > len(got) {
						want = want[:len(got)]
					}
					if i := firstDifference(got, want); i >= 0 || len(got)-len(want) > 1600 {
						t.Errorf("%s: %d bytes came, %d were said, they differ from byte %d on", n, len(got), len(want), i)
					}
				}
			})
		})
	}
}

// firstDifference is the first index where a and b differ, -1 for none.
func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// TestM03_NoHoles: ten minutes of a 1 kHz tone arrive without a hole, its
// phase continuous from the first sample to the last.
func TestM03_NoHoles(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.guests["alice"].phone.Voice = (&tone.Sine{Hz: 1000, Level: -12}).Fill
		s.guests["bob"].phone.Voice = func(dst []int16) { clear(dst) }
		s.run(time.Second)
		mark := len(s.guests["bob"].phone.Heard())
		s.run(10 * time.Minute)
		heard := s.guests["bob"].phone.Heard()[mark:]
		if h := tone.FindHoles(heard, 8000, 1000); h.Count != 0 || len(heard) < 8000*599 {
			t.Errorf("%d samples with %d holes, the longest of %d samples", len(heard), h.Count, h.Longest)
		}
	})
}

// TestM04_PacketsInOrder: through every kind of change the sequence grows by
// one, the timestamp by 160, and the SSRC stays.
func TestM04_PacketsInOrder(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob", "carol")
		for _, u := range []ParticipantUpdate{
			{Muted: yes()}, {Hold: yes()}, {AnnounceURL: at("http://web/say.wav")}, {Hold: no()},
			{Muted: no(), CallSIDToCoach: ptr("bob")}, {Coaching: no()},
		} {
			s.update("alice", u)
			s.run(400 * time.Millisecond)
		}
		packets := s.guests["alice"].phone.Packets()
		if len(packets) < 100 {
			t.Fatalf("only %d packets came", len(packets))
		}
		for i := 1; i < len(packets); i++ {
			a, b := packets[i-1], packets[i]
			if b.SequenceNumber != a.SequenceNumber+1 || b.Timestamp != a.Timestamp+160 || b.SSRC != a.SSRC {
				t.Fatalf("packet %d: %+v after %+v", i, b, a)
			}
		}
	})
}

// TestM07_MuteWithin40ms: what is said after the answer to a mute is heard by
// nobody, and after an unmute no old audio comes.
func TestM07_MuteWithin40ms(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.guests["bob"].phone.Voice = func(dst []int16) { clear(dst) }
		s.run(time.Second)
		for range 20 {
			s.update("alice", ParticipantUpdate{Muted: yes()})
			s.run(2 * TickInterval)
			mark := len(s.guests["bob"].phone.Heard())
			s.run(500 * time.Millisecond)
			if p := tone.Power(s.guests["bob"].phone.Heard()[mark:]); p > -80 {
				t.Fatalf("40 ms after the answer to a mute there is %.0f dBov", p)
			}
			s.update("alice", ParticipantUpdate{Muted: no()})
			s.run(200 * time.Millisecond)
		}
	})
}

// TestH10_LastWriteWins: EndConferenceOnExit toggled just before a BYE.
func TestH10_LastWriteWins(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		for i := range 1000 {
			name := fmt.Sprint("sales", i)
			a := s.join("alice", name, StartOptions{Label: "alice", StartConferenceOnEnter: true, Beep: BeepNever})
			b := s.join("bob", name, StartOptions{Label: "bob", Beep: BeepNever})
			ends := i%3 == 0
			s.update("alice", ParticipantUpdate{EndConferenceOnExit: new(!ends)})
			s.update("alice", ParticipantUpdate{EndConferenceOnExit: &ends})
			a.p.Leave(HungUp)
			time.Sleep(3 * TickInterval)
			if _, n := b.call.hungUp(); (n == 1) != ends {
				t.Fatalf("round %d: flag %v, bob hung up %d times", i, ends, n)
			}
			b.p.Leave(HungUp)
			time.Sleep(3 * TickInterval)
			s.names = s.names[:0]
		}
	})
}

// TestH20_Linearizable: of many concurrent mutes and unmutes, the state in
// force is that of the last one answered.
func TestH20_Linearizable(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		for range 20 {
			var wg sync.WaitGroup
			var mu sync.Mutex
			var last *ParticipantView
			for i := range 100 {
				wg.Go(func() {
					v, err := s.tryUpdate("alice", ParticipantUpdate{Muted: new(i%2 == 0)})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if last == nil || v.Updated.After(last.Updated) {
						last = v
					}
				})
			}
			wg.Wait()
			if now := s.view("sales").participant("alice"); now.Muted != last.Muted {
				t.Fatalf("muted=%v, the last answer said %v", now.Muted, last.Muted)
			}
		}
	})
}

// TestR36_NoBurst: a clock that stood still for 200 ms runs two ticks, not
// eleven, and the timestamps stay in media time.
func TestR36_NoBurst(t *testing.T) {
	x := newBench(t, media.PCMU, 2)
	k := x.c.clock
	k.conferences = []*conference{x.c}
	start := x.wire.now
	next := k.catchUp(start, start)
	before := x.c.parties[0].leg.Stats().Tx
	next = k.catchUp(next, next.Add(200*time.Millisecond))
	after := x.c.parties[0].leg.Stats().Tx
	if sent := after.Packets - before.Packets; sent != 2 {
		t.Errorf("%d packets after 200 ms, want 2", sent)
	}
	if after.Skipped-before.Skipped != 9 || k.skipped.Load() != 9 {
		t.Errorf("%d frames and %d ticks skipped, want 9", after.Skipped-before.Skipped, k.skipped.Load())
	}
	if want := start.Add(12 * TickInterval); !next.Equal(want) {
		t.Errorf("the next tick is due %v after the start, want %v", next.Sub(start), want.Sub(start))
	}
}
