package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// RFC 3261 section 17.2.2: a copy of a BYE gets the answer of the first, though
// neither its call nor its transaction is left; another BYE does not.
func TestByeRepeated(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		bye := p.request("BYE")
		ok := p.want(200)
		synctest.Wait()
		if n := x.s.kept.Load(); n != 0 {
			t.Errorf("%d transactions are kept of a call that is over", n)
		}
		for range 3 {
			time.Sleep(10 * time.Second)
			p.send(bye)
			if again := p.want(200); again.get("To") != ok.get("To") {
				t.Errorf("To %q, then %q", ok.get("To"), again.get("To"))
			}
		}
		p.request("BYE")
		p.want(481)
		time.Sleep(time.Minute)
		p.send(bye)
		p.want(481)
		x.wantEvents("ack, left hung-up")
	})
}

// RFC 3261 section 9.2: a CANCEL of an INVITE with a final response is answered
// 200 and does nothing, be the call acknowledged or over.
func TestCancelTooLate(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		invite := p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		for _, events := range []string{"ack", "ack, left hung-up"} {
			p.send(cancelOf(invite))
			if m := p.want(200); !strings.Contains(m.get("CSeq"), "CANCEL") {
				t.Errorf("200 to %s", m.get("CSeq"))
			}
			x.wantEvents(events)
			if events == "ack" {
				p.hangUp()
			}
			time.Sleep(time.Second)
		}
		p.request("CANCEL", "Call-ID: other")
		p.want(481)
		synctest.Wait()
		if n := x.s.kept.Load(); n != 0 {
			t.Errorf("%d transactions are kept", n)
		}
	})
}

// A copy of an INVITE makes no second call for as long as the network may hold
// it; after that it counts as a new one.
func TestInviteAfterTheCall(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		invite := p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		p.hangUp()
		for range 3 {
			time.Sleep(10 * time.Second)
			p.send(invite)
			p.silence(500 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		p.send(invite)
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack("CSeq: 1 ACK")
		p.hangUp()
		x.wantEvents("ack, left hung-up | ack, left hung-up")
	})
}

// Nothing is kept for more than twice the time.
func TestAfterlifeForgets(t *testing.T) {
	a, now := newAfterlife(), time.Unix(0, 0)
	for i := range 10_000 {
		tag := string(rune(i))
		a.add(tag, now)
		if !a.has(tag, now) || !a.has(string(rune(max(0, i-3199))), now) {
			t.Fatalf("%d is forgotten", i)
		}
		if n := len(a.young) + len(a.old); n > 6400 {
			t.Fatalf("%d are known, want 6,400 at most", n)
		}
		now = now.Add(10 * time.Millisecond)
	}
	if a.has("x", now.Add(time.Hour)); len(a.young)+len(a.old) > 0 {
		t.Error("something is known after an hour")
	}
}

// RFC 6026 section 7.1: a copy of a re-INVITE that has its 200 is ignored, and
// a CANCEL of it means nothing.
func TestReinviteRepeated(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		again := p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		p.want(200)
		p.send(again)
		p.send(cancelOf(again))
		if m := p.want(200); !strings.Contains(m.get("CSeq"), "CANCEL") {
			t.Errorf("200 to %s", m.get("CSeq"))
		}
		p.ack()
		for range 3 {
			p.send(again)
			p.silence(10 * time.Second)
		}
		x.wantEvents("ack, media")
		p.hangUp()
		if n := x.s.kept.Load(); n != 0 {
			t.Errorf("%d transactions are kept of a call that is over", n)
		}
	})
}
