package bridge

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"partyline/mixer/tone"
)

// TestConferenceLife: created by the first join, init until started, completed
// with a reason, and its name free again.
func TestConferenceLife(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		o := DefaultStartOptions()
		o.Label, o.Beep, o.StartConferenceOnEnter, o.WaitURL = "alice", BeepNever, false, ptr("")
		s.join("alice", "sales", o)
		o.Label = "bob"
		s.join("bob", "sales", o)
		if v := s.view("sales"); v.Status != StatusInit {
			t.Errorf("before a starter comes the status is %s, want init", v.Status)
		}
		s.wantHears("waiting", "alice:", "bob:")
		s.joinAll("sales", "carol")
		first := s.view("sales")
		if first.Status != StatusInProgress {
			t.Errorf("after the starter came the status is %s, want in-progress", first.Status)
		}
		s.wantHears("started", "alice: bob carol", "bob: alice carol", "carol: alice bob")
		for _, n := range []string{"alice", "bob", "carol"} {
			s.guests[n].p.Leave(HungUp)
		}
		s.run(100 * time.Millisecond)
		v, err := s.b.Conference("AC1", first.ID)
		if err != nil || v.Status != StatusCompleted || v.EndReason != EndLastLeft || len(v.Participants) != 0 {
			t.Errorf("after the last one left: %+v, %v; want completed, last-participant-left, empty", v, err)
		}
		s.joinAll("sales", "dave")
		if again := s.view("sales"); again.ID == first.ID || again.Status != StatusInProgress {
			t.Errorf("H25: the next join gives %s %s, want a new conference in progress", again.ID, again.Status)
		}
		s.run(TickInterval)
		want := []string{
			"participant-join alice", "participant-connected alice",
			"participant-join bob", "participant-connected bob",
			"participant-join carol", "conference-start", "participant-connected carol",
			"participant-leave alice hung-up", "participant-leave bob hung-up", "participant-leave carol hung-up",
			"conference-end  last-participant-left",
			"participant-join dave", "conference-start", "participant-connected dave",
		}
		if got := s.seen(); !slices.Equal(got, want) {
			t.Errorf("events\n got %q\nwant %q", got, want)
		}
	})
}

// TestM18_MusicWhileAlone: with two needed to start, a lone starter hears the
// built-in music, which stops when the second one comes.
func TestM18_MusicWhileAlone(t *testing.T) {
	inStudio(t, Config{MinToStart: 2}, func(s *studio) {
		g := s.join("alice", "sales", StartOptions{Label: "alice", StartConferenceOnEnter: true, Beep: BeepNever})
		s.run(500 * time.Millisecond)
		mark := len(g.phone.Heard())
		s.run(500 * time.Millisecond)
		if p := tone.Power(g.phone.Heard()[mark:]); p < -50 {
			t.Errorf("500 ms after joining a lone participant hears %.0f dBov, want music", p)
		}
		s.joinAll("sales", "bob")
		s.guests["bob"].phone.Voice = nil
		s.run(200 * time.Millisecond)
		mark = len(g.phone.Heard())
		s.run(300 * time.Millisecond)
		if p := tone.Power(g.phone.Heard()[mark:]); p > -80 {
			t.Errorf("after the start there is still %.0f dBov, want silence", p)
		}
	})
}

// TestM14_EndConferenceOnExit hangs everybody up within 500 ms on every kind
// of leaving, and does nothing when the flag was cleared before.
func TestM14_EndConferenceOnExit(t *testing.T) {
	leavings := map[string]func(s *studio){
		"BYE":         func(s *studio) { s.guests["alice"].p.Leave(HungUp) },
		"DELETE":      func(s *studio) { s.remove("alice") },
		"RTP timeout": func(s *studio) { s.guests["alice"].phone.Voice = nil; s.run(2500 * time.Millisecond) },
	}
	for name, leave := range leavings {
		for _, ends := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", ends), func(t *testing.T) {
				inStudio(t, Config{RTPTimeout: 2 * time.Second}, func(s *studio) {
					s.joinAll("sales", "alice", "bob", "carol")
					s.update("alice", ParticipantUpdate{EndConferenceOnExit: yes()})
					s.update("alice", ParticipantUpdate{EndConferenceOnExit: &ends})
					s.run(100 * time.Millisecond)
					leave(s)
					s.run(500 * time.Millisecond)
					for _, n := range []string{"bob", "carol"} {
						why, count := s.guests[n].call.hungUp()
						if ends && (why != ConferenceEnded || count != 1) {
							t.Errorf("%s was hung up %d times for %q, want once for conference-ended", n, count, why)
						}
						if !ends && count != 0 {
							t.Errorf("%s was hung up although the flag is off", n)
						}
					}
					if v := s.view("sales"); (v.Status == StatusCompleted) != ends {
						t.Errorf("the conference is %s", v.Status)
					}
				})
			})
		}
	}
}

// TestM13_Beeps: an exit beep reaches everybody who remains once, not the
// leaver, nor anybody when the last one leaves or the conference ends.
func TestM13_Beeps(t *testing.T) {
	// chimes counts the beeps in what g heard since its mark.
	chimes := func(g *guest) int {
		n, quiet := 0, true
		heard := g.phone.Heard()[g.mark:]
		for i := 0; i+400 <= len(heard); i += 400 {
			loud := tone.Level(heard[i:i+400], 8000, int(beepHigh)) > -40
			if loud && quiet {
				n++
			}
			quiet = !loud
		}
		return n
	}
	inStudio(t, Config{}, func(s *studio) {
		quiet := func(name string, o StartOptions) *guest {
			o.Label, o.StartConferenceOnEnter = name, true
			g := s.join(name, "sales", o)
			g.phone.Voice = func(dst []int16) { clear(dst) }
			return g
		}
		mark := func() {
			for _, g := range s.guests {
				g.mark = len(g.phone.Heard())
			}
		}
		alice := quiet("alice", StartOptions{Beep: BeepNever})
		bob := quiet("bob", StartOptions{Beep: BeepNever})
		s.run(200 * time.Millisecond)
		mark()
		carol := quiet("carol", StartOptions{})
		s.run(time.Second)
		if a, b, c := chimes(alice), chimes(bob), chimes(carol); a != 1 || b != 1 || c != 0 {
			t.Errorf("on joining: alice %d, bob %d, the joiner %d beeps; want 1 1 0", a, b, c)
		}
		mark()
		carol.p.Leave(HungUp)
		s.run(time.Second)
		if a, b, c := chimes(alice), chimes(bob), chimes(carol); a != 1 || b != 1 || c != 0 {
			t.Errorf("on leaving: alice %d, bob %d, the leaver %d beeps; want 1 1 0", a, b, c)
		}
		mark()
		coach := quiet("dave", StartOptions{Coach: "alice"})
		s.run(500 * time.Millisecond)
		coach.p.Leave(HungUp)
		s.run(500 * time.Millisecond)
		if a, b := chimes(alice), chimes(bob); a != 0 || b != 0 {
			t.Errorf("a coach came and went with %d and %d beeps, want none", a, b)
		}
		s.update("bob", ParticipantUpdate{BeepOnExit: yes()})
		mark()
		s.remove("bob")
		s.run(time.Second)
		if a := chimes(alice); a != 1 {
			t.Errorf("BeepOnExit=true gives %d beeps, want 1", a)
		}
		s.update("alice", ParticipantUpdate{BeepOnExit: yes()})
		mark()
		s.remove("alice")
		s.run(500 * time.Millisecond)
		if a := chimes(alice); a != 0 {
			t.Errorf("the last one to leave hears %d beeps, want none", a)
		}
	})
}

// TestM15_HeldLeaves: a held participant's end takes nobody else with it.
func TestM15_HeldLeaves(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol")
		s.update("carol", ParticipantUpdate{Hold: yes()})
		s.run(200 * time.Millisecond)
		s.guests["carol"].p.Leave(HungUp)
		s.wantHears("held one left", "alice: bob", "bob: alice")
	})
}

// TestS30_Full: the conference keeps to its maximum and its labels.
func TestS30_Full(t *testing.T) {
	inStudio(t, Config{MaxParticipants: 2}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		if _, err := s.tryJoin("carol", "sales", StartOptions{}); !errors.Is(err, ErrFull) {
			t.Errorf("a third joins with %v, want ErrFull", err)
		}
		if _, err := s.tryJoin("dora", "sales", StartOptions{MaxParticipants: 5, Label: "bob"}); !errors.Is(err, ErrLabelInUse) {
			t.Errorf("a second bob joins with %v, want ErrLabelInUse", err)
		}
		s.wantHears("after refusals", "alice: bob", "bob: alice")
	})
}

// TestH25_Complete: Status=completed hangs everybody up, also before the start.
func TestH25_Complete(t *testing.T) {
	for _, starter := range []bool{true, false} {
		inStudio(t, Config{}, func(s *studio) {
			g := s.join("alice", "sales", StartOptions{Label: "alice", StartConferenceOnEnter: starter})
			v, err := s.b.UpdateConference(bg(), "AC1", "sales", ConferenceUpdate{Complete: true})
			if err != nil || v.Status != StatusCompleted || v.EndReason != EndViaAPI {
				t.Fatalf("completing gives %+v, %v", v, err)
			}
			s.run(100 * time.Millisecond)
			if why, n := g.call.hungUp(); why != ConferenceStopped || n != 1 {
				t.Errorf("hung up %d times for %q", n, why)
			}
			if again, err := s.b.UpdateConference(bg(), "AC1", v.ID, ConferenceUpdate{Complete: true}); err != nil || again.Updated != v.Updated {
				t.Errorf("completing again gives %+v, %v; want no change", again, err)
			}
			if _, err := s.b.UpdateConference(bg(), "AC1", v.ID, ConferenceUpdate{AnnounceURL: at("http://x/")}); !errors.Is(err, ErrConferenceEnded) {
				t.Errorf("announcing to a completed conference gives %v", err)
			}
			if _, err := s.tryUpdate("alice", ParticipantUpdate{Muted: yes()}); !errors.Is(err, ErrNotFound) {
				t.Errorf("H13: update after the end gives %v, want ErrNotFound", err)
			}
		})
	}
}

// TestL01_HangUpAll: nobody new, everybody hung up, nothing left running.
func TestL01_HangUpAll(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.joinAll("support", "carol")
		if err := s.b.HangUpAll(bg()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for n, g := range s.guests {
			if why, count := g.call.hungUp(); why != Shutdown || count != 1 {
				t.Errorf("%s hung up %d times for %q, want once for shutdown", n, count, why)
			}
		}
		if _, err := s.b.OpenLeg(); !errors.Is(err, ErrDraining) {
			t.Errorf("a new leg gives %v, want ErrDraining", err)
		}
	})
}

// TestTenantIsolation: an account sees and touches only what is its own.
func TestTenantIsolation(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice")
		id := s.conferenceOf("alice")
		for _, ref := range []string{"sales", id} {
			if _, err := s.b.Conference("AC2", ref); !errors.Is(err, ErrNotFound) {
				t.Errorf("another account finds %s: %v", ref, err)
			}
			if _, err := s.b.UpdateParticipant(bg(), "AC2", ref, "alice", ParticipantUpdate{Muted: yes()}); !errors.Is(err, ErrNotFound) {
				t.Errorf("another account updates in %s: %v", ref, err)
			}
			if err := s.b.RemoveParticipant(bg(), "AC2", ref, "alice"); !errors.Is(err, ErrNotFound) {
				t.Errorf("another account removes in %s: %v", ref, err)
			}
		}
		if l := s.b.Conferences("AC2"); len(l) != 0 {
			t.Errorf("another account lists %d conferences", len(l))
		}
	})
}

// TestClockLoad: new conferences spread over the clocks, and the load is gone
// when they are.
func TestClockLoad(t *testing.T) {
	x := newBench(t, 1, 3)
	b := x.c.bridge
	b.clocks = append(b.clocks, newClock(0, b.help))
	for i := range 10 {
		if _, err := b.live("AC1", fmt.Sprint("new", i)); err != nil {
			t.Fatal(err)
		}
	}
	if l0, l1 := b.clocks[0].load.Load(), b.clocks[1].load.Load(); l0+l1 != 13 || max(l0, l1)-min(l0, l1) > 1 {
		t.Errorf("loads %d and %d, want 13 evenly spread", l0, l1)
	}
}
