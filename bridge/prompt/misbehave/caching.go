package misbehave

import (
	"fmt"
	"net/http"
)

// caching serves what is good for a time: F24, F27. The length of a changing
// file in seconds is the number of times it was asked for.
func (s *Server) caching() {
	changing := func(path string, header map[string]string) {
		s.handle(path, func(w http.ResponseWriter, r *http.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			give(w, "audio/wav", WAV(Formats[1], 8000, 1, 8000*s.Hits(path)))
		})
	}
	changing("/f27/default.wav", nil)
	changing("/f27/hour.wav", map[string]string{"Cache-Control": "public, max-age=3600"})
	changing("/f27/nostore.wav", map[string]string{"Cache-Control": "no-store"})
	s.handle("/f24/etag.wav", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Cache-Control", "no-cache")
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		give(w, "audio/wav", Second)
	})
	s.handle("/f24/cookie", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "tenant", Value: fmt.Sprint(s.Hits("/f24/cookie")), Path: "/"})
		give(w, "application/xml", []byte(`<Response><Pause length="1"/><Redirect method="GET"/></Response>`))
	})
}
