package api

import (
	"log/slog"
	"net/http"
	"time"
)

const (
	// readTimeout bounds the time a client may take for its header, and for
	// header and body together.
	readTimeout = 10 * time.Second
	// writeTimeout bounds handler and answer. It exceeds commandTimeout.
	writeTimeout = 20 * time.Second
	// idleTimeout is how long a kept connection may be quiet.
	idleTimeout = 60 * time.Second
	// maxHeader bounds the request line and the header fields in bytes.
	maxHeader = 16 << 10
)

// NewServer returns a server for the API whose limits keep slow and greedy
// clients from tying it up. The caller listens and serves; log takes what
// goes wrong below HTTP.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Handler:                      handler,
		ReadHeaderTimeout:            readTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
