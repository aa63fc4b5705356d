package prompt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"partyline/bridge/prompt/misbehave"
)

// These tests use real sockets on loopback, because what they prove happens
// when a real dialer connects. They wait for events, never for time.

// outcome fetches a URL and returns the reason for its failure, or "played".
func outcome(t *testing.T, l *Library, rawURL string) string {
	t.Helper()
	u, err := parseURL(rawURL)
	if err != nil {
		return failure(err, "").Reason
	}
	target := playTarget(&Request{Rate: rate}, u)
	f := l.share(target.key(), l.get(target))
	<-f.done
	if f.err != nil {
		return failure(f.err, "").Reason
	}
	<-f.res.track.done
	return "played"
}

// canary is a listener that must not be connected to.
type canary struct {
	net.Listener
	hits atomic.Int32
}

// newCanary listens on an address.
func newCanary(t *testing.T, address string) *canary {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{Listener: ln}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			c.hits.Add(1)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		if n := c.hits.Load(); n != 0 {
			t.Errorf("the canary at %s was connected to %d times", address, n)
		}
	})
	return c
}

// port returns the canary's TCP port number as text.
func (c *canary) port() string {
	_, p, _ := net.SplitHostPort(c.Addr().String())
	return p
}

func TestF14_Canary(t *testing.T) {
	c := newCanary(t, "127.0.0.1:0")
	names := fakeDNS{answer: func(string, int) string { return "127.0.0.1" }}
	l := New(Options{resolver: names.resolver()})
	defer l.Close()
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"2130706433", "0x7f000001", "017700000001", "127.1", "music.example", "LOCALHOST", "127.0.0.1.",
		"①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "[::127.0.0.1]", "[::1%25lo]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"} {
		got := outcome(t, l, "http://"+host+":"+c.port()+"/second.wav")
		if got != "refused" && got != "dns" && got != "url" {
			t.Errorf("%s: %s, want refused", host, got)
		}
	}
}

func TestF15_NamesOfPrivateAddresses(t *testing.T) {
	c := newCanary(t, "127.0.0.1:0")
	names := fakeDNS{answer: func(string, int) string { return "127.0.0.1" }}
	l := New(Options{resolver: names.resolver()})
	defer l.Close()
	if got := outcome(t, l, "http://music.example:"+c.port()+"/second.wav"); got != "refused" {
		t.Errorf("a name of a private address: %s", got)
	}
}

func TestF15_Rebinding(t *testing.T) {
	// The name first means an allowed server, and once its document has been
	// fetched, the canary.
	c := newCanary(t, "127.0.0.1:0")
	srv := serve(t, "127.0.0.2:"+c.port(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "<Response><Play>/second.wav</Play></Response>")
	}))
	defer srv.Close()
	names := fakeDNS{answer: func(_ string, n int) string {
		if n == 0 {
			return "127.0.0.2"
		}
		return "127.0.0.1"
	}}
	l := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, resolver: names.resolver()})
	defer l.Close()
	told := make(chan Event, maxEvents)
	s := l.Open(Request{URL: "http://music.example:" + c.port() + "/doc", Rate: rate, Notify: func(e Event) { told <- e }})
	defer s.Stop()
	if e := <-told; e.Reason != "refused" || names.asked.Load() != 2 {
		t.Errorf("after rebinding: %v, %d questions", e, names.asked.Load())
	}
}

func TestF16_RedirectToAPrivateAddress(t *testing.T) {
	c := newCanary(t, "127.0.0.1:0")
	srv := serve(t, "127.0.0.2:0", misbehave.New())
	defer srv.Close()
	l := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	defer l.Close()
	if got := outcome(t, l, srv.URL+"/second.wav"); got != "played" {
		t.Errorf("the allowed address: %s", got)
	}
	if got := outcome(t, l, srv.URL+"/f13/to?url=http://"+c.Addr().String()+"/second.wav"); got != "refused" {
		t.Errorf("a redirect to a private address: %s", got)
	}
}

func TestF13_MethodAfterARedirect(t *testing.T) {
	var got atomic.Value
	srv := serve(t, "127.0.0.2:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if code, err := strconv.Atoi(r.URL.Path[1:]); err == nil {
			http.Redirect(w, r, "/doc", code)
			return
		}
		got.Store(r.Method + " " + r.FormValue("CallSid"))
		_, _ = io.WriteString(w, "<Response/>")
	}))
	defer srv.Close()
	l := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	defer l.Close()
	req := &Request{Rate: rate, Params: url.Values{"CallSid": {"CA1"}}}
	for code, want := range map[string]string{"301": "GET ", "302": "GET ", "303": "GET ", "307": "POST CA1", "308": "POST CA1"} {
		u, err := parseURL(srv.URL + "/" + code)
		if err != nil {
			t.Fatal(err)
		}
		ans, err := l.fetch(t.Context(), newTarget(req, "POST", u), nil)
		if err != nil {
			t.Fatal(err)
		}
		ans.raw.close()
		if got := got.Load(); got != want {
			t.Errorf("a POST redirected by %s arrives as %q, want %q", code, got, want)
		}
	}
}

func TestF23_TLS(t *testing.T) {
	ca := newAuthority(t)
	day := 24 * time.Hour
	good := func(c *x509.Certificate) {}
	for _, test := range []struct {
		name    string
		cert    func(*x509.Certificate)
		conf    *tls.Config
		foreign bool
		want    string
	}{
		{name: "good", cert: good, want: "played"},
		{name: "expired", cert: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-day) }, want: "tls"},
		{name: "not yet valid", cert: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(day) }, want: "tls"},
		{name: "wrong host", cert: func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, want: "tls"},
		{name: "self-signed", cert: good, foreign: true, want: "tls"},
		{name: "TLS 1.0", cert: good, conf: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, want: "tls"},
		{name: "TLS 1.1", cert: good, conf: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, want: "tls"},
	} {
		issuer := ca
		if test.foreign {
			issuer = newAuthority(t)
		}
		srv := httptest.NewUnstartedServer(misbehave.New())
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.TLS = &tls.Config{}
		if test.conf != nil {
			srv.TLS = test.conf.Clone()
		}
		srv.TLS.Certificates = []tls.Certificate{issuer.issue(t, test.cert)}
		srv.StartTLS()
		allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		l := New(Options{Allow: allow, TLS: &tls.Config{RootCAs: ca.pool}})
		if got := outcome(t, l, srv.URL+"/second.wav"); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		l.Close()
		if strings.HasPrefix(test.name, "TLS") {
			srv.Close()
			continue
		}
		l = New(Options{Allow: allow, TLS: &tls.Config{InsecureSkipVerify: true}})
		if got := outcome(t, l, srv.URL+"/second.wav"); got != "played" {
			t.Errorf("%s, explicitly not verified: %s", test.name, got)
		}
		l.Close()
		srv.Close()
	}
}

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

// newAuthority returns an authority nobody knows yet.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.cert, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.cert)
	return a
}

// newKey returns a private key.
func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue returns a certificate for 127.0.0.1, changed by change.
func (a *authority) issue(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(tmpl)
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve starts a server on an address.
func serve(t *testing.T, address string, h http.Handler) *httptest.Server {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Listener.Close()
	srv.Listener = ln
	srv.Start()
	return srv
}

// fakeDNS answers every question for an address with what answer says; n
// counts the questions.
type fakeDNS struct {
	answer func(name string, n int) string
	asked  atomic.Int32
}

// resolver returns a resolver that asks f and nobody else.
func (f *fakeDNS) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		a, b := net.Pipe()
		go f.serve(b)
		return a, nil
	}}
}

// serve answers on one connection, with lengths before the messages as in
// RFC 1035 §4.2.2.
func (f *fakeDNS) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		a := f.reply(q)
		_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...))
	}
}

// reply returns the answer to a query: an address for A, nothing else.
func (f *fakeDNS) reply(q []byte) []byte {
	end := 12
	for q[end] != 0 {
		end += int(q[end]) + 1
	}
	end += 5
	a := append([]byte{}, q[:end]...)
	a[2], a[3] = 0x81, 0x80                           // an answer, recursion available
	copy(a[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})     // one question
	if binary.BigEndian.Uint16(q[end-4:end-2]) != 1 { // not A
		return a
	}
	a[7] = 1
	ip := netip.MustParseAddr(f.answer(string(q[12:end-5]), int(f.asked.Add(1)-1))).As4()
	return append(append(a, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
}
