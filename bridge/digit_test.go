package bridge

import (
	"testing"
	"time"
)

// TestS94_DigitBySignalling: a digit that did not come in RTP is an event like
// the others, and only a digit is one.
func TestS94_DigitBySignalling(t *testing.T) {
	inStudio(t, Config{}, func(s *studio) {
		s.joinAll("sales", "alice", "bob")
		for _, d := range []byte("5#D*xE\x00") {
			if err := s.guests["alice"].p.Digit(d); err != nil {
				t.Fatal(err)
			}
		}
		s.run(100 * time.Millisecond)
		s.mu.Lock()
		got := ""
		for _, e := range s.events {
			if e.Digit != "" && e.Participant.CallID == s.guests["alice"].p.ID() {
				got += e.Digit
			}
		}
		s.mu.Unlock()
		if got != "5#D*" {
			t.Errorf("digits %q, want 5#D*", got)
		}
	})
}
