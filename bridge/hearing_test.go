package bridge

import (
	"testing"
)

// TestHearingMatrix walks every documented state of a participant and checks,
// on the wire, who hears whom.
func TestHearingMatrix(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol", "dave")
		everybody := []string{"alice: bob carol dave", "bob: alice carol dave", "carol: alice bob dave", "dave: alice bob carol"}
		silence := func() *Prompt { return at("") }
		steps := []struct {
			when   string
			who    string
			update ParticipantUpdate
			want   []string
		}{
			{"mute", "bob", ParticipantUpdate{Muted: yes()},
				[]string{"alice: carol dave", "bob: alice carol dave", "carol: alice dave", "dave: alice carol"}},
			{"hold while muted", "bob", ParticipantUpdate{Hold: yes(), HoldURL: silence()},
				[]string{"alice: carol dave", "bob:", "carol: alice dave", "dave: alice carol"}},
			{"unmute while held", "bob", ParticipantUpdate{Muted: no()},
				[]string{"alice: carol dave", "bob:", "carol: alice dave", "dave: alice carol"}},
			{"unhold", "bob", ParticipantUpdate{Hold: no()}, everybody},
			{"coach", "dave", ParticipantUpdate{CallSIDToCoach: ptr("bob")},
				[]string{"alice: bob carol", "bob: alice carol dave", "carol: alice bob", "dave: alice bob carol"}},
			{"mute the coach", "dave", ParticipantUpdate{Muted: yes()},
				[]string{"alice: bob carol", "bob: alice carol", "carol: alice bob", "dave: alice bob carol"}},
			{"unmute the coach", "dave", ParticipantUpdate{Muted: no()},
				[]string{"alice: bob carol", "bob: alice carol dave", "carol: alice bob", "dave: alice bob carol"}},
			{"mute the coachee", "bob", ParticipantUpdate{Muted: yes()},
				[]string{"alice: carol", "bob: alice carol dave", "carol: alice", "dave: alice carol"}},
			{"hold the coachee", "bob", ParticipantUpdate{Muted: no(), Hold: yes(), HoldURL: silence()},
				[]string{"alice: carol", "bob:", "carol: alice", "dave: alice carol"}},
			{"unhold the coachee", "bob", ParticipantUpdate{Hold: no()},
				[]string{"alice: bob carol", "bob: alice carol dave", "carol: alice bob", "dave: alice bob carol"}},
			{"retarget", "dave", ParticipantUpdate{CallSIDToCoach: ptr("carol")},
				[]string{"alice: bob carol", "bob: alice carol", "carol: alice bob dave", "dave: alice bob carol"}},
			{"hold the coach", "dave", ParticipantUpdate{Hold: yes(), HoldURL: silence()},
				[]string{"alice: bob carol", "bob: alice carol", "carol: alice bob", "dave:"}},
			{"unhold the coach", "dave", ParticipantUpdate{Hold: no()},
				[]string{"alice: bob carol", "bob: alice carol", "carol: alice bob dave", "dave: alice bob carol"}},
			{"barge", "dave", ParticipantUpdate{Coaching: no()}, everybody},
			{"several at once", "alice", ParticipantUpdate{Muted: yes(), Coaching: yes(), CallSIDToCoach: ptr("bob"), EndConferenceOnExit: yes()},
				[]string{"alice: bob carol dave", "bob: carol dave", "carol: bob dave", "dave: bob carol"}},
			{"whisper", "alice", ParticipantUpdate{Muted: no()},
				[]string{"alice: bob carol dave", "bob: alice carol dave", "carol: bob dave", "dave: bob carol"}},
			{"end of coaching", "alice", ParticipantUpdate{Coaching: no(), EndConferenceOnExit: no()}, everybody},
		}
		s.wantHears("at first", everybody...)
		for _, st := range steps {
			s.update(st.who, st.update)
			s.wantHears(st.when, st.want...)
		}
	})
}

// TestH12_CoacheeLeaves: the coach becomes a silent monitor, never audible.
func TestH12_CoacheeLeaves(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol")
		s.update("carol", ParticipantUpdate{CallSIDToCoach: ptr("bob")})
		s.wantHears("coaching", "alice: bob", "bob: alice carol", "carol: alice bob")
		s.guests["bob"].p.Leave(HungUp)
		s.wantHears("coachee left", "alice:", "carol: alice")
		v := s.view("sales").participant("carol")
		if !v.Coaching || v.CoachedCallID != "" {
			t.Errorf("coach shows coaching=%v of %q, want true of nobody", v.Coaching, v.CoachedCallID)
		}
		if _, err := s.tryUpdate("carol", ParticipantUpdate{Coaching: yes()}); err != ErrCoachMissing {
			t.Errorf("Coaching=true without a target gives %v, want ErrCoachMissing", err)
		}
	})
}

// TestH11_CoachErrors: a refused update changes nothing at all.
func TestH11_CoachErrors(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol")
		s.joinAll("other", "zoe")
		s.update("carol", ParticipantUpdate{CallSIDToCoach: ptr("bob")})
		s.update("bob", ParticipantUpdate{})
		for _, c := range []struct {
			who  string
			u    ParticipantUpdate
			want error
		}{
			{"alice", ParticipantUpdate{Coaching: yes()}, ErrCoachMissing},
			{"alice", ParticipantUpdate{Coaching: yes(), CallSIDToCoach: ptr("")}, ErrCoachMissing},
			{"alice", ParticipantUpdate{CallSIDToCoach: ptr("alice")}, ErrCoachCycle},
			{"bob", ParticipantUpdate{CallSIDToCoach: ptr("carol")}, ErrCoachCycle},
			{"alice", ParticipantUpdate{CallSIDToCoach: ptr("nobody")}, ErrCoachNotFound},
			{"alice", ParticipantUpdate{CallSIDToCoach: ptr(s.guests["zoe"].p.ID())}, ErrCoachNotFound},
		} {
			c.u.Muted = yes()
			if _, err := s.tryUpdate(c.who, c.u); err != c.want {
				t.Errorf("%s with %+v gives %v, want %v", c.who, c.u, err, c.want)
			}
		}
		s.wantHears("after refused updates", "alice: bob", "bob: alice carol", "carol: alice bob", "zoe:")
		s.update("bob", ParticipantUpdate{Hold: yes()})
		if _, err := s.tryUpdate("alice", ParticipantUpdate{CallSIDToCoach: ptr("bob")}); err != ErrCoachOnHold {
			t.Errorf("coaching a held participant gives %v, want ErrCoachOnHold", err)
		}
	})
}
