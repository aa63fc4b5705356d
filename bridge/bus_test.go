package bridge

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

// encodesPerTick is how often a conference encodes in a tick, over ten.
func (s *studio) encodesPerTick(name string) float64 {
	c := s.conf(name)
	before := c.encodes
	s.run(10 * TickInterval)
	synctest.Wait()
	return float64(c.encodes-before) / 10
}

// TestOneEncodePerMixAndFormat: two talkers cost one encode each; however many
// listen in a codec cost one together.
func TestOneEncodePerMixAndFormat(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		listeners := []media.Codec{media.PCMU, media.PCMA, media.G722, media.Opus, media.L16at48k}
		s.joinAll("sales", "alice", "bob")
		for i := range 15 {
			name := fmt.Sprint("listener", i)
			s.codecs[name] = listeners[i%len(listeners)]
			o := DefaultStartOptions()
			o.Label, o.Beep, o.Muted = name, BeepNever, true
			s.join(name, "sales", o)
		}
		pause := func() {
			for _, name := range []string{"alice", "bob"} {
				g := s.guests[name]
				voice := g.phone.Voice
				g.phone.Voice = func(dst []int16) { clear(dst) }
				defer func() { g.phone.Voice = voice }()
			}
			s.run(500 * time.Millisecond)
		}
		pause()
		s.run(200 * time.Millisecond)
		if n := s.encodesPerTick("alice"); n != 2+5 {
			t.Errorf("%v encodes a tick, want 7", n)
		}
		for i := range 15 {
			s.update(fmt.Sprint("listener", i), ParticipantUpdate{Hold: yes(), HoldURL: at("")})
		}
		s.run(100 * time.Millisecond)
		if n := s.encodesPerTick("alice"); n != 17 {
			t.Errorf("%v encodes a tick while all are held, want one each", n)
		}
		for i := range 15 {
			s.update(fmt.Sprint("listener", i), ParticipantUpdate{Hold: no()})
		}
		pause()
		s.run(200 * time.Millisecond)
		if n := s.encodesPerTick("alice"); n != 7 {
			t.Errorf("%v encodes a tick after the hold, want 7", n)
		}
		wantBuses(t, s.conf("alice"))
	})
}

// wantBuses checks that every encoder is in one place: with a participant, at
// work for a bus, or idle there.
func wantBuses(t *testing.T, c *conference) {
	t.Helper()
	users, places := map[*bus]int{}, map[*media.Encoder]int{}
	for _, p := range c.parties {
		if p.bus == nil {
			continue
		}
		users[p.bus]++
		if p.encoder != nil {
			places[p.encoder]++
		}
	}
	total := 0
	for _, b := range c.buses {
		if b.users == 0 || b.users != users[b] {
			t.Errorf("%v has %d users, counts %d", b.format, users[b], b.users)
		}
		total += b.users
		for _, e := range b.idle {
			places[e]++
		}
		if b.encoder != nil {
			places[b.encoder]++
		} else if len(b.idle) > 0 {
			t.Errorf("%v has idle encoders and none at work", b.format)
		}
	}
	if len(places) != total || len(users) != len(c.buses) {
		t.Errorf("%d encoders for %d participants, %d buses for %d formats", len(places), total, len(c.buses), len(users))
	}
	for e, n := range places {
		if n != 1 {
			t.Errorf("an encoder of %v is in %d places", e.Format(), n)
		}
	}
}

// swell is a tone of 1 kHz at 48 kHz that comes and goes once a second, with a
// pause between.
func swell() func(dst []int16) {
	s := &tone.Sine{Rate: 48000, Hz: 1000, Level: -20}
	n := 0
	return func(dst []int16) {
		s.Fill(dst)
		for i := range dst {
			at := float64(n%48000) / 48000
			edge := min(max(min(at-0.4, 1-at)/0.1, 0), 1) // 0 in the pause
			dst[i] = int16(float64(dst[i]) * (1 - math.Cos(math.Pi*edge)) / 2)
			n++
		}
	}
}

// TestBusChangesAreInaudible: somebody whispers next to nothing to a listener,
// on and off, which takes it off its bus and back, 40 times, with others of
// its codec on the bus. It hears a tone that
// comes and goes.
func TestBusChangesAreInaudible(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMU, media.G722, media.Opus, media.L16at16k} {
		t.Run(fmt.Sprint(codec), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) {
				withCodecs(s, map[string]media.Codec{
					"alice": media.L16at48k, "bob": codec, "carol": codec, "dave": media.L16at16k,
				})
				s.joinAll("sales", "alice", "bob", "carol", "dave")
				s.guests["alice"].phone.Voice = swell()
				for _, name := range []string{"bob", "carol"} {
					s.update(name, ParticipantUpdate{Muted: yes()})
				}
				s.guests["dave"].phone.Voice = func(dst []int16) {
					for i := range dst {
						dst[i] = int16(i % 2)
					}
				}
				s.update("dave", ParticipantUpdate{CallSIDToCoach: ptr("bob")})
				s.run(time.Second)
				shared := 0
				marks := map[string]int{}
				for _, name := range []string{"bob", "carol"} {
					marks[name] = len(s.guests[name].phone.Heard())
				}
				for range 40 {
					s.update("dave", ParticipantUpdate{Muted: yes()})
					s.run(1500 * time.Millisecond)
					s.conf("bob")
					if s.guests["bob"].p.p.encoder == nil {
						shared++
					}
					s.update("dave", ParticipantUpdate{Muted: no()})
					s.run(200 * time.Millisecond)
					s.conf("bob")
					if s.guests["bob"].p.p.encoder == nil {
						t.Fatal("bob shares an encoder while dave whispers")
					}
				}
				if shared != 40 {
					t.Errorf("bob shared an encoder %d times of 40", shared)
				}
				click := func(name string) float64 {
					g := s.guests[name]
					return 20 * math.Log10(tone.Click(g.phone.Heard()[marks[name]:], g.rate, 1000)+1e-9)
				}
				moved, stayed := click("bob"), click("carol")
				t.Logf("the loudest click beside the tone: %.1f dB, %.1f dB for who stayed on the bus", moved, stayed)
				if moved > max(stayed+3, -50) {
					t.Errorf("a change of bus clicks at %.1f dB%s; without it the codec has %.1f dB", moved, s.keep("bob"), stayed)
				}
			})
		})
	}
}
