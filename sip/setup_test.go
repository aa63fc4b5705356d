package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
)

const alice = "127.0.0.2:5070"

func TestS01_Options(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("OPTIONS")
		ok := p.want(200)
		for _, name := range []string{"Allow", "Accept", "Supported"} {
			if !ok.has(name) {
				t.Errorf("no %s in the answer", name)
			}
		}
		x.s.Drain()
		p.request("OPTIONS")
		if busy := p.want(503); !busy.has("Retry-After") {
			t.Error("503 without Retry-After")
		}
	})
}

// RFC 3261 section 11.2: as an INVITE would be answered.
func TestS01_OptionsLikeInvite(t *testing.T) {
	rules := func(o *Options) {
		o.MaxCalls = 1
		o.Rules = rulesOf(t, "- {source: [127.0.0.3/32], refuse: 403}\n- {user: lobby}\n")
	}
	inBubble(t, func(x *setup) {
		p, banned := x.phone(alice), x.phone("127.0.0.3:5070")
		for _, c := range []struct {
			from *phone
			uri  string
			code int
		}{
			{p, "sip:lobby@127.0.0.1", 200},
			{p, "sip:127.0.0.1", 200},
			{p, "sip:other@127.0.0.1", 404},
			{banned, "sip:lobby@127.0.0.1", 403},
		} {
			c.from.request("OPTIONS", "!OPTIONS "+c.uri+" SIP/2.0")
			c.from.want(c.code)
		}
		p.call()
		other := x.phone("127.0.0.4:5070")
		for _, method := range []string{"OPTIONS", "INVITE"} {
			other.request(method)
			if m := other.want(503); !m.has("Retry-After") {
				t.Errorf("503 to %s without Retry-After", method)
			}
		}
		p.request("OPTIONS") // in the call
		p.want(200)
		p.hangUp()
	}, rules)
}

func TestS02_Call(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		ok := p.want(200)
		for _, name := range []string{"Contact", "Allow", "Supported", "Content-Type"} {
			if !ok.has(name) {
				t.Errorf("the 200 has no %s", name)
			}
		}
		p.toTag = tagOf(ok.get("To"))
		if !strings.Contains(ok.body, "m=audio 20002 RTP/AVP 0\r\n") || strings.Count(ok.body, "m=") != 1 {
			t.Errorf("answer:\n%s", ok.body)
		}
		x.wantEvents("")
		p.ack()
		x.wantEvents("ack")
		r := x.bridge.all()[0].req
		if r.Account != "AC1" || r.Conference != "lobby" || r.From != "sip:alice@example.com" ||
			r.To != "sip:lobby@127.0.0.1" || r.Direction != "inbound" || r.SIPCallID != p.callID {
			t.Errorf("join request %+v", r)
		}
		if m := r.Media; m.Tx.Codec != bridge.PCMU || m.Remote.String() != "127.0.0.2:4000" {
			t.Errorf("media %+v", m)
		}
		p.hangUp()
		x.wantEvents("ack, left hung-up")
	})
}

// RFC 3261 section 17.2.1: 100 when there is no final response within 200 ms.
func TestS02_Trying(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		start := time.Now()
		p.request("INVITE")
		m := p.next(time.Second)
		if m == nil || m.code() != 100 || time.Since(start) != 200*time.Millisecond {
			t.Fatalf("got %v after %v, want 100 after 200ms", m, time.Since(start))
		}
		x.bridge.joinGate <- struct{}{}
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		p.hangUp()
	})
}

func TestS03_LateOffer(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE", "=")
		ok := p.want(200)
		for _, want := range []string{"m=audio 20002 RTP/AVP 96 9 0 8 97 98 99 101 102", "opus/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000", "L16/8000", "telephone-event/8000", "a=sendrecv"} {
			if !strings.Contains(ok.body, want) {
				t.Errorf("the offer lacks %q:\n%s", want, ok.body)
			}
		}
		if r := x.bridge.all()[0].req; r.Media.Remote.IsValid() {
			t.Errorf("media before the answer: %+v", r.Media)
		}
		p.toTag = tagOf(ok.get("To"))
		p.ack("=" + offerAt("127.0.0.2", 4010, "8"))
		x.wantEvents("media, ack")
		if m := x.bridge.all()[0].media(); m.Tx.Codec != bridge.PCMA || m.Remote.String() != "127.0.0.2:4010" || len(m.Rx) != 7 {
			t.Errorf("media %+v", m)
		}
		p.hangUp()
	})
}

func TestS04_LateOfferWithoutAnswer(t *testing.T) {
	for name, ack := range map[string]string{
		"no SDP":          "=",
		"broken SDP":      "=v=0\r\nnonsense\r\n",
		"nothing in it":   "=" + offerAt("127.0.0.2", 4000, "18"),
		"audio is closed": "=" + offerAt("127.0.0.2", 0, "0"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				p.request("INVITE", "=")
				p.toTag = tagOf(p.want(200).get("To"))
				p.ack(ack)
				bye := p.wantRequest("BYE", 100*time.Millisecond)
				p.answer(bye, "200 OK")
				x.wantEvents("left signalling-failed")
			})
		})
	}
}

const video = "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"

// TestOffers has one line for each offer in an INVITE: the code, and what the
// answer says or the response carries.
func TestOffers(t *testing.T) {
	const o = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\n"
	const ct = o + "c=IN IP4 127.0.0.2\r\nt=0 0\r\n"
	multipart := "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n" +
		ct + "m=audio 4000 RTP/AVP 0\r\n\r\n--b1--\r\n"
	for _, c := range []struct {
		id, body, headers string
		code              int
		want              string
	}{
		{"S05 unknown codec", ct + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 speex/8000\r\n", "", 488, "Warning: 305"},
		{"S05 G.729", ct + "m=audio 4000 RTP/AVP 18\r\n", "", 488, "Warning: 305"},
		{"S06 video alone", ct + video, "", 488, "Warning: 304"},
		{"S07 audio and video", ct + "m=audio 4000 RTP/AVP 0\r\n" + video, "", 200, "m=video 0 RTP/AVP 96\r\n"},
		{"S07 video and audio", ct + video + "m=audio 4000 RTP/AVP 0\r\n", "", 200, "m=video 0 RTP/AVP 96\r\nm=audio 20002"},
		{"S08 two audio lines", ct + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8\r\n", "", 200, "m=audio 0 RTP/AVP 8\r\n"},
		{"S08 unknown transport first", ct + "m=audio 3000 FOO/BAR 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 200, "m=audio 0 FOO/BAR 0\r\nm=audio 20002 RTP/AVP 0\r\n"},
		{"S08 five lines", ct + "m=image 1 udptl t38\r\nm=audio 0 RTP/AVP 0\r\nm=audio 3 RTP/SAVP 0\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 5 RTP/AVP 0\r\n",
			"", 200, "m=image 0 udptl t38\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/SAVP 0\r\nm=audio 20002 RTP/AVP 8\r\n"},
		{"S09 nonsense", "hello\r\n", "", 400, "Warning: 399"},
		{"S09 no media line", ct, "", 400, "Warning"},
		{"S09 nettype", o + "c=XX IP4 127.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 400, "Warning"},
		{"S09 addrtype", o + "c=IN IP9 127.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 400, "Warning"},
		{"S09 huge UDP port", ct + "m=audio 4294967296 RTP/AVP 0\r\n", "", 400, "Warning"},
		{"S09 negative UDP port", ct + "m=audio -1 RTP/AVP 0\r\n", "", 400, "Warning"},
		{"S09 version", "v=7\r\n" + ct[5:] + "m=audio 4000 RTP/AVP 0\r\n", "", 400, "Warning"},
		{"S10 static types without rtpmap", ct + "m=audio 4000 RTP/AVP 9 18 8 0\r\n", "", 200, "m=audio 20002 RTP/AVP 9 8 0\r\n"},
		{"S11 c= at the media level", o + "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 127.0.0.2\r\n", "", 200, "m=audio 20002"},
		{"S11 no c= at all", o + "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 200, "m=audio 20002"},
		{"S12 sendonly at the session level", ct + "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", "", 200, "a=recvonly"},
		{"S13 text", "hello", "Content-Type: text/plain", 415, "Accept: application/sdp"},
		{"S14 encoding", ct, "Content-Encoding: gzip", 415, "Accept-Encoding"},
		{"S15 multipart", multipart, "Content-Type: multipart/mixed;boundary=b1", 200, "m=audio 20002"},
		{"S16 multipart without SDP", "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1--\r\n", "Content-Type: multipart/mixed;boundary=b1", 415, "Accept: application/sdp"},
		{"S16 multipart without boundary", multipart, "Content-Type: multipart/mixed", 415, "Accept"},
		{"a body that need not be understood", "hello", "Content-Type: text/plain|Content-Disposition: icon;handling=optional", 200, "m=audio 20002 RTP/AVP 96 9 0 8 97 98 99 101 102"},
		{"Content-Type forgotten", ct + "m=audio 4000 RTP/AVP 0\r\n", "Content-Type: ;", 200, "m=audio 20002 RTP/AVP 0\r\n"},
		{"IPv6 towards an IPv4 bridge", o + "c=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 488, "Warning: 300"},
		{"host name", o + "c=IN IP4 phone.example.com\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 488, "Warning: 301"},
		{"multicast", o + "c=IN IP4 224.2.1.1/127\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "", 488, "Warning: 301"},
		{"audio is closed", ct + "m=audio 0 RTP/AVP 0\r\n", "", 488, "Warning: 304"},
	} {
		t.Run(c.id, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				changes := []string{"=" + c.body}
				if c.headers != "" {
					changes = append(changes, strings.Split(c.headers, "|")...)
				}
				p.request("INVITE", changes...)
				m := p.want(c.code)
				if !strings.Contains(m.raw, c.want) {
					t.Errorf("the %d lacks %q:\n%s", c.code, c.want, m.raw)
				}
				if want := strings.Count(c.body, "\r\nm="); c.code == 200 && strings.HasPrefix(c.body, "v=0") && strings.Count(m.body, "m=") != want {
					t.Errorf("%d media lines, want %d:\n%s", strings.Count(m.body, "m="), want, m.body)
				}
				p.toTag = tagOf(m.get("To"))
				if c.code == 200 {
					p.ack("=" + offerAt("127.0.0.2", 4000, "0"))
					p.hangUp()
				}
			})
		})
	}
}

// TestRefusals has one line for each request that is refused, or accepted
// although it looks odd, before its offer is looked at.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		id, method string
		changes    []string
		code       int
		want       string
	}{
		{"S17 Require", "INVITE", []string{"Require: xxx"}, 420, "Unsupported: xxx"},
		{"S18 two Require headers", "INVITE", []string{"+Require: aaa, bbb", "+Require: ccc"}, 420, "Unsupported: aaa, bbb, ccc"},
		{"S19 Proxy-Require", "INVITE", []string{"Proxy-Require: xxx"}, 200, ""},
		{"S20 FOO", "FOO", nil, 501, "Allow: INVITE"},
		{"S21 REGISTER", "REGISTER", nil, 405, "Allow: INVITE"},
		{"S21 SUBSCRIBE", "SUBSCRIBE", []string{"Event: presence"}, 405, "Allow"},
		{"S21 PUBLISH", "PUBLISH", nil, 405, "Allow"},
		{"S21 MESSAGE", "MESSAGE", []string{"=hi", "Content-Type: text/plain"}, 405, "Allow"},
		{"S22 Max-Forwards 0", "INVITE", []string{"Max-Forwards: 0"}, 200, ""},
		{"S22 no Max-Forwards", "INVITE", []string{"-Max-Forwards"}, 200, ""},
		{"S23 CSeq method", "OPTIONS", []string{"CSeq: 9 INVITE"}, 400, ""},
		{"S24 no Call-ID", "INVITE", []string{"-Call-ID"}, 400, ""},
		{"S24 no From", "INVITE", []string{"-From"}, 400, ""},
		{"S25 SIP/7.0", "INVITE", []string{"!INVITE sip:lobby@127.0.0.1 SIP/7.0"}, 505, "SIP/2.0 505"},
		{"S26 nobodyknows", "INVITE", []string{"!INVITE nobodyknows:lobby SIP/2.0"}, 416, ""},
		{"S26 soap.beep", "OPTIONS", []string{"!OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"}, 416, ""},
		{"S26 sips without TLS", "INVITE", []string{"!INVITE sips:lobby@127.0.0.1 SIP/2.0"}, 416, ""},
		{"S27 tel", "INVITE", []string{"!INVITE tel:+1-201-555-0123;x=y SIP/2.0"}, 200, ""},
		{"S35 From without tag", "INVITE", []string{"From: <sip:alice@example.com>"}, 200, ""},
		{"S37 branch of RFC 2543", "INVITE", []string{"Via: SIP/2.0/UDP " + alice + ";branch=1"}, 200, ""},
		{"S35 no tag and no branch", "INVITE", []string{"From: sip:alice@example.com", "Via: SIP/2.0/UDP " + alice}, 200, ""},
		{"S40 Replaces", "INVITE", []string{"Replaces: 1@x;to-tag=a;from-tag=b"}, 481, ""},
		{"S40 two Replaces", "INVITE", []string{"+Replaces: 1@x;to-tag=a;from-tag=b", "+Replaces: 2@x;to-tag=a;from-tag=b"}, 400, ""},
		{"S41 no Contact", "INVITE", []string{"-Contact"}, 400, "Warning"},
		{"S41 Contact *", "INVITE", []string{"Contact: *"}, 400, ""},
		{"S41 Contact of another scheme", "INVITE", []string{"Contact: <mailto:a@b.c>"}, 400, ""},
		{"S57 CANCEL without match", "CANCEL", nil, 481, ""},
		{"S62 BYE without dialog", "BYE", nil, 481, ""},
		{"S62 BYE with unknown tag", "BYE", []string{"To: <sip:lobby@127.0.0.1>;tag=unknown"}, 481, ""},
		{"S82 re-INVITE with unknown tag", "INVITE", []string{"To: <sip:lobby@127.0.0.1>;tag=unknown"}, 481, ""},
		{"S87 Supported: 100rel", "INVITE", []string{"Supported: 100rel"}, 200, ""},
		{"S87 Require: 100rel", "INVITE", []string{"Require: 100rel"}, 420, "Unsupported: 100rel"},
		{"S93 Require: timer", "INVITE", []string{"Require: timer"}, 420, "Unsupported: timer"},
		{"S96 REFER outside", "REFER", []string{"Refer-To: <sip:x@y>"}, 405, "Allow"},
		{"sdp01 Accept without SDP", "INVITE", []string{"Accept: text/plain"}, 406, ""},
		{"Accept with SDP", "INVITE", []string{"Accept: text/plain, application/sdp;q=0.5"}, 200, ""},
		{"empty user", "INVITE", []string{"!INVITE sip:127.0.0.1 SIP/2.0"}, 404, ""},
		{"escaped user", "INVITE", []string{"!INVITE sip:%6cobby@127.0.0.1 SIP/2.0"}, 200, ""},
		{"control character in the user", "INVITE", []string{"!INVITE sip:lob%0d%0aby@127.0.0.1 SIP/2.0"}, 404, ""},
		{"endless user", "INVITE", []string{"!INVITE sip:" + strings.Repeat("x", 129) + "@127.0.0.1 SIP/2.0"}, 404, ""},
	} {
		t.Run(c.id, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				p.request(c.method, c.changes...)
				m := p.want(c.code)
				if !strings.Contains(m.raw, c.want) {
					t.Errorf("the %d lacks %q:\n%s", c.code, c.want, m.raw)
				}
				if tagOf(m.get("To")) == "" {
					t.Errorf("To has no tag: %s", m.get("To"))
				}
				if c.code == 200 && c.method == "INVITE" {
					p.toTag = tagOf(m.get("To"))
					same := []string{"-Contact"}
					for _, h := range c.changes {
						if strings.HasPrefix(h, "From:") || strings.HasPrefix(h, "Via:") {
							same = append(same, h)
						}
					}
					p.request("ACK", same...)
					x.wantEvents("ack")
					p.request("BYE", same...)
					p.want(200)
					x.wantEvents("ack, left hung-up")
				}
			})
		})
	}
}

// A request without a top Via, To or CSeq can't be answered.
func TestS24_Unanswerable(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		for _, missing := range []string{"-Via", "-To", "-CSeq"} {
			p.request("INVITE", missing)
			p.silence(time.Second)
		}
		if n := x.s.Stats().Malformed; n != 3 {
			t.Errorf("%d malformed, want 3", n)
		}
	})
}

func TestS27_TelIsRoutedByNumber(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE", "!INVITE tel:+1-201-555-0123;phone-context=x SIP/2.0")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		r := x.bridge.all()[0].req
		if r.Conference != "+12015550123" || r.To != "tel:+1-201-555-0123" {
			t.Errorf("joined %q, to %q", r.Conference, r.To)
		}
		p.hangUp()
	})
}

// TestJoinErrors is what a phone hears when the bridge says no (S30, S31).
func TestJoinErrors(t *testing.T) {
	for _, c := range []struct {
		open, join error
		code       int
		want       string
	}{
		{nil, bridge.ErrFull, 486, "conference is full"},
		{nil, bridge.ErrLabelInUse, 486, "label in use"},
		{nil, bridge.ErrConferenceEnded, 486, "conference ended"},
		{nil, bridge.ErrDraining, 503, "Retry-After"},
		{nil, bridge.ErrBusy, 503, "Retry-After"},
		{nil, bridge.ErrNotFound, 404, ""},
		{nil, bridge.ErrCoachNotFound, 480, "coach"},
		{nil, fmt.Errorf("wrapped: %w", bridge.ErrFull), 486, ""},
		{nil, fmt.Errorf("something else"), 500, ""},
		{bridge.ErrBusy, nil, 503, "Retry-After"},
		{bridge.ErrDraining, nil, 503, "Retry-After"},
		{fmt.Errorf("no sockets"), nil, 500, ""},
	} {
		t.Run(fmt.Sprint(c.open, c.join), func(t *testing.T) {
			inBubble(t, func(x *setup) {
				x.bridge.openErr, x.bridge.joinErr = c.open, c.join
				p := x.phone(alice)
				p.request("INVITE")
				if m := p.want(c.code); !strings.Contains(m.raw, c.want) {
					t.Errorf("the %d lacks %q:\n%s", c.code, c.want, m.raw)
				}
				synctest.Wait()
			})
		})
	}
}

func TestS31_Draining(t *testing.T) {
	inBubble(t, func(x *setup) {
		old := x.phone(alice)
		old.call()
		x.s.Drain()
		p := x.phone("127.0.0.3:5070")
		p.request("INVITE")
		if m := p.want(503); m.get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		old.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		old.request("OPTIONS")
		old.want(200)
		old.hangUp()
	})
}

// A 200 that got lost is not taken back because the bridge drains meanwhile.
func TestS32_RetransmissionWhileDraining(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		invite := p.request("INVITE")
		synctest.Wait()
		x.s.Drain()
		p.send(invite)
		synctest.Wait()
		close(x.bridge.joinGate)
		ok := p.want(200)
		p.send(invite)
		p.toTag = tagOf(p.want(200).get("To")) // repeated by the timer
		if p.toTag != tagOf(ok.get("To")) {
			t.Error("another To tag")
		}
		p.ack()
		x.wantEvents("ack")
		p.hangUp()
	})
}

func TestMaxCalls(t *testing.T) {
	inBubble(t, func(x *setup) {
		a, b := x.phone(alice), x.phone("127.0.0.3:5070")
		a.call()
		b.request("INVITE")
		b.want(503)
		a.hangUp()
		b.call()
		b.hangUp()
	}, func(o *Options) { o.MaxCalls = 1 })
}

// Who forges a source does not see our 200 and can't acknowledge it.
func TestUnacknowledgedCallsOfOneSource(t *testing.T) {
	inBubble(t, func(x *setup) {
		forged := x.phone(alice)
		var kept int
		for i := range 10 {
			forged.callID = fmt.Sprint("forged-", i)
			forged.request("INVITE")
			if forged.next(400*time.Millisecond).code() == 200 {
				kept++
			}
			forged.drain()
		}
		if kept != 3 {
			t.Errorf("%d calls were answered, want 3", kept)
		}
		other := x.phone("127.0.0.3:5070")
		for range 5 {
			other.callID += "x"
			other.toTag = ""
			other.call()
			other.hangUp()
		}
		time.Sleep(2 * time.Minute)
		forged.drain()
		forged.call()
		forged.hangUp()
		if n := len(x.s.fresh); n != 0 {
			t.Errorf("%d sources are still counted", n)
		}
	}, func(o *Options) { o.MaxUnacknowledged = 3 })
}

// S29, and what a rule makes of a call.
func TestRulesDecideCalls(t *testing.T) {
	inBubble(t, func(x *setup) {
		banned, guest := x.phone(alice), x.phone("127.0.0.3:5070")
		banned.request("INVITE")
		if m := banned.next(time.Second); m.code() != 403 {
			t.Errorf("got %s, want 403 and nothing before it", m.start)
		}
		guest.uri = "sip:team-red@127.0.0.1"
		guest.call()
		r := x.bridge.all()[0].req
		if r.Conference != "red" || r.Account != "AC7" || !r.Options.Muted || r.Options.Beep != bridge.BeepNever || !r.Options.StartConferenceOnEnter {
			t.Errorf("join request %+v", r)
		}
		guest.hangUp()
	}, func(o *Options) {
		o.Rules = rulesOf(t, `
- {source: [127.0.0.2/32], transport: udp, refuse: 403}
- {user: "team-*", conference: "$1", account: AC7, muted: true, beep: "false"}
`)
	})
}

func TestS32_RetransmittedInvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		invite := p.request("INVITE")
		p.send(invite)
		p.send(invite)
		synctest.Wait()
		close(x.bridge.joinGate)
		ok := p.want(200)
		p.send(invite) // absorbed: RFC 6026 section 7.1
		synctest.Wait()
		p.toTag = tagOf(ok.get("To"))
		p.ack()
		x.wantEvents("ack")
		p.silence(40 * time.Second)
		p.send(invite) // its transaction is over, the dialog is not
		p.silence(time.Second)
		x.wantEvents("ack")
		p.hangUp()
	})
}

func TestS32_RetransmittedRefusal(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinErr = bridge.ErrFull
		p := x.phone(alice)
		invite := p.request("INVITE")
		first := p.want(486)
		p.send(invite)
		if again := p.want(486); again.get("To") != first.get("To") {
			t.Errorf("To %q, then %q", first.get("To"), again.get("To"))
		}
	})
}

func TestS33_MergedInvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		invite := p.request("INVITE")
		ok := p.want(200)
		p.send(strings.Replace(invite, "branch=z9hG4bK", "branch=z9hG4bKother", 1))
		merged := p.want(482)
		if tagOf(merged.get("To")) == tagOf(ok.get("To")) {
			t.Error("482 has the To tag of the call")
		}
		p.toTag = tagOf(ok.get("To"))
		p.ack()
		x.wantEvents("ack")
		p.hangUp()
	})
}

func TestS34_SameCallIDOtherCaller(t *testing.T) {
	inBubble(t, func(x *setup) {
		a, b := x.phone(alice), x.phone("127.0.0.3:5070")
		b.callID = a.callID
		a.call()
		b.call()
		x.wantEvents("ack | ack")
		a.hangUp()
		x.wantEvents("ack, left hung-up | ack")
		b.hangUp()
	})
}

func TestS36_ToTags(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		invite := p.request("INVITE")
		trying := p.next(time.Second)
		cancel := strings.NewReplacer("INVITE sip", "CANCEL sip", "1 INVITE", "1 CANCEL").Replace(invite)
		p.send(cancel)
		ok, terminated := p.want(200), p.want(487)
		if a, b := tagOf(ok.get("To")), tagOf(terminated.get("To")); a != b || a == "" {
			t.Errorf("CANCEL was answered with tag %q, INVITE with %q", a, b)
		}
		if a := tagOf(trying.get("To")); a != "" && a != tagOf(ok.get("To")) {
			t.Errorf("100 had tag %q", a)
		}
		close(x.bridge.joinGate)
		first := tagOf(x.phone("127.0.0.3:5070").callOnce())
		second := tagOf(x.phone("127.0.0.4:5070").callOnce())
		if first == second || first == "" {
			t.Errorf("two calls with tags %q and %q", first, second)
		}
	})
}

// callOnce makes and ends a call and returns the To header.
func (p *phone) callOnce() string {
	ok := p.call()
	p.hangUp()
	return ok.get("To")
}

// RFC 3261 section 18.2.2 and RFC 3581: without rport the answer goes to the
// source address and the UDP port in sent-by, with it to the source's. What a
// sender claims about its own source does not matter. An OPTIONS is answered
// without a transaction, a BYE with one.
func TestS38_ResponseAddress(t *testing.T) {
	for method, code := range map[string]int{"OPTIONS": 200, "BYE": 481} {
		for _, c := range []struct {
			via    string
			sentBy bool // the answer goes to port 6000 and not to 5070
			params string
		}{
			{"10.9.8.7:6000;branch=z9hG4bKa", true, ";received=127.0.0.2"},
			{"10.9.8.7:6000;branch=z9hG4bKb;rport", false, ";received=127.0.0.2;rport=5070"},
			{"127.0.0.2:5070;branch=z9hG4bKc;rport", false, ";received=127.0.0.2;rport=5070"},
			{"10.9.8.7:6000;branch=z9hG4bKd;received=127.0.0.9;rport=6000", false, ";received=127.0.0.2;rport=5070"},
			{"127.0.0.2:6000;branch=z9hG4bKe;received=127.0.0.9", true, ""},
		} {
			t.Run(method+" "+c.via, func(t *testing.T) {
				inBubble(t, func(x *setup) {
					p, atSentBy := x.phone(alice), x.phone("127.0.0.2:6000")
					p.request(method, "Via: SIP/2.0/UDP "+c.via)
					to, other := p, atSentBy
					if c.sentBy {
						to, other = atSentBy, p
					}
					via := to.want(code).get("Via")
					other.silence(time.Second)
					for param := range strings.SplitSeq(c.params, ";") {
						if !strings.Contains(via, param) {
							t.Errorf("Via without %s: %s", param, via)
						}
					}
					if strings.Contains(via, "127.0.0.9") || strings.Contains(via, "rport=6000") {
						t.Errorf("a claim was believed: %s", via)
					}
				})
			})
		}
	}
}

func TestS39_RecordRoute(t *testing.T) {
	for name, c := range map[string]struct {
		recordRoutes []string
		uri          string
		routes       []string
	}{
		"loose": {
			[]string{"<sip:127.0.0.5:5090;lr>, <sip:p2.example.com;lr;x=1>"},
			"sip:alice@" + alice,
			[]string{"<sip:127.0.0.5:5090;lr>", "<sip:p2.example.com;lr;x=1>"},
		},
		"strict": {
			[]string{"<sip:127.0.0.5:5090;method=BYE>", "<sip:p2.example.com;lr>"},
			"sip:127.0.0.5:5090",
			[]string{"<sip:p2.example.com;lr>", "<sip:alice@" + alice + ">"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p, proxy := x.phone(alice), x.phone("127.0.0.5:5090")
				var changes []string
				for _, r := range c.recordRoutes {
					changes = append(changes, "+Record-Route: "+r)
				}
				ok := p.call(changes...)
				if got, want := strings.Join(ok.all("Record-Route"), ", "), strings.Join(c.recordRoutes, ", "); got != want {
					t.Errorf("Record-Route %s, want %s", got, want)
				}
				x.bridge.all()[0].hangUp(bridge.Removed)
				bye := proxy.wantRequest("BYE", time.Second)
				if bye.start != "BYE "+c.uri+" SIP/2.0" {
					t.Errorf("start line %q", bye.start)
				}
				if got, want := strings.Join(bye.all("Route"), ","), strings.Join(c.routes, ","); got != want {
					t.Errorf("Route %s, want %s", got, want)
				}
				proxy.answer(bye, "200 OK")
			})
		})
	}
}
