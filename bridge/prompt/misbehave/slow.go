package misbehave

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// slow serves what takes its time: F06 to F09, F31.
func (s *Server) slow() {
	s.handle("/f06/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		w.Header().Set("Icy-Name", "440 for ever")
		drip(w, r, broadcast, len(broadcast), 0)
	})
	s.handle("/f06/icy", serveICY)
	s.handle("/f06/live", func(w http.ResponseWriter, r *http.Request) { // in real time
		w.Header().Set("Content-Type", "audio/mpeg")
		w.Header().Set("Icy-Name", "440 for ever")
		drip(w, r, broadcast, 400, 100*time.Millisecond)
	})
	s.handle("/f06/live.wav", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(resize(bytes.Clone(Second), 0xFFFFFFFF)[:44])
		drip(w, r, Second[44:], 1600, 100*time.Millisecond)
	})
	s.handle("/f06/shoutcast", func(w http.ResponseWriter, r *http.Request) { // of the first kind
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "ICY 200 OK\r\nicy-name: 440\r\ncontent-type: audio/mpeg\r\n\r\n")
		for err == nil {
			_, err = conn.Write(broadcast)
		}
	})
	s.handle("/f07/slow", func(w http.ResponseWriter, r *http.Request) { drip(w, r, Second, 1, time.Second) })
	s.handle("/f07/crawl.mp3", func(w http.ResponseWriter, r *http.Request) { drip(w, r, cbr, 200, time.Second) })
	s.handle("/f08/never", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.handle("/f08/late", func(w http.ResponseWriter, r *http.Request) {
		if nap(r, 30*time.Second) {
			give(w, "audio/wav", Second)
		}
	})
	s.handle("/f08/five", func(w http.ResponseWriter, r *http.Request) {
		if nap(r, 5*time.Second) {
			give(w, "audio/wav", Second)
		}
	})
	s.handle("/f08/halfway", func(w http.ResponseWriter, r *http.Request) { // then silence
		w.Header().Set("Content-Length", strconv.Itoa(len(Second)))
		_, _ = w.Write(Second[:len(Second)/2])
		flush(w)
		<-r.Context().Done()
	})
	s.handle("/f09/reset", func(w http.ResponseWriter, r *http.Request) { abort(w) })
	s.handle("/f09/once", func(w http.ResponseWriter, r *http.Request) {
		if s.Hits("/f09/once") == 1 {
			abort(w)
		}
		give(w, "audio/wav", Second)
	})
	s.handle("/f31/300ms.wav", func(w http.ResponseWriter, r *http.Request) {
		if nap(r, 300*time.Millisecond) {
			give(w, "audio/wav", Second)
		}
	})
}

// drip sends body over and over, n bytes at a time.
func drip(w http.ResponseWriter, r *http.Request, body []byte, n int, every time.Duration) {
	for at := 0; r.Context().Err() == nil; at = (at + n) % len(body) {
		if _, err := w.Write(body[at:min(at+n, len(body))]); err != nil {
			return
		}
		flush(w)
		if every > 0 && !nap(r, every) {
			return
		}
	}
}

// abort sends half of a file and breaks the connection.
func abort(w http.ResponseWriter) {
	w.Header().Set("Content-Length", strconv.Itoa(len(Second)))
	_, _ = w.Write(Second[:len(Second)/2])
	flush(w)
	panic(http.ErrAbortHandler)
}

// serveICY sends an endless MP3 interleaved with titles nobody asked for.
func serveICY(w http.ResponseWriter, r *http.Request) {
	const every = 1000
	w.Header().Set("Content-Type", "audio/mpeg")
	w.Header().Set("Icy-Metaint", strconv.Itoa(every))
	title := append([]byte{2}, "StreamTitle='four hundred forty'"...)
	var sent int
	for r.Context().Err() == nil {
		for _, c := range broadcast {
			if sent == every {
				sent = 0
				if _, err := w.Write(title); err != nil {
					return
				}
			}
			sent++
			if _, err := w.Write([]byte{c}); err != nil {
				return
			}
		}
	}
}

// bombs serves a gigabyte in a megabyte: F12.
func (s *Server) bombs() {
	serve := func(path, head string) {
		start := zip([]byte(head))
		s.handle(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "audio/mpeg")
			_, _ = w.Write(start)
			for range 100 {
				if _, err := w.Write(zeros()); err != nil {
					return
				}
			}
		})
	}
	serve("/f12/bomb", "")
	serve("/f12/bomb.xml", "<Response>")
	serve("/f12/bomb.wav", string(resize(bytes.Clone(Second), 0xFFFFFFFF)[:44]))
	serve("/f12/bomb.mp3", string(cbr))
	s.handle("/f12/good", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(zip(Second))
	})
	s.handle("/f12/brotli", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write(Second)
	})
}

// zeros returns ten megabytes of zeros, compressed.
var zeros = sync.OnceValue(func() []byte { return zip(make([]byte, 10<<20)) })

// zip returns b compressed.
func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = io.Copy(z, bytes.NewReader(b))
	_ = z.Close()
	return out.Bytes()
}
