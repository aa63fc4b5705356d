package prompt

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFrameIsReadFrame: Frame gives what ReadFrame gives, through loops, ends,
// pauses and want of audio, with frames of any length; in a long track nearly
// every frame is the track's own memory, and the track stays as it was.
func TestFrameIsReadFrame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		growing := newTrack(rate, func() {})
		programmes := [][2]*segment{}
		for range 1 + rng.IntN(4) {
			a := &segment{track: wholeTrack(1 + rng.IntN(2000)), loops: 1 + rng.IntN(3)}
			switch rng.IntN(4) {
			case 0:
				a = &segment{silence: int64(rng.IntN(500))}
			case 1:
				a = &segment{track: growing, loops: 1}
			}
			programmes = append(programmes, [2]*segment{a, {track: a.track, loops: a.loops, silence: a.silence}})
		}
		var segs [2][]*segment
		for _, p := range programmes {
			segs[0], segs[1] = append(segs[0], p[0]), append(segs[1], p[1])
		}
		one, other := programme(Hold, segs[0]...), programme(Hold, segs[1]...)
		n := 1 + rng.IntN(320)
		dst, room := make([]int16, n), make([]int16, n)
		for tick := range 60 {
			if rng.IntN(3) == 0 {
				growing.append(slices.Repeat([]int16{int16(tick + 1)}, 1+rng.IntN(500)))
			}
			want := one.ReadFrame(dst)
			frame, got := other.Frame(room)
			if got != want || !slices.Equal(frame, dst) {
				t.Fatalf("frame %d of %d samples is %v, want %v, or sounds otherwise", tick, n, got, want)
			}
		}
		if one.begun.Load() != other.begun.Load() || one.finished.Load() != other.finished.Load() || one.low.Load() != other.low.Load() {
			t.Fatal("the player is told something else")
		}
	}
}

// TestFrameSharesTheTrack: two listeners at one place of a track are given the
// same memory, and no frame costs an allocation.
func TestFrameSharesTheTrack(t *testing.T) {
	track := wholeTrack(320000)
	a, b := programme(Hold, &segment{track: track}), programme(Hold, &segment{track: track})
	room := make([]int16, 160)
	shared := 0
	for range 1000 {
		x, _ := a.Frame(room)
		y, _ := b.Frame(room)
		if &x[0] == &y[0] && &x[0] != &room[0] {
			shared++
		}
	}
	if shared < 999 {
		t.Errorf("%d of 1000 frames are the track's own", shared)
	}
	if n := testing.AllocsPerRun(500, func() { a.Frame(room) }); n != 0 {
		t.Errorf("a frame allocates %v times", n)
	}
}
