package bridge

import (
	"math"
	"testing"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

// announceToAll announces to the whole conference.
func (s *studio) announceToAll(url string) {
	s.t.Helper()
	if _, err := s.b.UpdateConference(bg(), "AC1", "sales", ConferenceUpdate{AnnounceURL: at(url)}); err != nil {
		s.t.Fatal(err)
	}
}

// TestM12_AnnouncementsAtEveryRate: to one and to all, at their level and pitch
// for a narrowband and a wideband listener.
func TestM12_AnnouncementsAtEveryRate(t *testing.T) {
	for _, codec := range []media.Codec{media.L16at8k, media.L16at16k, media.L16at48k} {
		withWeb(t, Config{}, func(s *studio, _ *webserver) {
			withCodecs(s, map[string]media.Codec{"carol": codec})
			s.joinAll("sales", "alice", "bob", "carol")
			for _, private := range []string{"alice", "carol"} {
				want := map[string]string{"alice": "alice: bob carol", "bob": "bob: alice carol", "carol": "carol: alice bob"}
				want[private] = map[string]string{"alice": "alice: announcement bob carol", "carol": "carol: alice announcement bob"}[private]
				s.update(private, ParticipantUpdate{AnnounceURL: at("http://web/say.wav")})
				s.wantHears("to "+private, want["alice"], want["bob"], want["carol"])
				s.run(time.Second)
			}
			s.announceToAll("http://web/say.wav")
			s.wantHears("to all", "alice: announcement bob carol", "bob: alice announcement carol", "carol: alice announcement bob")
			for _, name := range []string{"alice", "carol"} {
				g := s.guests[name]
				if l := tone.Level(g.phone.Heard()[g.mark:], g.rate, announceHz); l < -24.5 || l > -23.5 {
					t.Errorf("at %d Hz %s hears the announcement at %.1f dBov", codec.SampleRate(), name, l)
				}
			}
			s.run(time.Second)
			s.wantHears("after them", "alice: bob carol", "bob: alice carol", "carol: alice bob")
		})
	}
}

// TestM12_AnnouncementsGoOnOverChangesOfRate: while one to alice or to all
// plays, wideband phones come and go twice. It keeps its level and its length,
// without a step.
func TestM12_AnnouncementsGoOnOverChangesOfRate(t *testing.T) {
	for _, private := range []bool{true, false} {
		withWeb(t, Config{}, func(s *studio, _ *webserver) {
			withCodecs(s, map[string]media.Codec{"alice": media.L16at8k, "bob": media.L16at8k})
			s.joinAll("sales", "alice", "bob")
			for _, name := range s.names {
				s.guests[name].phone.Voice = func(dst []int16) { clear(dst) }
			}
			s.run(500 * time.Millisecond)
			if private {
				s.update("alice", ParticipantUpdate{AnnounceURL: at("http://web/say.wav")})
			} else {
				s.announceToAll("http://web/say.wav")
			}
			rates := map[int]bool{}
			for _, codec := range []media.Codec{media.G722, media.Opus} {
				name := codec.String()
				s.codecs[name] = codec
				s.joinAll("sales", name)
				s.guests[name].phone.Voice = nil
				s.run(200 * time.Millisecond)
				rates[s.conf("alice").rate] = true
			}
			for _, codec := range []media.Codec{media.Opus, media.G722} {
				s.guests[codec.String()].p.Leave(HungUp)
				s.run(200 * time.Millisecond)
				rates[s.conf("alice").rate] = true
			}
			s.run(500 * time.Millisecond)
			if len(rates) != 3 {
				t.Errorf("the rates were %v, want three", rates)
			}
			s.wantAnnouncement("alice")
			if bob := tone.Power(s.guests["bob"].phone.Heard()); (bob < -80) != private {
				t.Errorf("private=%v: bob hears %.1f dBov", private, bob)
			}
		})
	}
}

// wantAnnouncement checks that name heard one second of say.wav, in one piece,
// and nothing else.
func (s *studio) wantAnnouncement(name string) {
	s.t.Helper()
	g := s.guests[name]
	heard := g.phone.Heard()
	window, first, last, weak := g.rate/100, -1, 0, 0
	for i := 0; i+window <= len(heard); i += window {
		switch p := tone.Power(heard[i : i+window]); {
		case p > -30 && first < 0:
			first, last = i, i
		case p > -30:
			last = i
		}
	}
	for i := first + window; first >= 0 && i < last; i += window {
		if p := tone.Power(heard[i : i+window]); p < -26 || p > -22.5 {
			weak++
		}
	}
	if ms := (last + window - first) * 1000 / g.rate; first < 0 || ms < 980 || ms > 1020 || weak > 0 {
		s.t.Errorf("%s hears %d ms of it, in %d of 10 at another level%s", name, ms, weak, s.keep(name))
	}
	own := tone.Amplitude(-24) / 32768 * 2 * math.Pi * announceHz / float64(g.rate)
	if step := tone.MaxStep(heard); step > own+0.01 {
		s.t.Errorf("%s hears a step of %.3f, the tone's own are %.3f%s", name, step, own, s.keep(name))
	}
}
