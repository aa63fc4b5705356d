package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
)

func mustURI(t *testing.T, s string) sipgo.Uri {
	t.Helper()
	var u sipgo.Uri
	if err := sipgo.ParseUri(s, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// S121: everything over IPv6.
func TestS121_IPv6(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone("[::2]:5070")
		p.uri = "sip:lobby@[::1]"
		p.sdp = "v=0\r\no=- 1 1 IN IP6 ::2\r\ns=-\r\nc=IN IP6 ::2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
		ok := p.call()
		if !strings.Contains(ok.get("Contact"), "<sip:[::1]:5060>") || !strings.Contains(ok.body, "c=IN IP6 ::1\r\n") {
			t.Errorf("answer:\n%s", ok.raw)
		}
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := p.wantRequest("BYE", time.Second)
		if !strings.Contains(bye.get("Via"), "UDP [::1]:5060;") || bye.start != "BYE sip:alice@[::2]:5070 SIP/2.0" {
			t.Errorf("BYE:\n%s", bye.raw)
		}
		p.answer(bye, "200 OK")
	}, func(o *Options) {
		b := o.host.(*fakeBridge)
		b.host = netip.MustParseAddr("::1")
		o.Listen = append(o.Listen, Listener{Conn: b.wire.listen("[::1]:5060")})
	})
}

func TestAdvertisedAddress(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		ok := p.call()
		if ok.get("Contact") != "<sip:203.0.113.5:5060>" || !strings.Contains(ok.body, "c=IN IP4 203.0.113.5\r\n") {
			t.Errorf("answer:\n%s", ok.raw)
		}
		p.hangUp()
	}, func(o *Options) { o.Advertise = netip.MustParseAddr("203.0.113.5") })
}

// A response with many Vias is longer than sipgo's default allows.
func TestLongResponse(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		var many []string
		for range 30 {
			many = append(many, "+Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK"+strings.Repeat("x", 80))
		}
		ok := p.call(many...)
		if len(ok.raw) < 3000 {
			t.Errorf("only %d bytes", len(ok.raw))
		}
		p.hangUp()
	})
}

func TestTwoListeners(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		second := x.wire.conns["127.0.0.1:5062"]
		p.conn.WriteTo([]byte(p.text("INVITE")), second.addr)
		ok := p.want(200)
		if ok.get("Contact") != "<sip:127.0.0.1:5062>" {
			t.Errorf("Contact: %s", ok.get("Contact"))
		}
		p.toTag = tagOf(ok.get("To"))
		p.ack() // by the other listener
		p.hangUp()
	}, func(o *Options) {
		w := o.host.(*fakeBridge).wire
		o.Listen = append(o.Listen, Listener{Conn: w.listen(serverAddr)}, Listener{Conn: w.listen("127.0.0.1:5062")})
	})
}

func TestListenErrors(t *testing.T) {
	for _, spec := range []string{"", "udp", "tcp:127.0.0.1:5060", "udp:nowhere", "udp:127.0.0.1:99999", "127.0.0.1:5060"} {
		if s, err := New(Options{Listen: []Listener{{Addr: spec}}, host: &fakeBridge{}}); err == nil {
			s.Close()
			t.Errorf("%q opens a listener", spec)
		}
	}
	if _, err := New(Options{host: &fakeBridge{}}); err == nil {
		t.Error("a server without listeners")
	}
}

// A real socket, to see that it opens, serves and closes.
func TestRealSocket(t *testing.T) {
	s, err := New(Options{Listen: []Listener{{Addr: "udp:127.0.0.1:0"}}, host: &fakeBridge{}})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Addrs(); len(a) != 1 || !strings.HasPrefix(a[0], "udp:127.0.0.1:") || strings.HasSuffix(a[0], ":0") {
		t.Errorf("Addrs: %v", a)
	}
	done := make(chan error)
	go func() { done <- s.Serve(t.Context()) }()
	s.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzGate(f *testing.F) {
	for _, c := range torture {
		f.Add([]byte(wireForm(c.text)))
	}
	s, err := New(Options{Listen: []Listener{{Addr: "udp:127.0.0.1:0"}}, host: &fakeBridge{}, RatePerSource: 1 << 30})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	w := &wire{}
	g := newGate(s, w.listen("127.0.0.1:5060"))
	from := w.listen("127.0.0.2:5070").addr
	f.Fuzz(func(t *testing.T, data []byte) {
		pass := g.pass(data, from)
		if n := s.count.panics.Load(); n != 0 {
			t.Fatalf("%d panics", n)
		}
		if !pass {
			return
		}
		msg, err := g.parser.ParseSIP(data)
		if err != nil {
			t.Fatalf("passed what sipgo refuses: %v", err)
		}
		msg.SetSource(from.String())
		msg.SetTransport("UDP")
		s.arrive(msg)
		if req, ok := msg.(*sipgo.Request); ok && !req.IsAck() && !req.IsCancel() {
			s.isInitial(req)
			validate(req, true)
			callerOf(req)
			sessionDescription(req)
			infoDigit(req)
			_ = newResponse(req, 200).String()
		}
	})
}
