package sip

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestS50_NeverAcknowledged(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		start := time.Now()
		p.request("INVITE")
		first := p.want(200)
		var at []time.Duration
		var bye *message
		for bye == nil {
			m := p.next(time.Minute)
			if m == nil {
				t.Fatal("no BYE")
			}
			if m.code() != 200 {
				bye = m
				continue
			}
			if m.raw != first.raw {
				t.Errorf("the 200 changed:\n%s", m.raw)
			}
			at = append(at, time.Since(start))
		}
		want := []float64{0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5}
		for i, w := range want {
			if i >= len(at) || at[i] != seconds(w) {
				t.Errorf("the 200 was repeated at %v, want %v s", at, want)
				break
			}
		}
		if len(at) != len(want) || time.Since(start) != 32*time.Second || bye.method() != "BYE" {
			t.Errorf("%d repetitions, then %q after %v", len(at), bye.start, time.Since(start))
		}
		if !strings.Contains(bye.get("Reason"), "no-ack") {
			t.Errorf("Reason: %s", bye.get("Reason"))
		}
		x.wantEvents("left no-ack")
		p.answer(bye, "200 OK")
		synctest.Wait()
	})
}

func TestS51_AckLostOnce(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		p.want(200)
		ok := p.want(200) // half a second later
		p.toTag = tagOf(ok.get("To"))
		p.ack()
		x.wantEvents("ack")
		p.silence(time.Minute)
		p.hangUp()
		x.wantEvents("ack, left hung-up")
	})
}

func TestS52_WrongACK(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack("CSeq: 7 ACK")
		p.ack("To: <sip:lobby@127.0.0.1>;tag=wrong")
		p.ack("To: <sip:lobby@127.0.0.1>")
		x.wantEvents("")
		p.want(200) // goes on
		p.ack()
		x.wantEvents("ack")
		p.silence(time.Minute)
		p.hangUp()
	})
}

func TestS53_StrayACK(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		p.ack()
		p.ack()
		p.ack("Call-ID: unknown")
		p.silence(time.Minute)
		x.wantEvents("ack")
		p.hangUp()
	})
}

// Some phones give the ACK the branch of its INVITE.
func TestACKWithBranchOfInvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		via := "Via: SIP/2.0/UDP " + alice + ";branch=z9hG4bKsame;rport"
		p.request("INVITE", via)
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack(via)
		x.wantEvents("ack")
		via = "Via: SIP/2.0/UDP " + alice + ";branch=z9hG4bKsame2;rport"
		p.request("INVITE", via, "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		p.want(200)
		p.ack(via)
		p.silence(time.Minute)
		p.hangUp()
	})
}

func TestS54_InviteAfterACK(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		invite := p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		p.send(invite)
		p.silence(time.Second)
		x.wantEvents("ack")
		p.hangUp()
		p.send(invite) // no ghost after the call either
		p.silence(time.Second)
		x.wantEvents("ack, left hung-up")
	})
}

// cancelOf is the CANCEL for an INVITE, by RFC 3261 section 9.1.
func cancelOf(invite string, extra ...string) string {
	m := parseMessage(invite)
	lines := []string{strings.Replace(m.start, "INVITE", "CANCEL", 1)}
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		lines = append(lines, name+": "+m.get(name))
	}
	lines = append(lines, "CSeq: "+strings.Replace(m.get("CSeq"), "INVITE", "CANCEL", 1), "Max-Forwards: 70")
	lines = append(append(lines, extra...), "Content-Length: 0")
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func TestS55_Cancel(t *testing.T) {
	for name, ignoreCtx := range map[string]bool{"join gives up": false, "join goes on": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				x.bridge.joinGate = make(chan struct{})
				x.bridge.ignoreCtx = ignoreCtx
				p := x.phone(alice)
				invite := p.request("INVITE")
				synctest.Wait()
				p.send(cancelOf(invite))
				if ok := p.want(200); !strings.Contains(ok.get("CSeq"), "CANCEL") {
					t.Errorf("200 to %s", ok.get("CSeq"))
				}
				p.want(487)
				p.request("ACK", "Via: "+parseMessage(invite).get("Via"))
				synctest.Wait()
				close(x.bridge.joinGate)
				synctest.Wait()
				if ignoreCtx {
					x.wantEvents("left hung-up")
				} else {
					x.wantEvents("")
				}
			})
		})
	}
}

// Matching by the rules of RFC 2543, without a branch.
func TestS55_CancelRFC2543(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		invite := p.request("INVITE", "Via: SIP/2.0/UDP "+alice, "From: <sip:alice@example.com>")
		synctest.Wait()
		p.send(cancelOf(invite))
		p.want(200)
		p.want(487)
		synctest.Wait()
	})
}

func TestS56_CancelAfter200(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		invite := p.request("INVITE")
		ok := p.want(200)
		p.send(cancelOf(invite))
		if m := p.want(200); !strings.Contains(m.get("CSeq"), "CANCEL") {
			t.Errorf("200 to %s", m.get("CSeq"))
		}
		p.toTag = tagOf(ok.get("To"))
		p.ack()
		x.wantEvents("ack")
		p.silence(time.Minute)
		p.hangUp()
	})
}

// A CANCEL that crosses the 200: whoever wins, there is one join and one leave,
// in this order, and nothing is left.
func TestS58_CancelCrosses200(t *testing.T) {
	rounds := 1000
	inBubble(t, func(x *setup) {
		x.bridge.joinDelay = time.Millisecond
		var kept, cancelled int
		for i := range rounds {
			p := x.phone(alice)
			invite := p.text("INVITE")
			p.send(invite)
			switch i % 4 {
			case 0:
				synctest.Wait() // the INVITE has its transaction
			case 1:
				time.Sleep(x.bridge.joinDelay) // the 200 leaves at this instant
			case 2:
				time.Sleep(2 * x.bridge.joinDelay) // the 200 is out
			}
			p.send(cancelOf(invite))
			synctest.Wait()
			if p.settle(invite) {
				kept++
			} else {
				cancelled++
			}
		}
		t.Logf("%d calls kept, %d cancelled", kept, cancelled)
		if kept < rounds/4 || cancelled < rounds/4 || kept+cancelled != rounds {
			t.Error("want a quarter of each at least")
		}
		for i, e := range x.bridge.events() {
			if got := strings.Join(e, ", "); got != "ack, left hung-up" && got != "left hung-up" {
				t.Fatalf("participant %d saw %q", i, got)
			}
		}
	}, func(o *Options) { o.RatePerSource = 10_000 })
}

// settle reads the outcome of an INVITE that was cancelled, ends the call if
// there is one, and reports whether there was.
func (p *phone) settle(invite string) bool {
	p.Helper()
	for {
		m := p.next(time.Second)
		if m == nil {
			p.Fatal("the INVITE has no final response")
		}
		switch {
		case strings.Contains(m.get("CSeq"), "CANCEL"), m.code() == 100:
		case m.code() == 487:
			p.request("ACK", "Via: "+parseMessage(invite).get("Via"), "To: "+m.get("To"))
			synctest.Wait()
			p.drain()
			return false
		case m.code() == 200:
			p.toTag = tagOf(m.get("To"))
			p.ack()
			synctest.Wait()
			p.drain()
			p.hangUp()
			return true
		default:
			p.Fatalf("got %s", m.start)
		}
	}
}

func (p *phone) drain() {
	for len(p.conn.in) > 0 {
		<-p.conn.in
	}
}

func TestS59_CancelWithRequire(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		invite := p.request("INVITE")
		synctest.Wait()
		p.send(cancelOf(invite, "Require: xxx"))
		p.want(200)
		p.want(487)
		synctest.Wait()
	})
}

// The caller knows the To tag from the 100.
func TestS60_ByeBeforeFinalResponse(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.joinGate = make(chan struct{})
		p := x.phone(alice)
		p.request("INVITE")
		p.toTag = tagOf(p.next(time.Second).get("To"))
		p.request("BYE")
		codes := map[string]string{}
		for range 2 {
			m := p.next(time.Second)
			codes[strings.Fields(m.get("CSeq"))[1]] = m.start
		}
		if !strings.Contains(codes["BYE"], "200") || !strings.Contains(codes["INVITE"], "487") {
			t.Errorf("responses: %v", codes)
		}
		x.wantEvents("")
	})
}

func TestS61_TwoByes(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		bye := p.request("BYE")
		p.want(200)
		p.send(bye)
		p.want(200)
		p.request("BYE")
		p.want(481)
		x.wantEvents("ack, left hung-up")
	})
}

// RFC 3261 section 15: no BYE of ours before the ACK.
func TestHangupWaitsForACK(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		ok := p.want(200)
		x.bridge.all()[0].hangUp(bridge.ConferenceEnded)
		p.want(200)
		p.toTag = tagOf(ok.get("To"))
		p.ack()
		bye := p.wantRequest("BYE", 10*time.Millisecond)
		if !strings.Contains(bye.get("Reason"), "conference-ended") {
			t.Errorf("Reason: %s", bye.get("Reason"))
		}
		p.answer(bye, "200 OK")
		x.wantEvents("")
	})
}

func TestHangupWhileJoining(t *testing.T) {
	for reason, code := range map[bridge.LeaveReason]int{bridge.Shutdown: 503, bridge.ConferenceEnded: 480} {
		inBubble(t, func(x *setup) {
			x.bridge.joinGate = make(chan struct{})
			p := x.phone(alice)
			p.request("INVITE")
			synctest.Wait()
			for _, d := range x.s.all() {
				d.Hangup(reason)
			}
			p.want(code)
			synctest.Wait()
		})
	}
}

func TestByeOfTheBridge(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		ok := p.call()
		x.bridge.all()[0].hangUp(bridge.Removed)
		x.bridge.all()[0].req.Call.Hangup(bridge.ConferenceEnded) // twice is once
		bye := p.wantRequest("BYE", time.Second)
		if bye.start != "BYE sip:alice@"+alice+" SIP/2.0" || bye.get("Call-ID") != p.callID ||
			tagOf(bye.get("From")) != tagOf(ok.get("To")) || tagOf(bye.get("To")) != p.fromTag {
			t.Errorf("BYE:\n%s", bye.raw)
		}
		if !strings.Contains(bye.get("Reason"), `text="removed"`) {
			t.Errorf("Reason: %s", bye.get("Reason"))
		}
		if !strings.HasSuffix(bye.get("CSeq"), " BYE") || bye.get("Max-Forwards") != "70" || bye.has("Contact") {
			t.Errorf("BYE:\n%s", bye.raw) // Contact: "not applicable", RFC 3261 table 2
		}
		p.answer(bye, "200 OK")
		p.silence(time.Minute)
		p.request("BYE")
		p.want(481)
		x.wantEvents("ack")
	})
}

// S35: a caller of RFC 2543 without a From tag gets a BYE without a To tag.
func TestS35_ByeWithoutTag(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		from, via := "From: <sip:alice@example.com>", "Via: SIP/2.0/UDP "+alice
		p.request("INVITE", from, via)
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack(from, via)
		x.wantEvents("ack")
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := p.wantRequest("BYE", time.Second)
		if to := bye.get("To"); to != "<sip:alice@example.com>" {
			t.Errorf("To: %s", to)
		}
		p.answer(bye, "200 OK")
	})
}

// A Contact whose host nobody here can find must not leave the phone in a dead
// call: our BYE goes back the way the phone's last request came.
func TestByeToUnknownHost(t *testing.T) {
	for _, contact := range []string{"<sip:alice@phone.invalid>", "<sip:alice@[2001:db8::1]:5070>"} {
		inBubble(t, func(x *setup) {
			p := x.phone(alice)
			p.call("Contact: " + contact)
			x.bridge.all()[0].hangUp(bridge.Removed)
			bye := p.wantRequest("BYE", 5*time.Second)
			if uri := strings.Trim(contact, "<>"); bye.start != "BYE "+uri+" SIP/2.0" {
				t.Errorf("start line %q", bye.start)
			}
			p.answer(bye, "200 OK")
		}, func(o *Options) {
			o.resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("no name server")
			}}
		})
	}
}

// RFC 3261 section 19.1.1: a Request-URI has no header fields, whatever the
// Contact had.
func TestByeWithoutURIHeaders(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call("Contact: \"A, B\" <sip:alice@" + alice + ";ob;method=INVITE?Subject=x>;expires=60")
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := p.wantRequest("BYE", time.Second)
		if bye.start != "BYE sip:alice@"+alice+";ob SIP/2.0" {
			t.Errorf("start line %q", bye.start)
		}
		p.answer(bye, "200 OK")
	})
}

func TestCrossingByes(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := p.wantRequest("BYE", time.Second)
		for _, method := range []string{"INVITE", "OPTIONS"} {
			p.request(method)
			p.want(481)
		}
		p.request("BYE")
		p.want(200)
		p.answer(bye, "481 Call/Transaction Does Not Exist")
		x.wantEvents("ack")
	})
}

func TestS65_ByeNotAnswered(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		start := time.Now()
		x.bridge.all()[0].hangUp(bridge.MediaTimeout)
		n := 0
		for p.next(10*time.Second) != nil {
			n++
		}
		if n != 11 { // 0, 0.5, 1.5, 3.5, 7.5 ... 31.5 s
			t.Errorf("BYE was sent %d times, want 11", n)
		}
		if took := time.Since(start); took > 42*time.Second {
			t.Errorf("took %v", took)
		}
		x.wantEvents("ack")
	})
}

func TestS66_ChallengeOnBye(t *testing.T) {
	for _, status := range []string{"407 Proxy Authentication Required", "401 Unauthorized"} {
		inBubble(t, func(x *setup) {
			p := x.phone(alice)
			p.call()
			x.bridge.all()[0].hangUp(bridge.Removed)
			bye := p.wantRequest("BYE", time.Second)
			p.answer(bye, status, `Proxy-Authenticate: Digest realm="trunk", nonce="x"`, `WWW-Authenticate: Digest realm="trunk", nonce="x"`)
			p.silence(time.Minute)
		})
	}
}

func TestShutdown(t *testing.T) {
	inBubble(t, func(x *setup) {
		a, b := x.phone(alice), x.phone("127.0.0.3:5070")
		a.call()
		b.call()
		done := make(chan error)
		go func() { done <- x.s.Shutdown(x.Context()) }()
		for _, p := range []*phone{a, b} {
			bye := p.wantRequest("BYE", time.Second)
			if !strings.Contains(bye.get("Reason"), "shutdown") {
				t.Errorf("Reason: %s", bye.get("Reason"))
			}
			p.answer(bye, "200 OK")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		x.wantEvents("ack, left shutdown | ack, left shutdown")
	})
}

// S67 in small: 10 % of all datagrams are lost each way.
func TestS67_Loss(t *testing.T) {
	inBubble(t, func(x *setup) {
		var n atomic.Int64
		x.wire.lose = func(string, string, []byte) bool { return n.Add(1)%10 == 7 }
		for range 200 {
			p := x.phone(alice)
			invite := p.request("INVITE")
			var ok *message
			for ok == nil || ok.code() != 200 {
				if ok = p.next(500 * time.Millisecond); ok == nil {
					p.send(invite)
				}
			}
			p.toTag = tagOf(ok.get("To"))
			p.ack()
			for m := p.next(5 * time.Second); m != nil; m = p.next(5 * time.Second) {
				p.cseq = 1
				p.ack() // the ACK was lost
			}
			bye := p.request("BYE")
			for p.next(500*time.Millisecond) == nil {
				p.send(bye)
			}
			synctest.Wait()
			p.drain()
		}
		for i, e := range x.bridge.events() {
			if got := strings.Join(e, ", "); got != "ack, left hung-up" {
				t.Fatalf("participant %d saw %q", i, got)
			}
		}
		if got := len(x.bridge.all()); got != 200 {
			t.Errorf("%d participants, want 200", got)
		}
	}, func(o *Options) { o.RatePerSource = 10_000 })
}
