package bridge

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media"
)

// TestMediaViewsNameEverybody: the numbers of all participants, with whose they
// are, and nothing of those who have left.
func TestMediaViewsNameEverybody(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.codecs["carol"] = media.G722
		s.joinAll("sales", "alice", "bob")
		s.joinAll("support", "carol")
		s.run(time.Second)
		s.remove("bob")
		s.run(100 * time.Millisecond)
		views, err := s.b.MediaViews(bg())
		if err != nil {
			t.Fatal(err)
		}
		rates := map[string]int{}
		for _, v := range views {
			rates[v.Conference.FriendlyName+" "+v.Participant.Label+" "+v.Media.Codec.String()] = v.Media.Rate
			if v.Media.Stats.Rx.Packets < 40 || v.Media.Stats.Tx.Packets < 40 || v.Media.MOS < 3 {
				t.Errorf("%s: %+v", v.Participant.Label, v.Media)
			}
		}
		if len(rates) != 2 || rates["sales alice PCMU"] != 8000 || rates["support carol G722"] != 16000 {
			t.Errorf("rates %v", rates)
		}
	})
}

// TestTotalsOutliveParticipants: the counters of those who have left and of
// those who are there are together all there ever was.
func TestTotalsOutliveParticipants(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob", "carol")
		s.run(time.Second)
		s.remove("bob")
		s.guests["carol"].p.Leave(HungUp)
		s.run(100 * time.Millisecond)
		synctest.Wait()
		sum := s.b.Totals()
		if sum.Joined != 3 || sum.Conferences != 1 || sum.Left[Removed] != 1 || sum.Left[HungUp] != 1 {
			t.Errorf("totals %+v", sum)
		}
		views, err := s.b.MediaViews(bg())
		if err != nil || len(views) != 1 {
			t.Fatalf("%d views, %v", len(views), err)
		}
		sum.AddMedia(views[0].Media.Stats)
		if tx := sum.Media.Tx.Packets; tx < 3*45 || tx > 3*60 {
			t.Errorf("%d packets sent by three in a second", tx)
		}
		if sum.Ticks < 50 || sum.Skipped != 0 {
			t.Errorf("%d ticks, %d skipped", sum.Ticks, sum.Skipped)
		}
	})
}

// TestSendDigits: digits go to one phone, and an update that names what is none
// changes nothing.
func TestSendDigits(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		s.update("alice", ParticipantUpdate{SendDigits: ptr("12#")})
		s.run(2 * time.Second)
		for name, want := range map[string]uint64{"alice": 3, "bob": 0} {
			m, err := s.b.ParticipantMedia(bg(), "AC1", "sales", name)
			if err != nil || m.Stats.Tx.Digits != want {
				t.Errorf("%d digits went to %s, %v; want %d", m.Stats.Tx.Digits, name, err, want)
			}
		}
		_, err := s.tryUpdate("alice", ParticipantUpdate{Muted: yes(), SendDigits: ptr("1x")})
		if !errors.Is(err, ErrBadDigit) || s.view("sales").participant("alice").Muted {
			t.Errorf("digits that are none give %v", err)
		}
	})
}

// TestJitterBufferSizeIsShown from the start and after an update.
func TestJitterBufferSizeIsShown(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.join("alice", "sales", StartOptions{StartConferenceOnEnter: true, JitterBufferSize: media.JitterSmall})
		if v := s.view("sales").Participants[0]; v.JitterBufferSize != media.JitterSmall {
			t.Errorf("at first it shows %v", v.JitterBufferSize)
		}
		v := s.update("alice", ParticipantUpdate{JitterBufferSize: new(media.JitterOff)})
		if v.JitterBufferSize != media.JitterOff {
			t.Errorf("after the update it shows %v", v.JitterBufferSize)
		}
	})
}

// TestTotalsOnlyGrow: whoever leaves, what is counted of those who are there
// and those who have left is never less than it was.
func TestTotalsOnlyGrow(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		names := []string{"alice", "bob", "carol", "dave"}
		s.joinAll("sales", names...)
		var before Totals
		for i := range len(names) + 1 {
			s.run(500 * time.Millisecond)
			if i > 0 {
				s.guests[names[i-1]].p.Leave(HungUp)
				s.run(100 * time.Millisecond)
			}
			synctest.Wait()
			now := s.b.Totals()
			views, err := s.b.MediaViews(bg())
			if err != nil || len(views) != len(names)-i {
				t.Fatalf("%d left: %d views, %v", i, len(views), err)
			}
			for _, v := range views {
				now.AddMedia(v.Media.Stats)
			}
			a, b := before.Media, now.Media
			if b.Rx.Packets < a.Rx.Packets || b.Tx.Packets < a.Tx.Packets || b.Tx.Bytes < a.Tx.Bytes ||
				now.Ticks < before.Ticks || now.Left[HungUp] != uint64(i) || now.Joined != int64(len(names)) {
				t.Errorf("%d left: %+v, before %+v", i, now, before)
			}
			before = now
		}
		if sent := before.Media.Tx.Packets; sent < 300 {
			t.Errorf("%d packets were sent in all", sent)
		}
	})
}

// TestCensusAllocatesNothing in the tick, whose numbers MediaViews and the
// metrics show.
func TestCensusAllocatesNothing(t *testing.T) {
	x := newBench(t, media.PCMU, 10)
	x.tick()
	n := x.c.bridge.newCensus(x.c)
	ask := func() {
		n.ids, n.all = n.ids[:0], n.all[:0]
		x.c.commands <- n
		x.tick()
		<-n.to
	}
	for range 400 {
		ask()
	}
	if got := testing.AllocsPerRun(400, ask); got != 0 || len(n.all) != 10 {
		t.Errorf("to tell the numbers of %d allocates %v times", len(n.all), got)
	}
}
