package phone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"
	"github.com/zaf/g711"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits before it fails.
const patience = 5 * time.Second

// server follows a script: each request that comes is given to answer, which
// returns the responses to send.
type server struct {
	t        *testing.T
	sip, rtp *net.UDPConn
	requests chan *sip.Request  // every request, in order
	answers  chan *sip.Response // every response to the server's own requests
	answer   func(s *server, r *sip.Request) []*sip.Response
	from     netip.AddrPort
}

func newServer(t *testing.T, answer func(*server, *sip.Request) []*sip.Response) *server {
	s := &server{t: t, answer: answer, requests: make(chan *sip.Request, 100), answers: make(chan *sip.Response, 100), sip: listen(t), rtp: listen(t)}
	go s.read()
	return s
}

func listen(t *testing.T) *net.UDPConn {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) read() {
	buf := make([]byte, 65536)
	for {
		n, from, err := s.sip.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		msg, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
		if err != nil {
			s.t.Errorf("the phone sent what cannot be parsed: %v\n%s", err, buf[:n])
			return
		}
		switch m := msg.(type) {
		case *sip.Request:
			s.from = from
			for _, res := range s.answer(s, m) {
				s.send(res.String())
			}
			s.requests <- m
		case *sip.Response:
			s.answers <- m
		}
	}
}

func (s *server) send(text string) {
	if _, err := s.sip.WriteToUDPAddrPort([]byte(text), s.from); err != nil {
		s.t.Error(err)
	}
}

// want waits for the next request and its method.
func (s *server) want(m sip.RequestMethod) *sip.Request {
	s.t.Helper()
	select {
	case r := <-s.requests:
		if r.Method != m {
			s.t.Fatalf("got %s, want %s", r.Method, m)
		}
		return r
	case <-time.After(patience):
		s.t.Fatalf("no %s came", m)
	}
	return nil
}

// request sends a request in the dialog of invite, always with the same branch.
func (s *server) request(m sip.RequestMethod, invite *sip.Request, header, body string) {
	s.requestTo(invite.Contact().Address.String(), invite.From().Value(), invite.CallID().Value(), m, header, body)
}

func (s *server) requestTo(uri, to, callID string, m sip.RequestMethod, header, body string) {
	s.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKserver\r\nFrom: <sip:x>;tag=1\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: 1 %s\r\n%sContent-Length: %d\r\n\r\n%s",
		m, uri, s.sip.LocalAddr(), to, callID, m, header, len(body), body))
}

// wantAnswer waits for the response to a request of the server.
func (s *server) wantAnswer(m sip.RequestMethod) *sip.Response {
	s.t.Helper()
	select {
	case r := <-s.answers:
		if r.CSeq().MethodName != m {
			s.t.Fatalf("got a response to %s, want one to %s", r.CSeq().MethodName, m)
		}
		return r
	case <-time.After(patience):
		s.t.Fatalf("%s was not answered", m)
	}
	return nil
}

func (s *server) target() string { return "sip:sales@" + s.sip.LocalAddr().String() }

// ok is a 200 with SDP in the given direction.
func (s *server) ok(r *sip.Request, d Direction) *sip.Response {
	body := describe(unmapped(s.rtp.LocalAddr()), 1, pcmu, d)
	res := sip.NewSDPResponseFromRequest(r, []byte(body))
	res.RemoveHeader("Contact")
	res.AppendHeader(sip.NewHeader("Contact", "<sip:focus@"+s.sip.LocalAddr().String()+">"))
	return res
}

// polite accepts every call and BYE.
func polite(s *server, r *sip.Request) []*sip.Response {
	switch r.Method {
	case sip.INVITE:
		return []*sip.Response{sip.NewResponseFromRequest(r, 100, "Trying", nil), s.ok(r, SendRecv)}
	case sip.ACK:
		return nil
	}
	return []*sip.Response{sip.NewResponseFromRequest(r, 200, "OK", nil)}
}

func newPhone(t *testing.T, cfg Config) *Phone {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func dial(t *testing.T, p *Phone, s *server, opts ...Option) *Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := p.Call(ctx, s.target(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCallAndHangup(t *testing.T) {
	s := newServer(t, polite)
	c := dial(t, newPhone(t, Config{Name: "alice"}), s)
	invite := s.want(sip.INVITE)
	ack := s.want(sip.ACK)
	if got, want := ack.To().Value(), "<"+s.target()+">;tag="; !strings.HasPrefix(got, want) {
		t.Errorf("To of the ACK = %q, want %q and a tag", got, want)
	}
	if ack.CSeq().SeqNo != invite.CSeq().SeqNo {
		t.Errorf("CSeq of the ACK = %d, want %d", ack.CSeq().SeqNo, invite.CSeq().SeqNo)
	}
	if got := ack.Recipient.User; got != "focus" {
		t.Errorf("the ACK goes to %q, want the user of the Contact", got)
	}
	if err := c.Hangup(t.Context()); err != nil {
		t.Fatal(err)
	}
	bye := s.want(sip.BYE)
	if bye.CSeq().SeqNo != invite.CSeq().SeqNo+1 {
		t.Errorf("CSeq of the BYE = %d", bye.CSeq().SeqNo)
	}
	<-c.Done()
	if got := c.EndReason(); got != "hung up" {
		t.Errorf("end reason %q", got)
	}
}

func TestRefusal(t *testing.T) {
	var res *sip.Response
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		if r.Method == sip.ACK { // as if it was lost, once
			again := res
			res = nil
			if again == nil {
				return nil
			}
			return []*sip.Response{again}
		}
		res = sip.NewResponseFromRequest(r, 503, "Service Unavailable", nil)
		res.AppendHeader(sip.NewHeader("Retry-After", "7"))
		return []*sip.Response{res}
	})
	_, err := newPhone(t, Config{}).Call(t.Context(), s.target())
	var r *Refused
	if !errors.As(err, &r) || r.Status != 503 || r.Header("Retry-After") != "7" {
		t.Fatalf("error = %v", err)
	}
	invite, first, second := s.want(sip.INVITE), s.want(sip.ACK), s.want(sip.ACK)
	for _, ack := range []*sip.Request{first, second} {
		if got, want := ack.Via().Params.GetOr("branch", ""), invite.Via().Params.GetOr("branch", "x"); got != want {
			t.Errorf("branch of the ACK = %q, want that of the INVITE, %q", got, want)
		}
	}
}

func TestLateOffer(t *testing.T) {
	s := newServer(t, polite)
	dial(t, newPhone(t, Config{}), s, LateOffer())
	if b := s.want(sip.INVITE).Body(); len(b) != 0 {
		t.Errorf("the INVITE carries %q", b)
	}
	d, err := parseDescription(string(s.want(sip.ACK).Body()))
	if err != nil || !d.rtp.IsValid() {
		t.Errorf("answer in the ACK: %+v, %v", d, err)
	}
}

func TestNoACK(t *testing.T) {
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		if r.Method != sip.INVITE {
			return nil
		}
		return []*sip.Response{s.ok(r, SendRecv), s.ok(r, SendRecv)}
	})
	c := dial(t, newPhone(t, Config{}), s, NoACK())
	s.want(sip.INVITE)
	c.ACK()
	s.want(sip.ACK)
}

func TestCancel(t *testing.T) {
	var invite *sip.Request
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		switch r.Method {
		case sip.INVITE:
			invite = r
			return []*sip.Response{sip.NewResponseFromRequest(r, 180, "Ringing", nil)}
		case sip.CANCEL:
			return []*sip.Response{
				sip.NewResponseFromRequest(r, 200, "OK", nil),
				sip.NewResponseFromRequest(invite, 487, "Request Terminated", nil),
			}
		}
		return nil
	})
	_, err := newPhone(t, Config{}).Call(t.Context(), s.target(), CancelAfter(time.Millisecond))
	var r *Refused
	if !errors.As(err, &r) || r.Status != 487 {
		t.Fatalf("error = %v, want 487", err)
	}
	s.want(sip.INVITE)
	if got, want := s.want(sip.CANCEL).Via().Value(), invite.Via().Value(); got != want {
		t.Errorf("Via of the CANCEL %q, want %q", got, want)
	}
	s.want(sip.ACK)
}

func TestCancelLosesTheRace(t *testing.T) {
	var invite *sip.Request
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		switch r.Method {
		case sip.INVITE:
			invite = r
			return []*sip.Response{sip.NewResponseFromRequest(r, 100, "Trying", nil)}
		case sip.CANCEL:
			return []*sip.Response{sip.NewResponseFromRequest(r, 200, "OK", nil), s.ok(invite, SendRecv)}
		}
		return polite(s, r)
	})
	_, err := newPhone(t, Config{}).Call(t.Context(), s.target(), CancelAfter(time.Millisecond))
	if !errors.Is(err, ErrCancelled) {
		t.Fatalf("error = %v, want ErrCancelled", err)
	}
	for _, m := range []sip.RequestMethod{sip.INVITE, sip.CANCEL, sip.ACK, sip.BYE} {
		s.want(m)
	}
}

// TestRefusedReinvite: the call goes on as it was.
func TestRefusedReinvite(t *testing.T) {
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		if r.Method == sip.INVITE && strings.Contains(string(r.Body()), "PCMA") {
			return []*sip.Response{sip.NewResponseFromRequest(r, 488, "Not Acceptable Here", nil)}
		}
		return polite(s, r)
	})
	c := dial(t, newPhone(t, Config{}), s)
	var r *Refused
	if err := c.Reinvite(t.Context(), WithCodec("PCMA"), WithDirection(SendOnly)); !errors.As(err, &r) || r.Status != 488 {
		t.Fatalf("error %v, want 488", err)
	}
	if err := c.Reinvite(t.Context()); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range []sip.RequestMethod{sip.INVITE, sip.ACK, sip.INVITE, sip.ACK, sip.INVITE, sip.ACK} {
		if r := s.want(m); m == sip.INVITE {
			bodies = append(bodies, string(r.Body()))
		}
	}
	if last := bodies[2]; !strings.Contains(last, "PCMU") || !strings.Contains(last, "a=sendrecv") {
		t.Errorf("the offer after the refusal:\n%s", last)
	}
}

// TestLostINVITE: a request is sent again with the same branch.
func TestLostINVITE(t *testing.T) {
	lost := false
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		if r.Method == sip.INVITE && !lost {
			lost = true
			return nil
		}
		return polite(s, r)
	})
	dial(t, newPhone(t, Config{}), s)
	if a, b := s.want(sip.INVITE), s.want(sip.INVITE); a.String() != b.String() {
		t.Errorf("the repeated INVITE differs:\n%s\n%s", a, b)
	}
	s.want(sip.ACK)
}

func TestHoldAndResume(t *testing.T) {
	s := newServer(t, func(s *server, r *sip.Request) []*sip.Response {
		if r.Method == sip.INVITE {
			d, _ := parseDescription(string(r.Body()))
			return []*sip.Response{s.ok(r, d.direction.mirror())}
		}
		return polite(s, r)
	})
	c := dial(t, newPhone(t, Config{}), s)
	first := s.want(sip.INVITE)
	s.want(sip.ACK)
	for _, step := range []struct {
		do   func(context.Context) error
		want string
	}{{c.Hold, "a=sendonly"}, {c.Resume, "a=sendrecv"}} {
		if err := step.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := s.want(sip.INVITE)
		if !strings.Contains(string(r.Body()), step.want) || r.To().Params.GetOr("tag", "") == "" {
			t.Errorf("re-INVITE lacks %s or the To tag:\n%s", step.want, r)
		}
		if r.CallID().Value() != first.CallID().Value() {
			t.Error("the re-INVITE has another Call-ID")
		}
		s.want(sip.ACK)
	}
}

func TestFarEndHangsUp(t *testing.T) {
	s := newServer(t, polite)
	c := dial(t, newPhone(t, Config{}), s)
	invite := s.want(sip.INVITE)
	s.want(sip.ACK)
	s.request(sip.BYE, invite, "Reason: Q.850;cause=16\r\n", "")
	if got := s.wantAnswer(sip.BYE).StatusCode; got != 200 {
		t.Errorf("the BYE is answered with %d", got)
	}
	select {
	case <-c.Done():
	case <-time.After(patience):
	}
	if got, want := c.EndReason(), "Q.850;cause=16"; got != want {
		t.Errorf("end reason %q, want %q", got, want)
	}
	if err := c.Hangup(t.Context()); err != nil {
		t.Errorf("Hangup of an ended call: %v", err)
	}
}

// TestFarEndReinvites: the phone answers offers in the mirrored direction,
// the same way when they are repeated.
func TestFarEndReinvites(t *testing.T) {
	s := newServer(t, polite)
	dial(t, newPhone(t, Config{}), s)
	invite := s.want(sip.INVITE)
	s.want(sip.ACK)
	offer := describe(unmapped(s.rtp.LocalAddr()), 2, pcma, SendOnly)
	s.request(sip.INVITE, invite, "", offer)
	first := s.wantAnswer(sip.INVITE)
	d, err := parseDescription(string(first.Body()))
	if err != nil || d.direction != RecvOnly || d.codec.name != "PCMA" {
		t.Errorf("answer %+v, %v, want recvonly and PCMA", d, err)
	}
	s.request(sip.INVITE, invite, "", offer)
	if again := s.wantAnswer(sip.INVITE); again.String() != first.String() {
		t.Errorf("the repeated INVITE is answered\n%s\ninstead of\n%s", again, first)
	}
}

func TestRequestsOutsideACall(t *testing.T) {
	s := newServer(t, polite)
	p := newPhone(t, Config{})
	s.from = p.Addr()
	for _, tt := range []struct {
		method sip.RequestMethod
		status int
	}{{sip.OPTIONS, 200}, {sip.BYE, 481}} {
		s.requestTo("sip:phone@"+p.Addr().String(), "<sip:phone>;tag=2", "y", tt.method, "", "")
		if got := s.wantAnswer(tt.method).StatusCode; got != tt.status {
			t.Errorf("%s is answered with %d, want %d", tt.method, got, tt.status)
		}
	}
	if p.Strangers() != 1 {
		t.Errorf("%d strangers counted, want 1", p.Strangers())
	}
}

// TestClose: an unplugged phone sends no BYE, and its calls are over.
func TestClose(t *testing.T) {
	s := newServer(t, polite)
	p := newPhone(t, Config{})
	c := dial(t, p, s)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if got := c.EndReason(); got != "unplugged" {
		t.Errorf("end reason %q", got)
	}
	if _, err := p.Call(t.Context(), s.target()); !errors.Is(err, ErrClosed) {
		t.Errorf("a call of a closed phone: %v", err)
	}
	s.want(sip.INVITE)
	s.want(sip.ACK)
	if len(s.requests) != 0 {
		t.Errorf("the phone sent %s", <-s.requests)
	}
}

// TestM01_PayloadsArriveByteForByte checks the phone's own sender and
// recorder, so that M01 may trust them.
func TestM01_PayloadsArriveByteForByte(t *testing.T) {
	s := newServer(t, polite)
	p := newPhone(t, Config{})
	c := dial(t, p, s)
	var next byte
	c.SetPayload(func(dst []byte) {
		for i := range dst {
			dst[i] = next
			next++
		}
	})
	go echo(s.rtp)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	heard, err := c.Listen(ctx, c.Mark(), 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(heard) != 800 {
		t.Fatalf("heard %d samples, want 800", len(heard))
	}
	var got []byte
	for _, p := range c.Packets() {
		if len(got) > 0 || p.Payload[0] != silence { // silence until SetPayload
			got = append(got, p.Payload...)
		}
	}
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			t.Fatalf("byte %d is %d after %d", i, got[i], got[i-1])
		}
	}
	if st := c.Stats(); st.Lost != 0 || st.Duplicates != 0 || st.Late != 0 || st.Restarts != 0 || st.Strange != 0 {
		t.Errorf("stats of a perfect network: %+v", st)
	}
}

// describe is a description with one codec.
func describe(rtp netip.AddrPort, version int, c codec, d Direction) string {
	return statement{codecs: []codec{c}, direction: d}.write(rtp, version)
}

// silence is the PCMU code of 0.
const silence = 0xff

// echo sends every datagram back until the socket is closed.
func echo(c *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		_, _ = c.WriteToUDPAddrPort(buf[:n], from)
	}
}

func TestRecordingFollowsTimestamps(t *testing.T) {
	loud, quiet := g711.EncodeUlawFrame(8000), g711.EncodeUlawFrame(0)
	packet := func(ssrc uint32, seq uint16, ts uint32, b byte) *rtp.Packet {
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, SequenceNumber: seq, Timestamp: ts}}
		p.Payload = make([]byte, 4)
		for i := range p.Payload {
			p.Payload[i] = b
		}
		return p
	}
	for _, tt := range []struct {
		name    string
		packets []*rtp.Packet
		want    string // one letter per four samples: L loud, . silent
		stats   Stats
	}{
		{"in order across the wrap", []*rtp.Packet{packet(1, 65535, 1<<32-4, loud), packet(1, 0, 0, quiet), packet(1, 1, 4, loud)},
			"L.L", Stats{Packets: 3}},
		{"lost", []*rtp.Packet{packet(1, 1, 0, loud), packet(1, 3, 8, loud)},
			"L.L", Stats{Packets: 2, Lost: 1, Gaps: 1}},
		{"late", []*rtp.Packet{packet(1, 1, 0, loud), packet(1, 3, 8, loud), packet(1, 2, 4, loud)},
			"LLL", Stats{Packets: 3, Late: 1, Gaps: 1}},
		{"duplicate", []*rtp.Packet{packet(1, 1, 0, loud), packet(1, 1, 0, quiet)},
			"L", Stats{Packets: 2, Duplicates: 1}},
		{"pause without loss", []*rtp.Packet{packet(1, 1, 0, loud), packet(1, 2, 12, loud)},
			"L..L", Stats{Packets: 2}},
		{"another SSRC follows on", []*rtp.Packet{packet(1, 1, 0, loud), packet(2, 900, 5e8, loud)},
			"LL", Stats{Packets: 2, Restarts: 1}},
		{"a jump in time follows on", []*rtp.Packet{packet(1, 1, 0, loud), packet(1, 2, 5e8, loud)},
			"LL", Stats{Packets: 2, Restarts: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecording(8000)
			for _, p := range tt.packets {
				r.add(p, pcmu, time.Time{})
			}
			got := ""
			for i := 0; i < len(r.samples); i += 4 {
				letter := "."
				if r.samples[i] > 7000 {
					letter = "L"
				}
				got += letter
			}
			if got != tt.want {
				t.Errorf("heard %q, want %q", got, tt.want)
			}
			if st := r.snapshot(); st != tt.stats {
				t.Errorf("stats %+v, want %+v", st, tt.stats)
			}
		})
	}
}

func TestParseDescription(t *testing.T) {
	addr := netip.MustParseAddrPort("192.0.2.1:4000")
	for _, tt := range []struct {
		name, body string
		want       description
		err        error
	}{
		{"own", describe(addr, 1, pcma, SendOnly), description{rtp: addr, codec: pcma, direction: SendOnly}, nil},
		{"media c= wins", "c=IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 99 8\nc=IN IP4 192.0.2.1\n", description{rtp: addr, codec: pcma, direction: SendRecv}, nil},
		{"second audio line is not ours", "c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 1 RTP/AVP 8\r\na=inactive\r\n", description{rtp: addr, codec: pcmu, direction: SendRecv}, nil},
		{"old hold", "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", description{codec: pcmu, direction: SendRecv}, nil},
		{"refused line", "c=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n", description{codec: pcmu, direction: SendRecv}, nil},
		{"video only", "c=IN IP4 192.0.2.1\r\nm=video 4000 RTP/AVP 0\r\n", description{}, errNoAudio},
		{"no codec of ours", "c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 18 96\r\na=rtpmap:96 speex/8000\r\n", description{}, errNoAudio},
	} {
		got, err := parseDescription(tt.body)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		if err == nil && (got.rtp != tt.want.rtp || got.codec.name != tt.want.codec.name || got.direction != tt.want.direction) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
