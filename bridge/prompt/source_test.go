package prompt

import (
	"math"
	"testing"
	"time"
)

// programme returns a source that plays segs, without a player.
func programme(kind Kind, segs ...*segment) *Source {
	s := newSource(Request{Kind: kind, Rate: rate})
	tail := s.seg
	for _, seg := range segs {
		tail.next.Store(seg)
		tail = seg
	}
	return s
}

// wholeTrack returns a track of n samples in small chunks.
func wholeTrack(n int) *track {
	t := newTrack(rate, func() {})
	for i := 0; i < n; i += 320 {
		pcm := make([]int16, min(320, n-i))
		for j := range pcm {
			pcm[j] = int16((i+j)%1000 + 1)
		}
		t.append(pcm)
	}
	t.close(nil, nil)
	return t
}

func TestReadFrameDoesNotAllocate(t *testing.T) {
	var box musicBox
	growing := newTrack(rate, func() {})
	growing.append(make([]int16, 100))
	for name, s := range map[string]*Source{
		"starting":   programme(Hold),
		"music":      programme(Hold, &segment{track: box.track(rate)}),
		"loop":       programme(Hold, &segment{track: wholeTrack(1001)}),
		"silence":    programme(Hold, &segment{silence: -1}),
		"starving":   programme(Hold, &segment{track: growing}),
		"ended":      programme(Announce, &segment{end: true}),
		"many parts": programme(Hold, &segment{track: wholeTrack(40), loops: 1}, &segment{silence: 3}, &segment{track: wholeTrack(1)}),
	} {
		s.filler.Store(box.track(rate))
		frame := make([]int16, 160)
		if n := testing.AllocsPerRun(1000, func() { s.ReadFrame(frame) }); n != 0 {
			t.Errorf("%s: %v allocations per frame", name, n)
		}
	}
}

func TestStopDoesNotAllocate(t *testing.T) {
	s := programme(Hold)
	if n := testing.AllocsPerRun(100, s.Stop); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOpenAfterClose(t *testing.T) {
	l := New(Options{})
	l.Close()
	s := l.Open(Request{URL: at("/second.wav")})
	s.ReadFrame(make([]int16, 160))
	s.Stop()
	l.Close()
}

func TestSegmentsFollowWithoutAGap(t *testing.T) {
	one := wholeTrack(777)
	s := programme(Announce, &segment{track: one, loops: 2}, &segment{silence: 50}, &segment{track: one, loops: 1}, &segment{end: true})
	var got []int16
	frame := make([]int16, 160)
	for s.ReadFrame(frame) != Ended {
		got = append(got, frame...)
	}
	pcm := make([]int16, 777)
	for i := range pcm {
		pcm[i] = int16(i%1000 + 1)
	}
	want := append(append(append(append([]int16{}, pcm...), pcm...), make([]int16, 50)...), pcm...)
	wantSame(t, "the programme", got, want)
	wantSilence(t, "after it", got[len(want):])
	if s.begun.Load() != 4 || s.finished.Load() != 3 {
		t.Errorf("begun %d, finished %d", s.begun.Load(), s.finished.Load())
	}
}

func TestLowIsRaisedBeforeTheEnd(t *testing.T) {
	s := programme(Hold, &segment{track: wholeTrack(2 * rate), loops: 1})
	frame := make([]int16, 160)
	for range 49 {
		s.ReadFrame(frame)
	}
	if s.low.Load() {
		t.Error("low with more than the lead to go")
	}
	for range 3 {
		s.ReadFrame(frame)
	}
	if !s.low.Load() {
		t.Error("not low with less than the lead to go")
	}
}

func TestStarvingSourceIsFilledWithoutAClick(t *testing.T) {
	var box musicBox
	tr := newTrack(rate, func() {})
	loud := func(n int) []int16 {
		pcm := make([]int16, n)
		for i := range pcm {
			pcm[i] = 8000
		}
		return pcm
	}
	tr.append(loud(250))
	s := programme(Hold, &segment{track: tr})
	s.filler.Store(box.track(rate))
	var got []int16
	frame := make([]int16, 160)
	for i := range 400 {
		if i == 300 {
			tr.append(loud(40 * 160))
		}
		if state := s.ReadFrame(frame); state != Playing {
			t.Fatalf("%v at frame %d", state, i)
		}
		got = append(got, frame...)
	}
	for i := 1; i < len(got); i++ {
		if step := math.Abs(float64(got[i]) - float64(got[i-1])); step > 2000 {
			t.Fatalf("a step of %v at sample %d", step, i)
		}
	}
	wantSilence(t, "for the patience", got[320:samples(musicPatience, rate)])
	wantMusic(t, "after it", got[samples(musicPatience, rate)+160*10:300*160])
	if got[310*160] != 8000 {
		t.Error("the audio does not come back")
	}
}

func TestNoReturnForAMoment(t *testing.T) {
	var box musicBox
	tr := newTrack(rate, func() {})
	s := programme(Hold, &segment{track: tr})
	s.filler.Store(box.track(rate))
	frame := make([]int16, 160)
	for range 200 {
		s.ReadFrame(frame)
	}
	tr.append(make([]int16, rate/10)) // half of what it takes
	if s.ReadFrame(frame); !s.filling {
		t.Error("the music ends for a tenth of a second")
	}
	tr.append(make([]int16, rate/10))
	if s.ReadFrame(frame); s.filling {
		t.Error("the music goes on although there is audio")
	}
}

func TestEmptyURLs(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantMusic(t, "no URL", r.hear(r.openRequest(Request{}), 3*time.Second))
		wantSilence(t, "an empty URL", r.hear(r.openRequest(Request{Kind: Wait, Silence: true}), 3*time.Second))
		s := r.openRequest(Request{Kind: Announce})
		if _, state := r.hearUntil(s, time.Second, until(Ended)); state != Ended || s.Err() == nil {
			t.Errorf("an announcement of nothing: %v, %v", state, s.Err())
		}
		s = r.openRequest(Request{Kind: Announce, Silence: true})
		if _, state := r.hearUntil(s, time.Second, until(Ended)); state != Ended || s.Err() != nil {
			t.Errorf("an empty announcement: %v, %v", state, s.Err())
		}
		if r.net.dialed != 0 {
			t.Errorf("%d connections", r.net.dialed)
		}
	})
}

func TestStopTwiceAndRead(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/second.wav")
		r.hear(s, time.Second)
		s.Stop()
		s.Stop()
		r.hear(s, time.Second)
	})
}

func BenchmarkReadFrame(b *testing.B) {
	var box musicBox
	s := programme(Hold, &segment{track: box.track(rate)})
	frame := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		s.ReadFrame(frame)
	}
}
