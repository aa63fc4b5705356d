package api

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of in-memory connections, which block durably in a
// bubble and whose deadlines follow its clock.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { close(l.closed); return nil }
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// dial opens a connection to the server.
func (l *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	l.accept <- theirs
	return ours
}

// inBubble runs a test against a served API in virtual time.
func inBubble(t *testing.T, test func(t *testing.T, l *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		srv := NewServer(New(Options{Bridge: newFake(), Accounts: twoAccounts}), nil)
		go srv.Serve(l)
		test(t, l)
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // net/http lingers on connections it has refused
	})
}

// cutAfter returns how long the server keeps a connection on which the client
// has sent some bytes and then keeps sending single ones, one a second for at
// most a minute.
func cutAfter(t *testing.T, l *pipes, sent, drip string) time.Duration {
	t.Helper()
	c := l.dial()
	start := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.WriteString(c, sent)
		for range 60 {
			time.Sleep(time.Second)
			if _, err := io.WriteString(c, drip); err != nil {
				return
			}
		}
		c.Close()
	}()
	io.Copy(io.Discard, c)
	took := time.Since(start)
	c.Close()
	<-done
	return took
}

func TestH23_SlowClients(t *testing.T) {
	head := "POST " + telnyxAlice + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tokenB + "\r\nContent-Type: " + formType + "\r\n"
	for name, q := range map[string][2]string{
		"nothing":     {"", ""},
		"slow line":   {"P", "O"},
		"slow header": {head, "X"},
		"slow body":   {head + "Content-Length: 1000\r\n\r\n", "a"},
		"stuck body":  {head + "Content-Length: 1000\r\n\r\nMuted=true", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *pipes) {
				if took := cutAfter(t, l, q[0], q[1]); took < 10*time.Second || took > 11*time.Second {
					t.Errorf("cut after %v", took)
				}
			})
		})
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, l *pipes) {
		c := l.dial()
		defer c.Close()
		io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		start := time.Now()
		io.Copy(io.Discard, c)
		if took := time.Since(start); took != idleTimeout {
			t.Errorf("kept for %v", took)
		}
	})
}

// On a real connection even what net/http would answer by itself comes from
// the API, and too much of anything is refused.
func TestServedRequests(t *testing.T) {
	auth := "Authorization: Bearer " + tokenB + "\r\n"
	for request, want := range map[string]int{
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n":                                                        404,
		"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n":                                                  404,
		"GET " + telnyxAlice + " HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n":                              200,
		"GET http://elsewhere" + telnyxAlice + " HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n":              200,
		"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n":                                                    200,
		"TRACE " + telnyxAlice + " HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n":                            405,
		"GET /v2/texml/Accounts/acct-1/../acct-1/Conferences HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n":  404,
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n":                                                         400,
		"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 2*maxHeader) + "\r\n\r\n":      431,
		"POST " + telnyxAlice + " HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Length: 10000000\r\n\r\n": 413,
	} {
		inBubble(t, func(t *testing.T, l *pipes) {
			c := l.dial()
			defer c.Close()
			go func() {
				io.WriteString(c, request)
				if want == 413 {
					io.WriteString(c, strings.Repeat("a", maxBody+1))
				}
			}()
			method, _, _ := strings.Cut(request, " ")
			a, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
			if err != nil {
				t.Fatalf("%.80q: %v", request, err)
			}
			if a.StatusCode != want {
				t.Errorf("%.80q: %s, want %d", request, a.Status, want)
			}
		})
	}
}
