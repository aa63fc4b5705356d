package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// transcript is a ResponseWriter that remembers what the log line of its
// request needs.
type transcript struct {
	http.ResponseWriter
	id       string
	start    time.Time
	account  string // "" until authenticated
	dialect  *dialect
	resource resource // nothing until the path is read
	status   int      // 0 until the header is written
}

// WriteHeader notes the status and passes it on.
func (t *transcript) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController and http.MaxBytesReader find the
// connection.
func (t *transcript) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// finish turns a panic of the handler into a 500 and writes the log line. The
// line holds neither the query nor any header, so no credential can get in.
func (s *server) finish(t *transcript, r *http.Request) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.log.Error("api: handler panicked", "request", t.id, "panic", p, "stack", string(debug.Stack()))
		if t.status == 0 {
			s.refuse(t, internalProblem())
		}
	}
	s.tell(t, r)
	s.log.LogAttrs(context.Background(), levelOf(r.Method, t.status), "api: request",
		slog.String("request", t.id),
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.String("account", t.account),
		slog.String("remote", r.RemoteAddr),
		slog.Int("status", t.status),
		slog.Duration("took", time.Since(t.start)))
}

// levelOf makes changes show up in the log by default and reads only when
// somebody debugs.
func levelOf(method string, status int) slog.Level {
	switch {
	case status >= 500:
		return slog.LevelWarn
	case method == http.MethodPost || method == http.MethodDelete:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// newRequestID returns 32 random hex digits that tie a log line to an answer.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// setCommonHeaders sets what every answer carries. The API serves data to
// programs: nothing of it is to be cached, guessed at, framed or run.
func setCommonHeaders(h http.Header, requestID string) {
	h.Set("X-Request-Id", requestID)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}
