package metrics

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// guard lets GET /metrics through, with the token when there is one.
func guard(token string, inner http.Handler) http.Handler {
	digest := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case token != "" && !bears(r, digest):
			w.Header().Set("WWW-Authenticate", `Bearer realm="partyline metrics"`)
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
		case r.URL.Path != "/metrics":
			http.Error(w, "the metrics are at /metrics", http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "GET only", http.StatusMethodNotAllowed)
		default:
			inner.ServeHTTP(w, r)
		}
	})
}

// bears reports whether a request carries the token of that digest. Digests
// have one length, so comparing them takes the same time whatever was sent.
func bears(r *http.Request, digest [sha256.Size]byte) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(got[:], digest[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
