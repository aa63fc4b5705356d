package prompt

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// errTooSlow: the server sends, but too little.
var errTooSlow = errors.New("the server is too slow")

// fetchError gives err, met under ctx, a reason.
func fetchError(ctx context.Context, err error, where string) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	var e *Error
	if errors.As(err, &e) {
		return failure(e, where)
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err // without the URL, which may hold secrets
	}
	return &Error{Kind: FetchFailed, URL: where, Reason: fetchReason(err), Err: err}
}

// fetchReason returns the one word for an error of net/http.
func fetchReason(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, errTooSlow), isTimeout(err):
		return "timeout"
	case refusedAddress(err):
		return "refused"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &cert), errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return "tls"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "reset"
	}
	return "failed"
}
