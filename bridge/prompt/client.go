package prompt

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// dialFunc connects like net.Dialer.DialContext.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer returns what connects: only to guarded addresses, unless a test has
// its own network.
func (o Options) dialer() dialFunc {
	if o.dial != nil {
		return o.dial
	}
	d := &net.Dialer{Timeout: connectTimeout, Control: guard(o.Allow), Resolver: o.resolver}
	return d.DialContext
}

// newClient returns the HTTP client of a library: no proxy, no cookies, no
// transparent compression, TLS 1.2 or later.
func newClient(opt Options, dial dialFunc) *http.Client {
	conf := new(tls.Config)
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
