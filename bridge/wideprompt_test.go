package bridge

import (
	"testing"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

// TestPromptsKeepTheirPitch: hold music goes on over changes of the
// conference's rate, and an announcement is heard at any; tones keep level and
// pitch.
func TestPromptsKeepTheirPitch(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, w *webserver) {
		s.codecs["carol"], s.codecs["dave"] = media.G722, media.Opus
		s.joinAll("sales", "alice", "bob")
		s.update("alice", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/hold.wav")})
		s.run(time.Second)
		before := tone.Power(s.guests["alice"].phone.Heard()[4000:])
		for _, name := range []string{"carol", "dave"} {
			s.joinAll("sales", name)
			s.run(100 * time.Millisecond)
			mark := len(s.guests["alice"].phone.Heard())
			s.run(time.Second)
			heard := s.guests["alice"].phone.Heard()[mark:]
			if p := tone.Power(heard); p < before-1 || p > before+1 {
				t.Errorf("after %s the hold music has %.1f dBov, before %.1f", name, p, before)
			}
			if h := tone.Hears(heard, 8000, s.tones); h != "hold" {
				t.Errorf("held alice hears %q, want hold", h)
			}
		}
	})
}

// TestBeepGoesOnOverAChangeOfRate: its length and level are those it has at any
// rate.
func TestBeepGoesOnOverAChangeOfRate(t *testing.T) {
	b := newBeeps()
	b.add(entering, nil)
	var tones [3]float64
	frames := 0
	for _, rate := range []int{8000, 8000, 16000, 16000, 48000, 48000, 8000, 8000, 8000, 8000, 8000, 8000, 8000} {
		frame, _ := b.next(rate)
		if frame == nil {
			break
		}
		if len(frame) != rate/50 {
			t.Fatalf("a frame of %d samples at %d Hz", len(frame), rate)
		}
		tones[frames/4] = tone.Power(frame)
		frames++
	}
	if frames != beepFrames {
		t.Errorf("the beep lasts %d frames, want %d", frames, beepFrames)
	}
	for i, p := range tones {
		if i < 2 && (p < -22 || p > -20) {
			t.Errorf("part %d of the beep has %.1f dBov", i, p)
		}
	}
}
