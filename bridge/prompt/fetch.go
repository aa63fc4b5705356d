package prompt

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// The limits of a fetch.
const (
	connectTimeout   = 5 * time.Second
	firstByteTimeout = 10 * time.Second // for the header, after connecting
	classifyTimeout  = 20 * time.Second // for everything until the format is known
	documentTimeout  = 15 * time.Second // for the rest of a document
	stallTimeout     = 15 * time.Second // for the next piece of audio
	maxRedirects     = 5
	maxHeaderBytes   = 64 << 10
)

// fetch requests t until the format of the answer is known. The answer's body
// is bound to ctx, and closed by its close; known are the validators of a
// cached copy.
func (l *Library) fetch(ctx context.Context, t target, known http.Header) (*answer, error) {
	ans, err := l.request(ctx, t, known)
	if t.method == http.MethodPost && refusesPOST(err) {
		t.method, t.form = http.MethodGet, ""
		ans, err = l.request(ctx, t, known)
	}
	return ans, err
}

// refusesPOST reports whether err is the answer of a server that only has files
// to give.
func refusesPOST(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Reason == "status-405" || e.Reason == "status-501")
}

// request sends one request and classifies its answer.
func (l *Library) request(ctx context.Context, t target, known http.Header) (*answer, error) {
	fail := func(err error) error { return fetchError(ctx, err, redact(t.url)) }
	if err := checkURL(t.url); err != nil {
		return nil, err
	}
	if err := l.slots.acquire(ctx, t.account, t.url.Host); err != nil {
		return nil, fail(err)
	}
	defer l.slots.release(t.account, t.url.Host)

	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(classifyTimeout, func() { cancel(errTooSlow) })
	defer late.Stop()
	req, err := newHTTPRequest(ctx, t, known)
	if err != nil {
		cancel(nil)
		return nil, fail(err)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		defer cancel(nil)
		return nil, fetchError(ctx, err, redact(t.url))
	}
	b := newBody(ctx, cancel, resp.Body)
	ans, err := classify(resp, b)
	if err != nil {
		err = fetchError(ctx, err, redact(t.url))
	}
	if err != nil || ans.unchanged {
		b.close()
	}
	return ans, err
}

// newHTTPRequest returns the request for t.
func newHTTPRequest(ctx context.Context, t target, known http.Header) (*http.Request, error) {
	var form io.Reader
	if t.method == http.MethodPost {
		form = strings.NewReader(t.form)
	}
	req, err := http.NewRequestWithContext(ctx, t.method, t.url.String(), form)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "partyline")
	req.Header.Set("Accept", "audio/mpeg, audio/wav, application/xml, text/xml, */*;q=0.5")
	req.Header.Set("Accept-Encoding", "identity")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range known {
		req.Header[k] = v
	}
	return req, nil
}
