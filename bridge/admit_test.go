package bridge

import (
	"testing"
	"time"

	"partyline/media"
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

// TestArrivalsDoNotHoldUpATick: of those who wait at the door of a clock whose
// tick is due only the first is let in before it.
func TestArrivalsDoNotHoldUpATick(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration // of the tick
		in    int
	}{{time.Hour, 3}, {0, 1}} {
		x := newBench(t, media.PCMU, 2)
		k := x.c.clock
		arrive := func() arrival { return arrival{x.c, &connectCommand{p: x.c.parties[0]}} }
		k.door <- arrive()
		k.door <- arrive()
		k.admit(arrive(), time.Now().Add(c.ahead))
		if in := 3 - len(k.door); in != c.in {
			t.Errorf("%v before the tick %d of 3 are let in, want %d", c.ahead, in, c.in)
		}
	}
}
