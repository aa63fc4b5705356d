package bridge

import (
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// comfortNoise is the payload type of RFC 3389.
const comfortNoise = 13

// agreeOnComfortNoise renews the offer/answer exchange with a phone.
func (s *studio) agreeOnComfortNoise(name string) {
	s.t.Helper()
	g := s.guests[name]
	params := g.phone.Params()
	params.ComfortNoise = true
	if err := g.p.UpdateMedia(bg(), params); err != nil {
		s.t.Fatal(err)
	}
}

// kinds counts the packets of a payload type.
func kinds(packets []rtp.Header, kind uint8) (n int) {
	for _, p := range packets {
		if p.PayloadType == kind {
			n++
		}
	}
	return n
}

// TestR13_ComfortNoiseOut: phones that agreed on it get comfort noise for as
// long as their mix is silent, which the one who talks alone always hears.
// From the first sample of every word on they hear just what those hear who
// get all silence in full, at the same time.
func TestR13_ComfortNoiseOut(t *testing.T) {
	for _, codec := range []media.Codec{media.PCMU, media.PCMA} {
		t.Run(fmt.Sprint(codec), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) {
				withCodecs(s, map[string]media.Codec{"alice": codec, "bob": codec, "carol": codec})
				s.joinAll("sales", "alice", "bob", "carol")
				s.agreeOnComfortNoise("alice")
				s.agreeOnComfortNoise("bob")
				for _, name := range []string{"bob", "carol"} {
					s.guests[name].phone.Voice = func(dst []int16) { clear(dst) }
					s.update(name, ParticipantUpdate{Muted: yes()})
				}
				time.Sleep(5 * time.Millisecond) // the phones tick between the clock's ticks again
				s.run(500 * time.Millisecond)
				for _, name := range s.names {
					s.guests[name].phone.Forget() // bob and carol begin with the same frame
				}
				alice := s.guests["alice"].phone
				voice := alice.Voice
				for i := range 10 {
					s.run(200*time.Millisecond + time.Duration(i)*TickInterval)
					alice.Voice = func(dst []int16) { clear(dst) }
					s.run(time.Second + time.Duration(i)*TickInterval)
					alice.Voice = voice
				}
				s.run(200 * time.Millisecond)
				s.wantSameWords("bob", "carol")
				wantOneByOne(t, s.guests["bob"].phone.Packets())
				for name, want := range map[string][2]int{"alice": {60, 80}, "bob": {30, 60}, "carol": {0, 0}} {
					got := kinds(s.guests[name].phone.Packets(), comfortNoise)
					if got < want[0] || got > want[1] {
						t.Errorf("%s got %d packets of comfort noise, want %d to %d", name, got, want[0], want[1])
					}
				}
				if n := kinds(alice.Packets(), netsim.PayloadType(codec)); n != 0 {
					t.Errorf("alice, who talks alone, got %d packets of audio", n)
				}
			})
		})
	}
}

// wantSameWords checks that two phones of one codec without memory heard the
// same, to the last bit.
func (s *studio) wantSameWords(one, other string) {
	s.t.Helper()
	a, b := s.guests[one], s.guests[other]
	x, y := a.phone.Heard(), b.phone.Heard()
	n := min(len(x), len(y))
	if n < 10*a.rate || max(len(x), len(y)) > n+a.rate {
		s.t.Fatalf("%s heard %d samples, %s %d", one, len(x), other, len(y))
	}
	x, y = x[:n], y[:n]
	if p := tone.Power(x); p < -35 {
		s.t.Errorf("%s hears %.1f dBov%s", one, p, s.keep(one))
	}
	if i := firstSample(x, y); i >= 0 {
		s.t.Fatalf("sample %d of %d: %s hears %d, %s %d", i, n, one, x[i], other, y[i])
	}
}

// firstSample is where x and y first differ, -1 for nowhere.
func firstSample(x, y []int16) int {
	for i := range x {
		if x[i] != y[i] {
			return i
		}
	}
	return -1
}

// wantOneByOne checks that no number is left out or used twice, and that every
// packet of audio after comfort noise begins a talkspurt.
func wantOneByOne(t *testing.T, packets []rtp.Header) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1], packets[i]
		if b.SequenceNumber != a.SequenceNumber+1 || b.SSRC != a.SSRC || int32(b.Timestamp-a.Timestamp) < 0 {
			t.Fatalf("packet %d: %+v after %+v", i, b, a)
		}
		if a.PayloadType == comfortNoise && b.PayloadType != comfortNoise && !b.Marker {
			t.Fatalf("packet %d begins a talkspurt without a marker: %+v", i, b)
		}
	}
}
