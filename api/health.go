package api

import "net/http"

// health is the body of /healthz and /readyz.
type health struct {
	Status  string `json:"status"`
	Version string `json:"version,omitempty"`
}

// serveHealth answers /healthz, which is 200 as long as the process serves,
// and /readyz, which is 503 once the bridge takes no new calls. Neither needs
// credentials. It reports false for any other path.
func (s *server) serveHealth(t *transcript, r *http.Request) bool {
	path := r.URL.EscapedPath()
	if path != "/healthz" && path != "/readyz" {
		return false
	}
	t.resource = probe
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		t.Header().Set("Allow", "GET, HEAD")
		s.refuse(t, methodProblem())
		return true
	}
	if path == "/readyz" && s.bridge.Draining() {
		s.write(t, http.StatusServiceUnavailable, health{Status: "draining"})
		return true
	}
	s.write(t, http.StatusOK, health{Status: "ok", Version: s.version})
	return true
}
