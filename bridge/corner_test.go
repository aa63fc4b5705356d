package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// TestS70_RemoteHold: a phone that puts the bridge on hold is not heard, so
// that its hold music floods nobody; it is told, and resuming undoes it.
func TestS70_RemoteHold(t *testing.T) {
	for _, dir := range []media.Direction{media.RecvOnly, media.Inactive} {
		inStudio(t, Config{RTPTimeout: 2 * time.Second}, func(s *studio) {
			s.joinAll("sales", "alice", "bob", "carol")
			g := s.guests["carol"]
			params := g.phone.Params()
			params.Direction = dir
			if err := g.p.UpdateMedia(bg(), params); err != nil {
				t.Fatal(err)
			}
			s.wantHears("remote hold", "alice: bob", "bob: alice", "carol:")
			packets, reports := len(g.phone.Packets()), len(g.phone.Reports())
			s.run(10 * time.Second)
			if n := len(g.phone.Packets()) - packets; n != 0 {
				t.Errorf("%d packets were sent to a phone on remote hold", n)
			}
			if n := len(g.phone.Reports()) - reports; n == 0 {
				t.Error("RTCP stopped on remote hold")
			}
			if !s.view("sales").participant("carol").RemoteHold {
				t.Error("the view does not show the remote hold")
			}
			voice := g.phone.Voice
			if dir == media.Inactive { // R26: a held phone may be silent for long
				g.phone.Voice = nil
				s.run(5 * time.Second)
				g.phone.Voice = voice
			}
			params.Direction = media.SendRecv
			if err := g.p.UpdateMedia(bg(), params); err != nil {
				t.Fatal(err)
			}
			s.wantHears("resumed", "alice: bob carol", "bob: alice carol", "carol: alice bob")
			want := []string{"participant-remote-hold carol", "participant-remote-resume carol"}
			if got := s.seen(EventRemoteHold, EventRemoteResume); !slices.Equal(got, want) {
				t.Errorf("events %q, want %q", got, want)
			}
		})
	}
}

// TestM06_PromptsFade: loud hold music begins, is replaced and ends without a
// click.
func TestM06_PromptsFade(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		s.guests["alice"].phone.Voice = func(dst []int16) { clear(dst) }
		bob := s.guests["bob"].phone
		for i := range 20 {
			for _, u := range []ParticipantUpdate{
				{Hold: yes(), HoldURL: at("http://web/hold.wav")},
				{Hold: yes(), HoldURL: at("http://web/other.wav")},
				{Hold: no()},
			} {
				s.update("bob", u)
				s.run(300*time.Millisecond + time.Duration(i)*TickInterval)
			}
		}
		if c := tone.Click(bob.Heard(), 8000, holdHz, announceHz+100); c > 0.03 { // 2 % is the rounding of G.711
			t.Errorf("there is a click of %.2f %% of full scale", 100*c)
		}
	})
}

// TestLeave: the bridge does not hang up a call whose end was reported to it,
// and leaving twice is leaving once.
func TestLeave(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		g := s.guests["alice"]
		g.p.Acknowledge()
		g.p.Leave(HungUp)
		g.p.Leave(NoACK)
		s.run(100 * time.Millisecond)
		if why, n := g.call.hungUp(); n != 0 {
			t.Errorf("hung up %d times for %q", n, why)
		}
		want := []string{"participant-join alice", "conference-start", "participant-connected alice", "participant-leave alice hung-up"}
		got := slices.DeleteFunc(s.seen(), func(e string) bool { return e == "participant-join bob" || e == "participant-connected bob" })
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// TestS55_JoinCancelled: a call that is given up while it joins leaves nobody
// behind and its leg closed once.
func TestS55_JoinCancelled(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice")
		ctx, cancel := context.WithCancel(bg())
		cancel()
		leg, err := s.b.OpenLeg()
		if err != nil {
			t.Fatal(err)
		}
		call := &fakeCall{}
		_, err = s.b.Join(ctx, JoinRequest{Account: "AC1", Conference: "sales", Leg: leg, Call: call})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the join gives %v", err)
		}
		s.run(100 * time.Millisecond)
		if n := len(s.view("sales").Participants); n != 1 {
			t.Errorf("%d participants are left", n)
		}
		if _, n := call.hungUp(); n != 0 {
			t.Errorf("the bridge hung up a call that was given up")
		}
	})
}

// TestCoachComesFirst: a coach whose coachee has not come yet is a silent
// monitor until it does.
func TestCoachComesFirst(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice")
		s.join("coach", "sales", StartOptions{Label: "coach", Coach: "bob", Beep: BeepNever})
		s.wantHears("before", "alice:", "coach: alice")
		s.joinAll("sales", "bob")
		s.wantHears("after", "alice: bob", "bob: alice coach", "coach: alice bob")
	})
}

// TestAnnouncementStarting: an announcement that is still being fetched ducks
// nothing.
func TestAnnouncementStarting(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		level := func() float64 {
			s.run(200 * time.Millisecond)
			mark := len(s.guests["alice"].phone.Heard())
			s.run(300 * time.Millisecond)
			return tone.Level(s.guests["alice"].phone.Heard()[mark:], 8000, s.tones["bob"])
		}
		before := level()
		s.update("alice", ParticipantUpdate{AnnounceURL: at("http://web/never")})
		if during := level(); during < before-0.5 {
			t.Errorf("bob fell from %.1f to %.1f dBov although nothing is announced", before, during)
		}
	})
}

// TestDigits: telephone-events become events, and are heard by nobody (M09).
func TestDigits(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		for _, d := range []byte{1, 11, 10} {
			s.run(100 * time.Millisecond)
			s.guests["alice"].phone.Press(d, 5, time.Now())
		}
		s.run(200 * time.Millisecond)
		s.mu.Lock()
		defer s.mu.Unlock()
		got := ""
		for _, e := range s.events {
			got += e.Digit
		}
		if got != "1#*" {
			t.Errorf("digits %q, want 1#*", got)
		}
	})
}

// TestOutboxFull: what the outbox has no room for waits for the next tick.
func TestOutboxFull(t *testing.T) {
	x := newBench(t, media.PCMU, 2)
	b := x.c.bridge
	for len(b.outbox) < cap(b.outbox) {
		b.outbox <- action{}
	}
	call := &fakeCall{}
	x.c.parties[0].request.Call = call
	x.c.leave(x.c.parties[0], Removed, x.wire.now)
	x.tick()
	for len(b.outbox) > 0 {
		b.perform(<-b.outbox)
	}
	x.tick()
	for len(b.outbox) > 0 {
		b.perform(<-b.outbox)
	}
	if _, n := call.hungUp(); n != 1 {
		t.Errorf("hung up %d times, want once", n)
	}
}

// TestRegistry: completed conferences are kept within bounds, and retiring one
// leaves its successor of the same name alone.
func TestRegistry(t *testing.T) {
	x := newBench(t, media.PCMU, 2)
	r, now := newRegistry(), x.wire.now
	complete := func(name string) *conference {
		c := newConference(x.c.bridge, "AC1", name, now)
		c.end(EndLastLeft, "", ConferenceEnded, now)
		c.view.Store(c.snapshot())
		return c
	}
	old := complete("sales")
	r.add(old)
	next := newConference(x.c.bridge, "AC1", "sales", now)
	r.add(next)
	r.retire(old, now)
	if c := r.live("AC1", "sales"); c != next {
		t.Error("retiring the old conference took the new one's name")
	}
	for i := range keepCompleted + 10 {
		c := complete(fmt.Sprint("c", i))
		r.add(c)
		r.retire(c, now)
	}
	if n := len(r.tenancy("AC1").done); n != keepCompleted {
		t.Errorf("%d completed conferences are kept, want %d", n, keepCompleted)
	}
	last := complete("last")
	r.add(last)
	now = now.Add(keepCompletedFor + time.Hour)
	last.touch(now)
	last.view.Store(last.snapshot())
	r.retire(last, now)
	if n := len(r.tenancy("AC1").done); n != 1 {
		t.Errorf("%d completed conferences are kept a day later, want 1", n)
	}
	x.c.end(EndViaAPI, "", ConferenceStopped, now)
	if _, err := x.c.join(JoinRequest{}, netsim.Setup(MediaParams{}), "CA2", now); !errors.Is(err, ErrConferenceEnded) {
		t.Errorf("joining an ended conference gives %v", err)
	}
}

// TestMaxAge: a conference ends when its time is up.
func TestMaxAge(t *testing.T) {
	inStudio(t, Config{MaxAge: time.Minute}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.run(59 * time.Second)
		if v := s.view("sales"); v.Status != StatusInProgress {
			t.Fatalf("after 59 s it is %s", v.Status)
		}
		s.run(2 * time.Second)
		synctest.Wait()
		if v := s.view("sales"); v.EndReason != EndTimeExceeded {
			t.Errorf("after a minute it ended for %q, want time-exceeded", v.EndReason)
		}
		if why, n := s.guests["bob"].call.hungUp(); n != 1 || why != ConferenceEnded {
			t.Errorf("hung up %d times for %q", n, why)
		}
	})
}

// TestCloseReleasesLegs: closing a bridge without hanging up leaves no socket
// bound.
func TestCloseReleasesLegs(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.update("bob", ParticipantUpdate{Hold: yes()})
		s.run(100 * time.Millisecond)
		s.b.Close()
		if n := s.net.Bound(); n != 2*len(s.names) {
			t.Errorf("%d sockets are bound, want the phones' %d", n, 2*len(s.names))
		}
	})
}

// TestParticipantMedia: the numbers tell what the network did to one
// participant, and to that one alone.
func TestParticipantMedia(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.run(5 * time.Second)
		s.net.SetLinkFrom(s.guests["bob"].phone.Addr().Addr(), netsim.Link{Loss: 0.1})
		s.run(20 * time.Second)
		numbers := func(name string) MediaView {
			v, err := s.b.ParticipantMedia(bg(), "AC1", "sales", name)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		alice, bob := numbers("alice"), numbers("bob")
		if alice.Stats.Rx.Lost != 0 || alice.Stats.Rx.Packets < 1200 || alice.MOS < 4.3 {
			t.Errorf("alice: %d packets, %d lost, MOS %.2f", alice.Stats.Rx.Packets, alice.Stats.Rx.Lost, alice.MOS)
		}
		if lost := bob.Stats.Rx.Lost; lost < 50 || lost > 150 || bob.MOS > 4 || bob.MOS < 3 {
			t.Errorf("bob: %d lost of about 100, MOS %.2f", lost, bob.MOS)
		}
		if alice.Level < -26 || alice.Level > -22 {
			t.Errorf("alice speaks at %.1f dBov, the numbers say %.1f", -24.0, alice.Level)
		}
		if _, err := s.b.ParticipantMedia(bg(), "AC2", "sales", "alice"); !errors.Is(err, ErrNotFound) {
			t.Errorf("another account reads the numbers: %v", err)
		}
	})
}
