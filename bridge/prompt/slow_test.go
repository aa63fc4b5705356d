package prompt

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestF06_Endless(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f06/endless")
		before := heap()
		r.hear(s, time.Minute)
		if grown := int64(heap()) - int64(before); grown > 1<<20 {
			t.Errorf("a minute of a broadcast grew the heap by %d kB", grown>>10)
		}
		wantBroadcast(t, "after a minute", r.hear(s, time.Second))
		s.Stop()
		synctest.Wait()
		if n := r.web.Busy(); n != 0 {
			t.Errorf("%d broadcasts go on after Stop", n)
		}
		r.wantTold("")
	})
}

// heap returns the bytes in use after collecting garbage.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestF06_NewListenerJoinsTheOthers(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.open("/f06/live")
		r.hear(a, 30*time.Second)
		b := r.open("/f06/live")
		wantBroadcast(t, "the second listener", r.hear(b, time.Second))
		if n := r.web.Hits("/f06/live"); n != 1 {
			t.Errorf("%d connections for one broadcast", n)
		}
		a.Stop()
		synctest.Wait()
		wantBroadcast(t, "when the first has left", r.hear(b, 20*time.Second))
		b.Stop()
		synctest.Wait()
		if n := r.web.Busy(); n != 0 {
			t.Errorf("%d broadcasts go on", n)
		}
	})
}

// An answer without a length, and longer than what is kept, is a broadcast too.
func TestF06_NewListenerJoinsAnUnnamedBroadcast(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.keepLimit = 10 * time.Second
		r.hear(r.open("/f11/chunked.wav"), 20*time.Second)
		b := r.open("/f11/chunked.wav")
		wantTone(t, "the second listener", r.hear(b, time.Second)[800:])
		if n, pos := r.web.Hits("/f11/chunked.wav"), b.at.pos(); n != 1 || pos < 15*rate {
			t.Errorf("%d connections, the second listener is at sample %d", n, pos)
		}
	})
}

func TestF06_ICYTitles(t *testing.T) {
	inBubble(t, func(r *rig) { wantBroadcast(t, "with titles", r.hear(r.open("/f06/icy"), 5*time.Second)[1600:]) })
}

func TestF06_DecodesOnlyWhatIsHeard(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f06/endless")
		r.hear(s, 10*time.Second)
		time.Sleep(time.Hour)
		made := s.seg.track.made.Load()
		if limit := int64(samples(10*time.Second+2*readAhead, rate)); made > limit {
			t.Errorf("%d samples decoded for 10 seconds heard, want at most %d", made, limit)
		}
	})
}

func TestF07_OneBytePerSecond(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f07/slow")
		pcm := r.hear(s, 10*time.Second)
		wantSilence(t, "for the patience", pcm[:samples(musicPatience, rate)-160])
		wantMusic(t, "after it", pcm[samples(musicPatience, rate):])
		r.wantTold("fell-back:timeout")
	})
}

func TestF07_TooSlowToPlay(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f07/crawl.mp3")
		pcm := r.hear(s, 3*time.Minute)
		wantMusic(t, "in the end", pcm[len(pcm)-10*rate:])
		if n := r.web.Busy(); n > 1 {
			t.Errorf("%d requests under way", n)
		}
	})
}

func TestF08_NeverAnswers(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f08/never")
		pcm := r.hear(s, 9*time.Second)
		wantMusic(t, "meanwhile", pcm[samples(musicPatience, rate):])
		if n := r.web.Hits("/f08/never"); n != 1 {
			t.Errorf("asked %d times within the first-byte time-out", n)
		}
		r.hear(s, 2*time.Second)
		r.wantTold("fell-back:timeout fetch-failed:timeout")
		r.hear(s, 10*time.Minute)
		if n := r.web.Hits("/f08/never"); n > 12 {
			t.Errorf("asked %d times in 10 minutes", n)
		}
		r.wantTold("fell-back:timeout fetch-failed:timeout")
	})
}

func TestF08_AnswersAfterPatience(t *testing.T) {
	inBubble(t, func(r *rig) {
		pcm := r.hear(r.open("/f08/five"), 10*time.Second)
		wantMusic(t, "at 4 s", pcm[samples(3500*time.Millisecond, rate):5*rate])
		wantTone(t, "at 6 s", pcm[6*rate:7*rate])
		r.wantTold("fell-back:timeout recovered:playing")
	})
}

func TestF08_AnnouncementFails(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.openAs(Announce, "/f08/never")
		pcm, state := r.hearUntil(s, time.Minute, until(Ended))
		if want := samples(firstByteTimeout+time.Second, rate); state != Ended || len(pcm) > want {
			t.Errorf("%v after %d samples, want the end within %d", state, len(pcm), want)
		}
		wantSilence(t, "of a failed announcement", pcm)
		if err := failure(s.Err(), ""); err == nil || err.Reason != "timeout" {
			t.Errorf("Err() = %v, want a timeout", s.Err())
		}
	})
}

func TestF08_StallsHalfway(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.openAs(Announce, "/f08/halfway")
		pcm, state := r.hearUntil(s, time.Minute, until(Ended))
		if state != Ended || failure(s.Err(), "").Reason != "timeout" {
			t.Errorf("%v, %v", state, s.Err())
		}
		wantTone(t, "the half that came", pcm[160:rate/2-400])
	})
}

func TestF09_ResetEveryTime(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f09/reset")
		pcm := r.hear(s, time.Minute)
		wantTone(t, "the half that came", pcm[160:rate/2-400])
		r.wantTold("fetch-failed:reset fell-back:reset")
		if n := r.web.Hits("/f09/reset"); n > 8 {
			t.Errorf("asked %d times in a minute", n)
		}
	})
}

func TestF09_ResetOnce(t *testing.T) {
	inBubble(t, func(r *rig) {
		s := r.open("/f09/once")
		pcm := r.hear(s, 10*time.Second)
		wantTone(t, "after the second connection", pcm[3*rate:10*rate])
		r.wantTold("fetch-failed:reset")
	})
}

func TestF11_TenGigabytes(t *testing.T) {
	for _, path := range []string{"/f11/length.wav", "/f11/chunked.wav"} {
		inBubble(t, func(r *rig) {
			before := heap()
			s := r.open(path)
			wantTone(t, path, r.hear(s, 10*time.Second)[160:])
			if grown := int64(heap()) - int64(before); grown > 4<<20 {
				t.Errorf("%s: the heap grew by %d kB", path, grown>>10)
			}
			if made := s.seg.track.made.Load(); made > 21*rate {
				t.Errorf("%s: %d samples decoded for 10 s heard", path, made)
			}
		})
	}
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f11/document"), time.Second)
		r.wantTold("document-error:size fell-back:size")
	})
}

func TestF11_LongTracksAreForgotten(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.keepLimit = time.Minute
		s := r.open("/f11/chunked.wav")
		r.hear(s, r.lib.keepLimit+time.Minute)
		if s.seg.track.root.Load() != nil {
			t.Error("the beginning of a track over the limit is still kept")
		}
		if r.lib.kept != 0 {
			t.Errorf("%d samples are accounted for", r.lib.kept)
		}
	})
}

// A small file of hours is not decoded before it is heard.
func TestF11_FilesOverTheLimitWaitForTheirListener(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.lib.keepLimit = 30 * time.Second
		s := r.open("/minutes.wav?n=5")
		s.ReadFrame(make([]int16, 160))
		time.Sleep(time.Minute)
		if made := s.seg.track.made.Load(); made > 31*rate {
			t.Errorf("%d samples decoded for one frame heard", made)
		}
	})
}

func TestF12_GzipBomb(t *testing.T) {
	for path, want := range map[string]string{
		"/f12/bomb":     "unsupported-audio:mp3 fell-back:mp3",
		"/f12/bomb.xml": "document-error:size fell-back:size",
		"/f12/bomb.wav": "",
		"/f12/bomb.mp3": "",
		"/f12/brotli":   "fetch-failed:encoding fell-back:encoding",
		"/f12/good":     "",
	} {
		inBubble(t, func(r *rig) {
			before := heap()
			s := r.open(path)
			r.hear(s, 5*time.Second)
			if grown := int64(heap()) - int64(before); grown > 8<<20 {
				t.Errorf("%s: the heap grew by %d kB", path, grown>>10)
			}
			r.wantTold(want)
			if n := r.web.Busy(); n != 0 && path != "/f12/bomb.wav" { // which goes on as it is heard
				t.Errorf("%s: the server is still sending", path)
			}
		})
	}
}

func TestFirstAudioComesSoon(t *testing.T) {
	for path, limit := range map[string]time.Duration{
		"/f06/live":     300 * time.Millisecond, // a broadcast in real time
		"/f06/live.wav": 300 * time.Millisecond,
	} {
		inBubble(t, func(r *rig) {
			s := r.open(path)
			pcm, state := r.hearUntil(s, 5*time.Second, until(Playing))
			if late := time.Duration(len(pcm)) * time.Second / rate; state != Playing || late > limit {
				t.Errorf("%s: %v after %v", path, state, late)
			}
			r.hear(s, 5*time.Second)
			r.wantTold("")
		})
	}
}

func TestShoutcastAnswers(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantBroadcast(t, "an ICY answer", r.hear(r.open("/f06/shoutcast"), 3*time.Second)[1600:])
	})
}
