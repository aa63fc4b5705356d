package misbehave

import (
	"fmt"
	"net/http"
	"strconv"
)

// refusals serves failures and detours: F10, F13, F16, F17, F28.
func (s *Server) refusals() {
	for _, code := range []int{204, 401, 403, 404, 429, 500, 503} {
		s.handle("/f10/"+strconv.Itoa(code), func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) })
	}
	s.handle("/f10/empty", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	s.handle("/f10/page", func(w http.ResponseWriter, r *http.Request) {
		give(w, "text/html", []byte("<!DOCTYPE html><html><body>Not here</body></html>"))
	})
	s.handle("/f13/loop", func(w http.ResponseWriter, r *http.Request) { detour(w, "/f13/loop") })
	s.handle("/f13/hops", func(w http.ResponseWriter, r *http.Request) {
		if n := number(r, "n", 20); n > 0 {
			detour(w, fmt.Sprintf("/f13/hops?n=%d", n-1))
			return
		}
		give(w, "audio/wav", Second)
	})
	s.handle("/f13/to", func(w http.ResponseWriter, r *http.Request) { detour(w, r.URL.Query().Get("url")) })
	s.handle("/f28/plain.wav", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		give(w, "audio/wav", Second)
	})
	for path, code := range map[string]int{"/static.wav": http.StatusMethodNotAllowed, "/simple.wav": http.StatusNotImplemented} {
		s.handle(path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				w.WriteHeader(code)
				return
			}
			give(w, "audio/wav", Second)
		})
	}
}

// detour redirects without any help from net/http.
func detour(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}
