package bridge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/media/wav"
	"partyline/mixer/tone"
)

// The tones that the studio's web server plays, beside those of the phones.
const (
	holdHz     = 523
	announceHz = 787
)

// webserver serves prompts on a network in memory.
type webserver struct {
	conns  chan net.Conn
	closed chan struct{}
	server *http.Server

	mu   sync.Mutex
	hits []string // method and path, with the CallSid's first letters
}

func newWebserver() *webserver {
	w := &webserver{conns: make(chan net.Conn), closed: make(chan struct{})}
	mux := http.NewServeMux()
	audio := func(hz int, length time.Duration) http.HandlerFunc {
		samples := make([]int16, int(length.Seconds()*8000))
		(&tone.Sine{Hz: hz, Level: -24}).Fill(samples)
		var b bytes.Buffer
		if err := wav.Encode(&b, 8000, samples); err != nil {
			panic(err)
		}
		return func(rw http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			w.hits = append(w.hits, r.Method+" "+r.URL.Path)
			w.mu.Unlock()
			rw.Write(b.Bytes())
		}
	}
	mux.HandleFunc("/hold.wav", audio(holdHz, time.Second))
	mux.HandleFunc("/say.wav", audio(announceHz, time.Second))
	mux.HandleFunc("/other.wav", audio(announceHz+100, time.Second))
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then does the server notice that the client is gone
		<-r.Context().Done()
	})
	w.server = &http.Server{Handler: mux}
	return w
}

func (w *webserver) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *webserver) Close() error   { return nil }
func (w *webserver) Addr() net.Addr { return &net.TCPAddr{} }

func (w *webserver) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.conns <- far:
		return near, nil
	case <-w.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// withWeb is inStudio with a web server that plays tones.
func withWeb(t *testing.T, cfg Config, f func(s *studio, w *webserver)) {
	t.Helper()
	inStudio(t, cfg, func(s *studio) {
		s.tones["hold"], s.tones["announcement"], s.tones["other"] = holdHz, announceHz, announceHz+100
		go s.web.server.Serve(s.web)
		defer s.web.server.Close()
		defer close(s.web.closed)
		f(s, s.web)
	})
}

// TestM08_Hold: a held participant hears its hold URL and nobody; nobody hears
// it or its music; a second URL replaces the first; unhold brings it back.
func TestM08_Hold(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, w *webserver) {
		s.joinAll("sales", "alice", "bob", "carol")
		s.update("carol", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/hold.wav")})
		s.run(300 * time.Millisecond)
		want := []string{"alice: bob", "bob: alice", "carol: hold"}
		s.wantHears("held", want...)
		s.run(2 * time.Second)
		s.wantHears("held, file looped", want...)
		s.update("carol", ParticipantUpdate{Hold: yes()})
		s.wantHears("H03: Hold=true again without a URL keeps the music", want...)
		s.update("carol", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/other.wav")})
		s.run(300 * time.Millisecond)
		s.wantHears("H03: with a new URL", "alice: bob", "bob: alice", "carol: other")
		s.update("carol", ParticipantUpdate{HoldURL: at("http://web/hold.wav")})
		s.run(300 * time.Millisecond)
		s.wantHears("HoldUrl alone while held", want...)
		s.update("carol", ParticipantUpdate{Hold: no(), HoldURL: at("http://web/other.wav")})
		s.wantHears("back", "alice: bob carol", "bob: alice carol", "carol: alice bob")
		s.update("carol", ParticipantUpdate{HoldURL: at("http://web/other.wav")})
		s.wantHears("HoldUrl alone while not held is not remembered", "carol: alice bob")
		if got, want := s.seen(EventHold, EventUnhold), []string{"participant-hold carol", "participant-unhold carol"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
		if want := []string{"GET /hold.wav", "GET /other.wav"}; !slices.Equal(w.hits, want) {
			t.Errorf("the web server saw %q, want each file once: %q", w.hits, want)
		}
	})
}

// TestH02_HoldDefault: without a URL the built-in music plays; an empty URL is
// silence.
func TestH02_HoldDefault(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		heardBy := func(name string, u ParticipantUpdate) float64 {
			s.update(name, u)
			s.run(time.Second)
			mark := len(s.guests[name].phone.Heard())
			s.run(time.Second)
			return tone.Power(s.guests[name].phone.Heard()[mark:])
		}
		if p := heardBy("alice", ParticipantUpdate{Hold: yes()}); p < -45 || p > -15 {
			t.Errorf("the built-in music has %.0f dBov", p)
		}
		if p := heardBy("bob", ParticipantUpdate{Hold: yes(), HoldURL: at("")}); p > -80 {
			t.Errorf("an empty HoldUrl gives %.0f dBov, want silence", p)
		}
	})
}

// TestH04_UnholdWhileFetching: back in the mix at once, whatever the server does.
func TestH04_UnholdWhileFetching(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		s.update("bob", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/never")})
		s.run(time.Second)
		s.update("bob", ParticipantUpdate{Hold: no()})
		s.wantHears("unheld", "alice: bob", "bob: alice")
	})
}

// TestM12_Announcements: to one participant in every state it can be in, and
// to the conference.
func TestM12_Announcements(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob", "carol", "dave")
		say := at("http://web/say.wav")
		s.update("alice", ParticipantUpdate{AnnounceURL: say})
		s.wantHears("to alice", "alice: announcement bob carol dave", "bob: alice carol dave", "carol: alice bob dave", "dave: alice bob carol")
		s.run(time.Second)
		s.wantHears("after it", "alice: bob carol dave")
		s.update("bob", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/hold.wav")})
		s.update("carol", ParticipantUpdate{Muted: yes()})
		s.update("dave", ParticipantUpdate{CallSIDToCoach: ptr("alice")})
		s.run(200 * time.Millisecond)
		for _, n := range []string{"bob", "carol", "dave"} {
			s.update(n, ParticipantUpdate{AnnounceURL: say})
		}
		s.wantHears("H06: to the held, the muted and the coach",
			"alice: dave", "bob: announcement", "carol: alice announcement", "dave: alice announcement")
		s.run(time.Second)
		s.wantHears("H06: after it their former states", "alice: dave", "bob: hold", "carol: alice", "dave: alice")
		if _, err := s.b.UpdateConference(bg(), "AC1", "sales", ConferenceUpdate{AnnounceURL: say}); err != nil {
			t.Fatal(err)
		}
		s.wantHears("H26: to the conference",
			"alice: announcement dave", "bob: hold", "carol: alice announcement", "dave: alice announcement")
		s.run(time.Second)
		s.wantHears("H26: after it", "alice: dave", "bob: hold", "carol: alice", "dave: alice")
		if n := len(s.seen(EventAnnouncementEnd)); n != 5 {
			t.Errorf("%d announcement-end events, want 5", n)
		}
	})
}

// TestM12_AnnounceReplaces: the announcement silences the voices instead of
// ducking them.
func TestM12_AnnounceReplaces(t *testing.T) {
	withWeb(t, Config{AnnounceReplaces: true}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		s.update("alice", ParticipantUpdate{AnnounceURL: at("http://web/say.wav")})
		s.wantHears("during it", "alice: announcement", "bob: alice")
		s.run(time.Second)
		s.wantHears("after it", "alice: bob", "bob: alice")
	})
}

// TestH07_AnnouncementsQueue: they play one after another, bounded, and a
// failed one is told and skipped.
func TestH07_AnnouncementsQueue(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		for _, u := range []string{"http://web/say.wav", "http://web/404", "http://web/other.wav"} {
			s.update("alice", ParticipantUpdate{AnnounceURL: at(u)})
		}
		s.wantHears("the first", "alice: announcement bob", "bob: alice")
		s.run(800 * time.Millisecond)
		s.wantHears("the third", "alice: bob other", "bob: alice")
		s.run(time.Second)
		want := []EventType{EventAnnouncementEnd, EventAnnouncementFail}
		if got := s.seen(want...); len(got) != 3 || got[1][:len(EventAnnouncementFail)] != string(EventAnnouncementFail) {
			t.Errorf("events %q, want end, fail, end", got)
		}
		for range maxAnnouncements {
			s.update("bob", ParticipantUpdate{AnnounceURL: at("http://web/say.wav")})
		}
		if _, err := s.tryUpdate("bob", ParticipantUpdate{AnnounceURL: at("http://web/say.wav"), Muted: yes()}); !errors.Is(err, ErrQueueFull) {
			t.Errorf("one more announcement gives %v, want ErrQueueFull", err)
		}
		if s.view("sales").participant("bob").Muted {
			t.Error("the refused update muted bob")
		}
	})
}

// TestH08_WaitURL: played while waiting, swapped at once, silent when empty,
// gone when the conference starts, interrupted by an announcement.
func TestH08_WaitURL(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		wait := func(name string, url *string) {
			s.join(name, "sales", StartOptions{Label: name, Beep: BeepNever, WaitURL: url, WaitMethod: "GET"})
		}
		wait("alice", ptr("http://web/hold.wav"))
		wait("bob", ptr(""))
		s.run(300 * time.Millisecond)
		s.wantHears("waiting", "alice: hold", "bob:")
		s.update("bob", ParticipantUpdate{WaitURL: at("http://web/other.wav")})
		s.update("alice", ParticipantUpdate{WaitURL: at("")})
		s.run(300 * time.Millisecond)
		s.wantHears("swapped", "alice:", "bob: other")
		if _, err := s.b.UpdateConference(bg(), "AC1", "sales", ConferenceUpdate{AnnounceURL: at("http://web/say.wav")}); err != nil {
			t.Fatal(err)
		}
		s.run(100 * time.Millisecond)
		s.wantHears("announcement to all", "alice: announcement", "bob: announcement")
		s.run(time.Second)
		s.wantHears("and after", "alice:", "bob: other")
		s.joinAll("sales", "carol")
		s.wantHears("started", "alice: bob carol", "bob: alice carol", "carol: alice bob")
		s.update("bob", ParticipantUpdate{WaitURL: at("http://web/hold.wav")})
		s.wantHears("WaitUrl after the start is only stored", "bob: alice carol")
	})
}

// TestF31_NothingLeftBehind: the end of a conference ends its fetches.
func TestF31_NothingLeftBehind(t *testing.T) {
	withWeb(t, Config{}, func(s *studio, _ *webserver) {
		s.joinAll("sales", "alice", "bob")
		for range 200 {
			s.update("bob", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/never")})
			s.update("bob", ParticipantUpdate{Hold: no()})
		}
		s.update("bob", ParticipantUpdate{Hold: yes(), HoldURL: at("http://web/never"), AnnounceURL: at("http://web/never")})
		if _, err := s.b.UpdateConference(bg(), "AC1", "sales", ConferenceUpdate{Complete: true, AnnounceURL: at("http://web/never")}); err != nil {
			t.Fatal(err)
		}
		s.run(100 * time.Millisecond)
		synctest.Wait() // the bubble itself fails when a goroutine stays
	})
}
