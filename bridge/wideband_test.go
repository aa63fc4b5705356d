package bridge

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

// everyCodec names a phone for each codec.
var everyCodec = map[string]media.Codec{
	"alice": media.PCMU, "bob": media.PCMA, "carol": media.G722,
	"dave": media.Opus, "erin": media.L16at16k, "frank": media.L16at48k,
}

func withCodecs(s *studio, codecs map[string]media.Codec) { s.codecs = codecs }

// conf is the conference a guest is in. Its fields may be read while all
// goroutines of the bubble wait.
func (s *studio) conf(name string) *conference {
	synctest.Wait()
	return s.guests[name].p.p.conf
}

// TestR40_EveryPair: phones of all codecs in one conference hear each other at
// the right pitch and level, and nobody itself. Opus, at 32 kbit/s made for
// speech, is given 1 dB for a chord of five tones.
func TestR40_EveryPair(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		withCodecs(s, everyCodec)
		s.joinAll("sales", "alice", "bob", "carol", "dave", "erin", "frank")
		s.run(time.Second)
		for _, g := range s.guests {
			g.mark = len(g.phone.Heard())
		}
		s.run(time.Second)
		for name, g := range s.guests {
			heard, off := g.phone.Heard()[g.mark:], 0.5
			if g.phone.Codec == media.Opus {
				off = 1
			}
			for other, hz := range s.tones {
				level := tone.Level(heard, g.rate, hz)
				if other == name && level > -64 {
					t.Errorf("%s hears itself at %.1f dBov", name, level)
				}
				if other != name && math.Abs(level+24) > off {
					t.Errorf("%s hears %s at %.2f dBov, want -24", name, other, level)
				}
			}
			if t.Failed() {
				s.keep(name)
			}
		}
		if rate := s.conf("alice").rate; rate != 48000 {
			t.Errorf("the conference is mixed at %d Hz", rate)
		}
	})
}

// TestRateFollowsTheCodecs on joining, leaving and a change of media, within
// the limit of the configuration.
func TestRateFollowsTheCodecs(t *testing.T) {
	for limit, want := range map[int][4]int{
		48000: {8000, 16000, 48000, 8000}, 16000: {8000, 16000, 16000, 8000}, 8000: {8000, 8000, 8000, 8000},
	} {
		inStudio(t, Config{MaxRate: limit}, func(s *studio) {
			withCodecs(s, everyCodec)
			var got [4]int
			s.joinAll("sales", "alice", "bob")
			got[0] = s.conf("alice").rate
			s.joinAll("sales", "carol")
			s.run(2 * TickInterval) // in the first the encoders are told, in the second it changes
			got[1] = s.conf("alice").rate
			s.joinAll("sales", "dave")
			s.run(2 * TickInterval)
			got[2] = s.conf("alice").rate
			g := s.guests["carol"]
			g.phone.Codec = media.PCMA
			if err := g.p.UpdateMedia(bg(), g.phone.Params()); err != nil {
				t.Fatal(err)
			}
			g.rate = 8000
			g.phone.Voice = (&tone.Sine{Hz: s.tones["carol"], Level: -24}).Fill
			s.remove("dave")
			s.run(3 * TickInterval)
			got[3] = s.conf("alice").rate
			if got != want {
				t.Errorf("rates at most %d: %v, want %v", limit, got, want)
			}
			g.phone.Forget()
			s.wantHears("at last", "alice: bob carol", "bob: alice carol", "carol: alice bob")
		})
	}
}

// TestM06_WidebandPhonesComeAndGo: a change of rate is neither a step nor a
// hole to those who listen to a tone.
func TestM06_WidebandPhonesComeAndGo(t *testing.T) {
	for _, codec := range []media.Codec{media.L16at8k, media.L16at16k, media.L16at48k} {
		t.Run(fmt.Sprint(codec.SampleRate()), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) {
				withCodecs(s, map[string]media.Codec{
					"alice": media.L16at8k, "bob": media.L16at8k, "carol": media.G722, "dave": media.Opus,
				})
				s.codecs["bob"] = codec
				s.joinAll("sales", "alice", "bob")
				s.guests["alice"].phone.Voice = (&tone.Sine{Hz: 440, Level: -20}).Fill
				bob := s.guests["bob"]
				bob.phone.Voice = func(dst []int16) { clear(dst) }
				s.run(time.Second)
				for range 20 {
					for _, name := range []string{"carol", "dave"} {
						s.joinAll("sales", name)
						s.guests[name].phone.Voice = nil
						s.run(170 * time.Millisecond)
					}
					for _, name := range []string{"dave", "carol"} {
						s.remove(name)
						s.run(170 * time.Millisecond)
						s.names = slices.DeleteFunc(s.names, func(n string) bool { return n == name })
						delete(s.guests, name)
					}
				}
				heard := bob.phone.Heard()[bob.rate:]
				own := tone.Amplitude(-20) / 32768 * 2 * math.Pi * 440 / float64(bob.rate)
				if step := tone.MaxStep(heard); step > own+0.01 {
					t.Errorf("a step of %.3f, the tone's own are %.3f%s", step, own, s.keep("bob"))
				}
				window := bob.rate / 100
				for i := 0; i+window <= len(heard); i += window {
					if p := tone.Power(heard[i : i+window]); p < -27 {
						t.Errorf("at %d the tone sinks to %.1f dBov%s", i, p, s.keep("bob"))
						break
					}
				}
			})
		})
	}
}

// TestM11_NoLeakThroughStatefulCodecs: a coach whispers, stops, is muted and
// changes sides 1,000 times, all listeners having codecs with memory; nothing of
// it ever reaches those it does not coach.
func TestM11_NoLeakThroughStatefulCodecs(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		withCodecs(s, map[string]media.Codec{"alice": media.G722, "bob": media.Opus, "carol": media.G722, "dave": media.L16at16k})
		s.joinAll("sales", "alice", "bob", "carol", "dave")
		// High above alice, whose tone comes and goes: what Opus makes of that
		// lies around it.
		s.tones["dave"] = 5900
		s.guests["dave"].phone.Voice = (&tone.Sine{Rate: 16000, Hz: s.tones["dave"], Level: -24}).Fill
		s.update("dave", ParticipantUpdate{CallSIDToCoach: ptr("alice")})
		s.update("bob", ParticipantUpdate{Muted: yes()})
		s.update("carol", ParticipantUpdate{Muted: yes()})
		s.run(500 * time.Millisecond)
		marks := map[string]int{}
		for _, name := range []string{"bob", "carol"} {
			marks[name] = len(s.guests[name].phone.Heard())
		}
		for i := range 250 {
			s.update("dave", ParticipantUpdate{Muted: yes()})
			s.update("alice", ParticipantUpdate{Hold: new(i%3 == 0), HoldURL: at("")})
			s.update("alice", ParticipantUpdate{Hold: no()})
			s.update("dave", ParticipantUpdate{Muted: no()})
			s.run(2 * TickInterval)
		}
		for _, name := range []string{"bob", "carol"} {
			g := s.guests[name]
			heard := g.phone.Heard()[marks[name]:]
			for i := 0; i+g.rate/5 <= len(heard); i += g.rate / 5 {
				if level := tone.Level(heard[i:i+g.rate/5], g.rate, s.tones["dave"]); level > -60 {
					t.Fatalf("%s hears the coach at %.1f dBov%s", name, level, s.keep(name))
				}
			}
		}
		wantBuses(t, s.conf("alice"))
	})
}
