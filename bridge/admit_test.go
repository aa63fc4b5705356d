package bridge

import (
	"testing"
	"time"
)

// TestJoinNeedNotWaitForATick: a caller is in, with its event and its picture,
// before any time has passed.
func TestJoinNeedNotWaitForATick(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice")
		time.Sleep(TickInterval / 4) // between two ticks
		for _, conference := range []string{"sales", "new"} {
			leg, err := s.b.OpenLeg()
			if err != nil {
				t.Fatal(err)
			}
			s.forgetEvents()
			began := time.Now()
			p, err := s.b.Join(bg(), JoinRequest{
				Account: "AC1", Conference: conference, Options: DefaultStartOptions(),
				Leg: leg, Media: s.guests["alice"].phone.Params(), Call: &fakeCall{},
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Since(began); d != 0 {
				t.Errorf("joining %s took %s", conference, d)
			}
			if s.view(conference).participant(p.ID()) == nil {
				t.Errorf("%s does not show who has joined", conference)
			}
			if got := s.seen(EventJoin); len(got) != 1 {
				t.Errorf("events of joining %s: %q", conference, got)
			}
			time.Sleep(TickInterval / 4)
		}
	})
}
