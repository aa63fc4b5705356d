// Package misbehave is a web server that does to a fetching program what web
// servers do: one path for each case F01 to F32 of the prompts' test list. It
// serves the tests of every package that fetches prompts, over any listener.
//
// Whatever is audible is a sine of 440 Hz. Handlers wait with time.Sleep and on
// the request's context, so that they keep virtual time in a bubble of
// testing/synctest.
package misbehave

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is the handler. It counts what it is asked.
type Server struct {
	mux  *http.ServeMux
	mu   sync.Mutex
	log  map[string][]Request
	busy int
	peak int
}

// Request is what was asked for.
type Request struct {
	Method string
	Host   string
	Header http.Header
	Query  url.Values
	Form   url.Values // of a POST
}

// New returns a server that has not been asked anything.
func New() *Server {
	s := &Server{mux: http.NewServeMux(), log: make(map[string][]Request)}
	s.audio()
	s.slow()
	s.refusals()
	s.documents()
	s.caching()
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.log[r.URL.Path] = append(s.log[r.URL.Path], Request{r.Method, r.Host, r.Header.Clone(), r.URL.Query(), r.PostForm})
	s.busy++
	s.peak = max(s.peak, s.busy)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy--
		s.mu.Unlock()
	}()
	s.mux.ServeHTTP(w, r)
}

// Requests returns what was asked of path, in order.
func (s *Server) Requests(path string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log[path])
}

// Hits returns how often path was asked for.
func (s *Server) Hits(path string) int { return len(s.Requests(path)) }

// Under returns how often paths that begin with prefix were asked for.
func (s *Server) Under(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, list := range s.log {
		if strings.HasPrefix(path, prefix) {
			n += len(list)
		}
	}
	return n
}

// Busy returns how many requests are being answered, and Peak the most there
// ever were.
func (s *Server) Busy() int { s.mu.Lock(); defer s.mu.Unlock(); return s.busy }

// Peak returns the most requests that were answered at the same time.
func (s *Server) Peak() int { s.mu.Lock(); defer s.mu.Unlock(); return s.peak }

// handle serves path with f.
func (s *Server) handle(path string, f http.HandlerFunc) { s.mux.HandleFunc(path, f) }

// file serves body at path, with a length and a type; an empty type is left out.
func (s *Server) file(path, kind string, body []byte) {
	s.handle(path, func(w http.ResponseWriter, r *http.Request) { give(w, kind, body) })
}

// made is file for a body that is only made when it is asked for.
func (s *Server) made(path, kind string, body func() []byte) {
	s.handle(path, func(w http.ResponseWriter, r *http.Request) { give(w, kind, body()) })
}

// give answers with body.
func give(w http.ResponseWriter, kind string, body []byte) {
	if kind == "" {
		w.Header()["Content-Type"] = nil
	} else {
		w.Header().Set("Content-Type", kind)
	}
	_, _ = w.Write(body)
}

// nap waits, and reports whether the client is still there.
func nap(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// flush sends what is written so far.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
