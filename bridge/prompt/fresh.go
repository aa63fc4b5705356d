package prompt

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultFresh is how long a file without Cache-Control is good for.
const defaultFresh = time.Minute

// validators returns the request header that asks whether a copy got with h is
// still good.
func validators(h http.Header) http.Header {
	v := http.Header{}
	if etag := h.Get("ETag"); etag != "" {
		v.Set("If-None-Match", etag)
	}
	if mod := h.Get("Last-Modified"); mod != "" {
		v.Set("If-Modified-Since", mod)
	}
	return v
}

// lifetime returns how long an answer is good for, by the header it came with
// and the one that last confirmed it.
func lifetime(h, confirmed http.Header) time.Duration {
	control := h.Get("Cache-Control")
	if c := confirmed.Get("Cache-Control"); c != "" {
		control = c
	}
	life := defaultFresh
	for directive := range strings.SplitSeq(strings.ToLower(control), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if n, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil && n >= 0 {
				life = min(time.Duration(n), 24*3600) * time.Second
			}
		}
	}
	return life
}
