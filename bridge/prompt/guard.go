package prompt

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// closedPorts are TCP ports of well-known services that are not HTTP; a
// request sent there could be taken for a command.
var closedPorts = []uint16{
	0, 7, 9, 19, 21, 22, 23, 25, 53, 69, 110, 111, 119, 135, 139, 143, 161, 179, 389, 445, 465, 512, 513, 514,
	587, 636, 873, 993, 995, 2049, 3306, 3389, 5060, 5061, 5432, 6379, 11211, 27017,
}

// guard returns a net.Dialer.Control that refuses every address that is not
// public unicast and not in allow. It sees the address that is really
// connected to, after the name look-up.
func guard(allow []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)).Safe
}

// parseURL parses and checks a URL somebody gave us. Its errors do not repeat
// the URL.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > 8192 || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, &Error{Kind: FetchFailed, Reason: "url", Err: errors.New("too long, or with control characters")}
	}
	u, err := url.Parse(raw)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, &Error{Kind: FetchFailed, Reason: "url", Err: err}
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	return u, nil
}

// checkURL refuses what is never fetched, on the first request as on every
// redirect.
func checkURL(u *url.URL) error {
	refuse := func(reason, why string) error {
		return &Error{Kind: FetchFailed, URL: redact(u), Reason: reason, Err: errors.New(why)}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("scheme", "only http and https are fetched")
	case u.User != nil:
		return refuse("userinfo", "user information in the URL is refused")
	case u.Hostname() == "":
		return refuse("url", "no host")
	case !survives(u):
		return refuse("url", "malformed host")
	case !openPort(u.Port()):
		return refuse("port", "not a port for HTTP")
	}
	return nil
}

// survives reports whether u can be written and read again. A reference such as
// "//:0:" resolves to a URL that cannot.
func survives(u *url.URL) bool {
	_, err := url.Parse(u.String())
	return err == nil
}

// openPort reports whether a URL's port, "" for the default, may be HTTP's.
func openPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && !slices.Contains(closedPorts, uint16(n))
}

// redact returns u without the parts that may hold secrets.
func redact(u *url.URL) string {
	c := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return c.String()
}

// redactRaw is redact for a URL that may not parse.
func redactRaw(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Opaque == "" {
		return redact(u)
	}
	return ""
}

// refusedAddress reports whether err comes from the guard.
func refusedAddress(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) ||
		errors.Is(err, ssrf.ErrProhibitedPort)
}

// isTimeout reports whether err is one of the many spellings of a timeout.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
