package prompt

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"partyline/media/mp3"
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

// dialFunc connects like net.Dialer.DialContext.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newClient returns the HTTP client of a library: no proxy, no cookies, no
// transparent compression, TLS 1.2 or later, and only guarded addresses.
func newClient(opt Options) *http.Client {
	dial := opt.dial
	if dial == nil {
		d := &net.Dialer{Timeout: connectTimeout, Control: guard(opt.Allow), Resolver: opt.resolver}
		dial = d.DialContext
	}
	conf := &tls.Config{}
	if opt.TLS != nil {
		conf = opt.TLS.Clone()
	}
	conf.MinVersion = max(conf.MinVersion, tls.VersionTLS12)
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			DialContext:            dial,
			TLSClientConfig:        conf,
			TLSHandshakeTimeout:    connectTimeout,
			ResponseHeaderTimeout:  firstByteTimeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
			DisableCompression:     true,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
		},
	}
}

// checkRedirect decides whether a redirect is followed.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	refuse := func(why string) error {
		return &Error{Kind: FetchFailed, URL: redact(from), Reason: "redirect", Err: errors.New(why)}
	}
	if len(via) > maxRedirects {
		return refuse("more than 5 redirects")
	}
	if err := checkURL(req.URL); err != nil {
		return err
	}
	if from.Scheme == "https" && req.URL.Scheme == "http" {
		return refuse("from https to http")
	}
	req.Header.Del("Referer") // may carry another host's secrets
	return nil
}

// answer is what a server gave, up to where its format is known.
type answer struct {
	body      *bufio.Reader
	raw       *body
	final     *url.URL // after redirects
	format    format
	mime      string
	size      int64 // of the body in bytes, -1 unknown
	broadcast bool  // an Icecast or Shoutcast stream without end
	header    http.Header
	unchanged bool // 304: what is cached holds
}

// fetch requests t until the format of the answer is known. The answer's body
// is bound to ctx, and closed by its close; known are the validators of a
// cached copy.
func (l *Library) fetch(ctx context.Context, t target, known http.Header) (*answer, error) {
	ans, err := l.request(ctx, t, known)
	if e := (*Error)(nil); errors.As(err, &e) && e.Reason == "status-405" && t.method == http.MethodPost {
		t.method, t.form = http.MethodGet, ""
		ans, err = l.request(ctx, t, known)
	}
	return ans, err
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

// classify reads the first bytes of a response and decides what it is.
func classify(resp *http.Response, b *body) (*answer, error) {
	ans := &answer{raw: b, final: resp.Request.URL, header: resp.Header, size: resp.ContentLength}
	switch {
	case resp.StatusCode == http.StatusNotModified:
		ans.unchanged = true
		return ans, nil
	case resp.StatusCode == http.StatusNoContent:
		return nil, &Error{Kind: FetchFailed, Reason: "status-204", Err: errors.New(resp.Status)}
	case resp.StatusCode/100 != 2:
		return nil, &Error{Kind: FetchFailed, Reason: "status-" + strconv.Itoa(resp.StatusCode), Err: errors.New(resp.Status)}
	}
	r, err := decoded(resp, b)
	if err != nil {
		return nil, err
	}
	if len(resp.Header.Values("Content-Encoding")) > 0 {
		ans.size = -1
	}
	ans.broadcast = len(resp.Header.Values("Icy-Name"))+len(resp.Header.Values("Icy-Br"))+len(resp.Header.Values("Icy-Metaint")) > 0
	ans.mime = resp.Header.Get("Content-Type")
	ans.body = bufio.NewReaderSize(r, 4096)
	head, err := ans.body.Peek(sniffLen)
	if err != nil && err != io.EOF && len(head) < 16 {
		return nil, err
	}
	if len(head) == 0 {
		return nil, &Error{Kind: FetchFailed, Reason: "empty", Err: errors.New("an empty answer")}
	}
	ans.format = sniff(head, ans.mime)
	return ans, nil
}

// decoded returns the body of resp without Content-Encoding and Icecast
// metadata. What is read from it is bounded by its readers.
func decoded(resp *http.Response, b io.Reader) (io.Reader, error) {
	switch enc := strings.ToLower(resp.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		return gzip.NewReader(b)
	default:
		return nil, &Error{Kind: FetchFailed, Reason: "encoding", Err: errors.New("Content-Encoding " + strconv.Quote(enc))}
	}
	if n, err := strconv.Atoi(resp.Header.Get("Icy-Metaint")); err == nil && n > 0 {
		return mp3.NewICYReader(b, n), nil
	}
	return b, nil
}

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

// memoryAnswer returns an answer of which everything is there already.
func memoryAnswer(b *body, size int64) *answer {
	return &answer{body: bufio.NewReader(b), raw: b, final: &url.URL{}, format: formatWAV, size: size}
}
