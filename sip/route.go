package sip

import (
	"net"
	"net/netip"
	"strconv"

	sipgo "github.com/emiago/sipgo/sip"
)

// recordRoutes is the route set of a dialog that req starts: RFC 3261 section
// 12.1.1, "the list of URIs in the Record-Route header field from the request,
// taken in order and preserving all URI parameters".
func recordRoutes(req *sipgo.Request) []sipgo.Uri {
	var set []sipgo.Uri
	for _, h := range req.GetHeaders("Record-Route") {
		if rr, ok := h.(*sipgo.RecordRouteHeader); ok {
			set = append(set, *rr.Address.Clone())
		}
	}
	return set
}

// path is how a request of ours travels: its Request-URI, its Route headers
// and the next hop.
type path struct {
	uri    sipgo.Uri
	routes []sipgo.Uri
	hop    string // host:port
}

// pathTo follows RFC 3261 section 12.2.1.1. A first route without the lr
// parameter is a strict router: it becomes the Request-URI, and the target the
// last Route.
func pathTo(target sipgo.Uri, set []sipgo.Uri, source string) path {
	switch {
	case len(set) == 0:
		return path{uri: target, hop: directHop(target, source)}
	case hasParam(set[0].UriParams, "lr"):
		return path{uri: target, routes: set, hop: hopOf(set[0])}
	}
	strict := *requestURI(set[0])
	routes := append([]sipgo.Uri{}, set[1:]...)
	return path{uri: strict, routes: append(routes, target), hop: hopOf(strict)}
}

// requestURI is u as the URI of a request, where the table in RFC 3261 section
// 19.1.1 allows neither header fields nor the method parameter.
func requestURI(u sipgo.Uri) *sipgo.Uri {
	out := u.Clone()
	out.Headers = nil
	out.UriParams.Remove("method")
	return out
}

func hasParam(p sipgo.HeaderParams, name string) bool {
	for _, k := range p.Keys() {
		if sipgo.ASCIIToLower(k) == name {
			return true
		}
	}
	return false
}

// hopOf is where a URI says to send to.
func hopOf(u sipgo.Uri) string {
	host := u.Host
	if m, ok := u.UriParams.Get("maddr"); ok && m != "" {
		host = m
	}
	port := u.Port
	if port == 0 {
		port = sipgo.DefaultUdpPort
	}
	if len(host) > 2 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// directHop is where a phone without proxies is reached: at its Contact, unless
// that is a private address seen from a public one. Then the phone sits behind
// a NAT, and only the address its last request came from leads back to it.
func directHop(target sipgo.Uri, source string) string {
	hop := hopOf(target)
	to, err := netip.ParseAddrPort(hop)
	if err != nil {
		return hop
	}
	from, err := netip.ParseAddrPort(source)
	if err == nil && isInside(to.Addr()) && !isInside(from.Addr()) {
		return source
	}
	return hop
}

// isInside reports addresses that mean nothing on the public Internet.
func isInside(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || sharedSpace.Contains(a)
}

// sharedSpace is for carrier-grade NAT (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
