package bridge

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// talkOn lets the named phones talk and listen on their own, also while the
// bridge is asked for something, until the test calls off. Until then mu guards
// them.
func (s *studio) talkOn(names ...string) (off func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	var phones []*netsim.Phone
	for _, n := range names {
		phones = append(phones, s.guests[n].phone)
	}
	go func() {
		defer close(done)
		for {
			s.mu.Lock()
			for _, p := range phones {
				p.Tick(time.Now())
			}
			s.mu.Unlock()
			select {
			case <-stop:
				return
			case <-time.After(TickInterval):
			}
		}
	}()
	return func() { close(stop); <-done }
}

// heardBy is what g has heard up to now, while it talks on.
func (s *studio) heardBy(g *guest) []int16 {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.phone.Heard()
}

// TestM06_AChangeOfRateDoesNotClick: a talker's steady tone goes on while
// wideband phones make the conference go 8, 16, 48, 16, 8 kHz. The mark is -50 dB
// of full scale. A phone of 8 kHz misses it where the filters that come or go,
// 2.5 ms on the way in and 2.5 ms on the way out, each turn the tone by about
// half a period: no cross-fade within a frame is slow enough for that.
func TestM06_AChangeOfRateDoesNotClick(t *testing.T) {
	const mark = -50
	for _, c := range []struct {
		codec media.Codec
		hz    int
		limit float64
	}{
		{media.L16at8k, 300, mark}, {media.L16at8k, 440, mark}, {media.L16at8k, 600, -49}, {media.L16at8k, 1000, -45},
		{media.L16at16k, 300, mark}, {media.L16at16k, 440, mark}, {media.L16at16k, 600, mark}, {media.L16at16k, 1000, mark},
	} {
		t.Run(fmt.Sprintf("%d Hz at %d", c.hz, c.codec.SampleRate()), func(t *testing.T) {
			inStudio(t, Config{}, func(s *studio) { wantNoClick(s, c.codec, c.hz, c.limit) })
		})
	}
}

// wantNoClick has alice speak a tone of -20 dBov, bob listen with codec, and
// carol and dave come and go.
func wantNoClick(s *studio, codec media.Codec, hz int, limit float64) {
	withCodecs(s, map[string]media.Codec{"alice": media.L16at8k, "bob": codec, "carol": media.G722, "dave": media.Opus})
	s.joinAll("sales", "alice", "bob")
	s.guests["alice"].phone.Voice = (&tone.Sine{Hz: hz, Level: -20}).Fill
	bob := s.guests["bob"]
	bob.phone.Voice = func(dst []int16) { clear(dst) }
	defer s.talkOn("alice", "bob")()
	time.Sleep(time.Second)
	low := codec.SampleRate()
	for _, change := range []struct {
		rate int
		make func()
	}{
		{low, func() {}},
		{16000, func() { s.joinAll("sales", "carol") }},
		{48000, func() { s.joinAll("sales", "dave") }},
		{16000, func() { s.remove("dave") }},
		{low, func() { s.remove("carol") }},
	} {
		mark := len(s.heardBy(bob))
		change.make()
		time.Sleep(160 * time.Millisecond)
		if rate := s.conf("alice").rate; rate != change.rate {
			s.t.Fatalf("the conference is mixed at %d Hz, want %d", rate, change.rate)
		}
		heard := s.heardBy(bob)[mark-2:]
		if click := 20 * math.Log10(tone.Click(heard, bob.rate, hz)); click > limit {
			s.t.Errorf("to %d Hz: a click of %.1f dB, want at most %.0f%s", change.rate, click, limit, s.keep("bob"))
		}
		if power := tone.Power(heard); power < -20.5 {
			s.t.Errorf("to %d Hz: the tone sinks to %.1f dBov", change.rate, power)
		}
	}
}
