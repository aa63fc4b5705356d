package prompt

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestF24_NoCookies(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f24/cookie"), 5*time.Second)
		got := r.web.Requests("/f24/cookie")
		if len(got) < 3 {
			t.Fatalf("%d requests", len(got))
		}
		for _, q := range got {
			if q.Header.Get("Cookie") != "" {
				t.Errorf("a cookie came back: %v", q.Header)
			}
		}
	})
}

func TestF24_CachePerAccount(t *testing.T) {
	inBubble(t, func(r *rig) {
		for _, account := range []string{"AC1", "AC2", "AC1", "AC2"} {
			s := r.openRequest(Request{Account: account, URL: at("/second.wav")})
			wantTone(t, account, r.hear(s, time.Second)[160:])
			s.Stop()
		}
		if n := r.web.Hits("/second.wav"); n != 2 {
			t.Errorf("%d requests for two accounts", n)
		}
	})
}

func TestF24_Validation(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 3 {
			s := r.open("/f24/etag.wav")
			wantTone(t, fmt.Sprint("listener ", i), r.hear(s, time.Second)[160:])
			s.Stop()
		}
		got := r.web.Requests("/f24/etag.wav")
		if len(got) != 3 || got[0].Header.Get("If-None-Match") != "" || got[2].Header.Get("If-None-Match") != `"one"` {
			t.Errorf("%d requests, the last with %q", len(got), got[len(got)-1].Header.Get("If-None-Match"))
		}
	})
}

func TestF25_OneFetchForAll(t *testing.T) {
	inBubble(t, func(r *rig) {
		var all []*Source
		for range 200 {
			all = append(all, r.lib.Open(Request{URL: at("/f31/300ms.wav"), Rate: rate}))
		}
		frame := make([]int16, 160)
		for range 50 {
			for _, s := range all {
				s.ReadFrame(frame)
			}
			time.Sleep(20 * time.Millisecond)
		}
		for i, s := range all {
			if s.ReadFrame(frame) != Playing {
				t.Errorf("listener %d does not play", i)
			}
			s.Stop()
		}
		if n := r.web.Hits("/f31/300ms.wav"); n != 1 {
			t.Errorf("%d requests for 200 listeners", n)
		}
		if kept, want := r.lib.kept, int64(rate); kept != want {
			t.Errorf("%d samples are kept, want %d", kept, want)
		}
	})
}

func TestF26_SlowServersDoNotBlockOthers(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 64 {
			defer r.lib.Open(Request{URL: fmt.Sprintf("http://slow%d.example/f08/never", i), Rate: rate}).Stop()
		}
		synctest.Wait()
		pcm := r.hear(r.open("/second.wav"), time.Second)
		wantTone(t, "with 64 slow servers", pcm[160:])
	})
}

func TestF26_FetchesAreBounded(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 200 {
			defer r.lib.Open(Request{Account: "busy", URL: fmt.Sprintf("http://slow%d.example/f08/never", i), Rate: rate}).Stop()
			defer r.lib.Open(Request{Account: "one host", URL: at(fmt.Sprintf("/f08/never?%d", i)), Rate: rate}).Stop()
		}
		synctest.Wait()
		if got, want := r.web.Busy(), maxAccountFetches+maxHostFetches; got != want {
			t.Errorf("%d requests under way, want %d", got, want)
		}
		s := r.openRequest(Request{Account: "other", URL: "http://other.example/second.wav"})
		wantTone(t, "another account", r.hear(s, time.Second)[160:])
	})
}

func TestF26_SlotsComeBack(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 100 {
			r.lib.Open(Request{Kind: Announce, URL: at(fmt.Sprintf("/f08/never?%d", i)), Rate: rate}).Stop()
		}
		synctest.Wait()
		if s := &r.lib.slots; s.total != 0 || len(s.hosts) != 0 || len(s.accounts) != 0 || len(s.waiting) != 0 {
			t.Errorf("slots left behind: %d, %v, %v, %d waiting", s.total, s.hosts, s.accounts, len(s.waiting))
		}
		wantTone(t, "afterwards", r.hear(r.open("/second.wav"), time.Second)[160:])
	})
}

func TestF27_ChangingFile(t *testing.T) {
	// The file grows by a second with each request, so the length of what is
	// kept tells which version it is.
	seconds := func(r *rig, path string) int64 {
		s := r.open(path)
		defer s.Stop()
		r.hear(s, 500*time.Millisecond)
		return s.seg.track.made.Load() / rate
	}
	for path, want := range map[string][3]int64{
		"/f27/default.wav": {1, 1, 2}, // fresh for a minute
		"/f27/hour.wav":    {1, 1, 1},
		"/f27/nostore.wav": {1, 2, 3},
	} {
		inBubble(t, func(r *rig) {
			got := [3]int64{seconds(r, path), seconds(r, path)}
			time.Sleep(2 * time.Minute)
			got[2] = seconds(r, path)
			if got != want {
				t.Errorf("%s: versions %v, want %v", path, got, want)
			}
		})
	}
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f27/default.wav"), 5*time.Minute)
		if n := r.web.Hits("/f27/default.wav"); n != 1 {
			t.Errorf("a looping listener asked %d times", n)
		}
	})
}

func TestF27_OldCopyWhenTheServerFails(t *testing.T) {
	inBubble(t, func(r *rig) {
		path := "/f09/once" // broken the first time, good the second
		r.hear(r.open(path), 10*time.Second)
		r.lib.client.Transport.(*http.Transport).DialContext = nil
		r.lib.client.Transport = failing{}
		time.Sleep(time.Hour)
		wantTone(t, "the old copy", r.hear(r.open(path), time.Second)[160:])
	})
}

// failing is a transport without a network.
type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed }

func TestF31_HoldAndUnhold(t *testing.T) {
	inBubble(t, func(r *rig) {
		frame := make([]int16, 160)
		base := 0
		for i := range 1000 {
			s := r.lib.Open(Request{URL: at(fmt.Sprintf("/f31/300ms.wav?%d", i%7)), Rate: rate})
			for range i % 25 {
				s.ReadFrame(frame)
				time.Sleep(20 * time.Millisecond)
			}
			s.Stop()
			synctest.Wait()
			if i == 100 {
				base = runtime.NumGoroutine()
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := runtime.NumGoroutine(); n > base+4 {
			t.Errorf("%d goroutines, %d after the first hundred", n, base)
		}
		if n := r.net.open(); n > 8 {
			t.Errorf("%d connections are open", n)
		}
		if n := r.web.Busy(); n != 0 {
			t.Errorf("%d requests are still being answered", n)
		}
	})
}

func TestF31_StoppedBeforeTheAnswer(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.open("/f31/300ms.wav")
		b := r.open("/f31/300ms.wav")
		a.Stop()
		synctest.Wait()
		wantTone(t, "the one that stays", r.hear(b, time.Second)[3000:])
		b.Stop()
		c := r.open("/f08/never")
		c.Stop()
		synctest.Wait()
		if n := r.web.Busy(); n != 0 {
			t.Errorf("%d requests outlive their listeners", n)
		}
		if len(r.lib.entries) != 1 {
			t.Errorf("%d entries, want the one file", len(r.lib.entries))
		}
	})
}

func TestF31_StopThenAskAgain(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.lib.Open(Request{URL: at("/f31/300ms.wav"), Rate: rate})
		synctest.Wait()
		a.Stop()
		b := r.open("/f31/300ms.wav") // while the first request is being given up
		wantTone(t, "the second", r.hear(b, 2*time.Second)[4000:])
		r.wantTold("")
	})
}

func TestF32_DecodersTakeTurns(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.turns = newTurns(1)
		var stalled, playing []*Source
		for i := range 64 {
			stalled = append(stalled, r.lib.Open(Request{URL: fmt.Sprintf("http://h%d.example/f08/halfway", i), Rate: rate}))
		}
		for i := range 8 {
			playing = append(playing, r.lib.Open(Request{URL: fmt.Sprintf("http://h%d.example/f01/cbr.mp3", i), Rate: rate}))
		}
		synctest.Wait()
		frame := make([]int16, 160)
		for _, s := range playing {
			if s.ReadFrame(frame); s.ReadFrame(frame) != Playing {
				t.Error("an MP3 does not play beside stalled servers")
			}
			s.Stop()
		}
		for _, s := range stalled {
			s.Stop()
		}
	})
}

func TestF32_FilesAreDecodedInTheBackground(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/minutes.wav")
		s.ReadFrame(make([]int16, 160))
		if made := s.seg.track.made.Load(); made > int64(samples(readAhead+pieceTime, rate)) {
			t.Errorf("%d samples are decoded at once", made)
		}
		time.Sleep(10 * time.Second) // without a reader
		if !s.seg.track.whole() || r.web.Busy() != 0 {
			t.Errorf("%d samples are decoded after 10 seconds", s.seg.track.made.Load())
		}
		wantTone(t, "the file", r.hear(s, time.Second))
	})
}

func TestLongFilesBelongToOneListener(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.keepLimit = 30 * time.Second
		a := r.open("/minutes.wav")
		r.hear(a, time.Minute)
		time.Sleep(time.Minute)
		b := r.open("/minutes.wav")
		if pos := b.at; pos.c != nil || r.web.Hits("/minutes.wav") > 2 {
			t.Error("the second listener has begun")
		}
		r.hear(b, time.Second)
		if pos := b.at.pos(); pos > 2*rate {
			t.Errorf("the second listener begins at sample %d", pos)
		}
		wantTone(t, "the first listener", r.hear(a, 75*time.Second))
		r.wantTold("")
	})
}

func TestBudget(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.kept = keepBudget - 3*rate/2 // room for one file and a half
		s := r.open("/second.wav?1")
		r.hear(s, time.Second)
		s.Stop()
		synctest.Wait()
		s = r.open("/second.wav?2") // the first one goes
		wantTone(t, "the second file", r.hear(s, 3*time.Second)[160:])
		u := r.open("/second.wav?3") // no room: the second one is in use
		r.hear(u, 5*time.Second)
		r.wantTold("")
		if n := r.web.Hits("/second.wav"); n < 5 {
			t.Errorf("%d requests: the third file should be fetched for every loop", n)
		}
	})
}
