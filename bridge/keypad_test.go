package bridge

import (
	"math"
	"testing"
	"time"

	"partyline/media/netsim"
)

// press makes a phone press the key 5 for so many frames, as phones do that
// send the tone in the audio too. With events it tells of the key while it
// sounds.
func press(g *guest, frames int, events bool) {
	phone, before := g.phone, g.phone.Voice
	h := phone.Header
	n := 0
	phone.Voice = func(dst []int16) {
		if n == 0 {
			h = phone.Header
			h.PayloadType, h.Marker = netsim.EventType, true
		}
		for i := range dst {
			at := 2 * math.Pi * float64(n*len(dst)+i) / float64(g.rate)
			dst[i] = int16(6000*math.Sin(770*at) + 6000*math.Sin(1336*at))
		}
		n++
		if events {
			h.SequenceNumber = phone.Header.SequenceNumber
			d := n * phone.Codec.ClockRate() / 50
			var end byte
			if n == frames {
				end = 0x80
			}
			phone.SendRaw(h, []byte{5, end | 10, byte(d >> 8), byte(d)}, time.Now())
			h.Marker = false
			phone.Header.SequenceNumber++
		}
		if n == frames {
			phone.Voice = before
		}
	}
}

// louder counts the samples beyond a peak.
func louder(pcm []int16, peak int16) (n int) {
	for _, v := range pcm {
		if v > peak || v < -peak {
			n++
		}
	}
	return n
}

// TestM09_DigitWhileHeld: a digit from alice, told of and sounding, while
// carol is held, is one event. Carol hears nothing of it, then or afterwards,
// and bob no more than what was played before the tone was known for one; no
// phone gets an event. The same when the tone comes alone and is clamped.
func TestM09_DigitWhileHeld(t *testing.T) {
	for _, events := range []bool{true, false} {
		inStudio(t, Config{ClampDTMF: !events}, func(s *studio) {
			s.joinAll("sales", "alice", "bob", "carol")
			for _, g := range s.guests {
				g.phone.Voice = func(dst []int16) { clear(dst) }
			}
			alice := s.guests["alice"]
			if !events {
				params := alice.phone.Params()
				params.DTMFRx = 0
				if err := alice.p.UpdateMedia(bg(), params); err != nil {
					t.Fatal(err)
				}
			}
			s.update("carol", ParticipantUpdate{Hold: yes(), HoldURL: at("")})
			s.run(500 * time.Millisecond)
			for _, g := range s.guests {
				g.phone.Forget()
			}
			press(alice, 10, events)
			s.run(time.Second)
			s.update("carol", ParticipantUpdate{Hold: no()})
			s.run(500 * time.Millisecond)
			s.wantDigits("5")
			leak := 8000 / 200 // 5 ms fade out where the events begin
			if !events {
				leak = 8000 / 25
			}
			for name, most := range map[string]int{"alice": 0, "bob": leak, "carol": 0} {
				phone := s.guests[name].phone
				if n := louder(phone.Heard(), 100); n > most {
					t.Errorf("events=%v: %s hears %d samples of the tone%s", events, name, n, s.keep(name))
				}
				if n := kinds(phone.Packets(), netsim.EventType); n != 0 || len(phone.Heard()) < 8000 {
					t.Errorf("%s got %d events, and %d samples", name, n, len(phone.Heard()))
				}
			}
		})
	}
}

// wantDigits compares all digits there were events of.
func (s *studio) wantDigits(want string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	got := ""
	for _, e := range s.events {
		got += e.Digit
	}
	if got != want {
		s.t.Errorf("digits %q, want %q", got, want)
	}
}

// TestSendDigitsWhileAudioGoesOn: digits take the place of audio while they
// last and no longer. All else that bob hears is, sample for sample, what carol
// hears, who gets no digits; the packets are numbered without a gap.
func TestSendDigitsWhileAudioGoesOn(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol")
		for _, name := range []string{"bob", "carol"} {
			s.guests[name].phone.Voice = func(dst []int16) { clear(dst) }
		}
		time.Sleep(5 * time.Millisecond) // the phones tick between the clock's ticks again
		s.run(500 * time.Millisecond)
		bob, carol := s.guests["bob"].phone, s.guests["carol"].phone
		bob.Forget()
		carol.Forget()
		s.run(500 * time.Millisecond)
		s.update("bob", ParticipantUpdate{SendDigits: ptr("5#")})
		s.run(time.Second)
		wantOneByOne(t, bob.Packets())
		if b, c := kinds(bob.Packets(), netsim.EventType), kinds(carol.Packets(), netsim.EventType); b != 2*7 || c != 0 {
			t.Errorf("%d packets of two digits came to bob, want 14; %d to carol", b, c)
		}
		x, y := bob.Heard(), carol.Heard()
		n, missing := min(len(x), len(y)), 0
		for at := 0; at+160 <= n; at += 160 {
			frame := x[at : at+160]
			switch {
			case firstSample(frame, y[at:]) < 0:
			case louder(frame, 0) == 0:
				missing++
			default:
				t.Fatalf("at %d bob hears what carol does not%s", at, s.keep("bob"))
			}
		}
		if n < 11000 || missing != 14 {
			t.Errorf("of %d samples %d frames are missing, want 14", n, missing)
		}
	})
}
