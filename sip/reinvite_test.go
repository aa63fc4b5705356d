package sip

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
)

// version is the session version in the o= line of a description.
func version(t *testing.T, body string) string {
	t.Helper()
	for l := range strings.SplitSeq(body, "\r\n") {
		if f := strings.Fields(l); strings.HasPrefix(l, "o=") && len(f) == 6 {
			return f[1] + " " + f[2]
		}
	}
	t.Fatalf("no o= line:\n%s", body)
	return ""
}

// TestReinvite has one line for each new offer in a call that was PCMU with
// 127.0.0.2:4000: what the answer says and what the bridge gets to know.
func TestReinvite(t *testing.T) {
	const base = "v=0\r\no=alice 1 2 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
	for _, c := range []struct {
		id, offer, answer string
		want              string // tx codec, remote, direction
	}{
		{"S70 sendonly", base + "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", "a=recvonly", "PCMU 127.0.0.2:4000 recvonly"},
		{"S71 inactive", base + "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", "a=inactive", "PCMU 127.0.0.2:4000 inactive"},
		{"S72 recvonly", base + "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", "a=sendonly", "PCMU 127.0.0.2:4000 sendonly"},
		{"S73 0.0.0.0", strings.Replace(base, "c=IN IP4 127.0.0.2", "c=IN IP4 0.0.0.0", 1) + "m=audio 4000 RTP/AVP 0\r\n",
			"a=inactive", "PCMU invalid AddrPort inactive"},
		{"S73 0.0.0.0 and sendonly", strings.Replace(base, "c=IN IP4 127.0.0.2", "c=IN IP4 0.0.0.0", 1) + "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n",
			"a=recvonly", "PCMU invalid AddrPort recvonly"},
		{"S76 other UDP port", base + "m=audio 4444 RTP/AVP 0\r\n", "a=sendrecv", "PCMU 127.0.0.2:4444 sendrecv"},
		{"S76 other address", strings.Replace(base, "c=IN IP4 127.0.0.2", "c=IN IP4 127.0.0.77", 1) + "m=audio 4000 RTP/AVP 0\r\n",
			"a=sendrecv", "PCMU 127.0.0.77:4000 sendrecv"},
		{"S77 other codec", base + "m=audio 4000 RTP/AVP 8 0\r\n", "m=audio 20002 RTP/AVP 8 0", "PCMA 127.0.0.2:4000 sendrecv"},
		{"S77 G.722", base + "m=audio 4000 RTP/AVP 9 0\r\n", "m=audio 20002 RTP/AVP 9 0", "G722 127.0.0.2:4000 sendrecv"},
		{"S77 Opus", base + "m=audio 4000 RTP/AVP 100 0\r\na=rtpmap:100 opus/48000/2\r\n", "m=audio 20002 RTP/AVP 100 0", "opus 127.0.0.2:4000 sendrecv"},
		{"S79 closed", base + "m=audio 0 RTP/AVP 0\r\n", "m=audio 0 RTP/AVP 0", "none invalid AddrPort inactive"},
		{"a line more", base + "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\nm=video 7 RTP/AVP 96\r\n", "m=video 0 RTP/AVP 96", "PCMU 127.0.0.2:4000 recvonly"},
	} {
		t.Run(c.id, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				before := version(t, p.call().body)
				m := p.reinvite(c.offer)
				if !strings.Contains(m.body, c.answer) {
					t.Errorf("the answer lacks %q:\n%s", c.answer, m.body)
				}
				checkVersion(t, before, version(t, m.body))
				party := x.bridge.all()[0]
				if got := describe(party.media()); got != c.want {
					t.Errorf("media %q, want %q", got, c.want)
				}
				x.wantEvents("ack, media")
				p.reinvite(p.sdp) // S74: resume
				if got := describe(party.media()); got != "PCMU 127.0.0.2:4000 sendrecv" {
					t.Errorf("after resuming: %s", got)
				}
				x.wantEvents("ack, media, media")
				p.hangUp()
			})
		})
	}
}

// checkVersion checks that the session id stays and the version is one more, or
// the same.
func checkVersion(t *testing.T, before, after string) {
	t.Helper()
	var idA, idB, a, b uint64
	fmt.Sscan(before, &idA, &a)
	fmt.Sscan(after, &idB, &b)
	if idA != idB || b != a && b != a+1 {
		t.Errorf("o= went from %s to %s", before, after)
	}
}

func describe(m bridge.MediaParams) string {
	d := map[bridge.Direction]string{bridge.SendRecv: "sendrecv", bridge.SendOnly: "sendonly", bridge.RecvOnly: "recvonly", bridge.Inactive: "inactive"}
	return fmt.Sprint(m.Tx.Codec, " ", m.Remote, " ", d[m.Direction])
}

func TestS75_ReinviteWithoutOffer(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.sdp = offerAt("127.0.0.2", 4000, "0 96", "rtpmap:96 telephone-event/8000")
		before := version(t, p.call().body)
		p.request("INVITE", "=")
		ok := p.want(200)
		if !strings.Contains(ok.body, "m=audio 20002 RTP/AVP 97 9 0 8 98 99 100 96 102\r\n") || !strings.Contains(ok.body, "a=sendrecv") {
			t.Errorf("the offer is not full, or moved telephone-event:\n%s", ok.body)
		}
		checkVersion(t, before, version(t, ok.body))
		p.ack("=" + offerAt("127.0.0.2", 4040, "8"))
		x.wantEvents("ack, media")
		if got := describe(x.bridge.all()[0].media()); got != "PCMA 127.0.0.2:4040 sendrecv" {
			t.Errorf("media %s", got)
		}
		p.request("INVITE", "=")
		again := p.want(200)
		if version(t, again.body) != version(t, ok.body) {
			t.Errorf("the same offer under another version:\n%s\n%s", ok.body, again.body)
		}
		p.ack("=") // no answer: the call is lost (S04)
		bye := p.wantRequest("BYE", time.Second)
		p.answer(bye, "200 OK")
		x.wantEvents("ack, media, left signalling-failed")
	})
}

func TestS78_NothingAcceptable(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		for offer, code := range map[string]int{
			offerAt("127.0.0.2", 4000, "18"): 488,
			"nonsense":                       400,
		} {
			p.request("INVITE", "="+offer)
			p.wantRefused(code)
		}
		p.request("INVITE", "=hi", "Content-Type: text/plain")
		p.wantRefused(415)
		x.wantEvents("ack")
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		x.wantEvents("ack, media")
		p.hangUp()
	})
}

func TestS80_Glare(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		p.request("INVITE", "=")
		p.want(200) // our offer is open now
		p.request("INVITE")
		p.wantRefused(491)
		p.cseq--
		p.ack("=" + p.sdp)
		p.cseq++
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		x.wantEvents("ack, media, media")
		p.hangUp()
	})
}

func TestS81_OverlappingReinvites(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.updateGate = make(chan struct{})
		p := x.phone(alice)
		p.call()
		hold := offerAt("127.0.0.2", 4000, "0", "sendonly")
		p.request("INVITE", "="+hold)
		synctest.Wait()
		p.request("INVITE", "="+p.sdp)
		m := p.wantRefused(500)
		var after int
		if n, err := fmt.Sscan(m.get("Retry-After"), &after); n != 1 || err != nil || after < 0 || after > 10 {
			t.Errorf("Retry-After %q", m.get("Retry-After"))
		}
		p.request("OPTIONS")
		p.want(200)
		x.bridge.updateGate <- struct{}{}
		ok := p.want(200)
		if !strings.Contains(ok.body, "a=recvonly") {
			t.Errorf("answer:\n%s", ok.body)
		}
		p.ack("CSeq: 2 ACK")
		p.silence(time.Minute)
		p.hangUp()
		x.wantEvents("ack, media, left hung-up")
	})
}

// S63 for the phone's own re-INVITE: a BYE ends it with 487.
func TestByeDuringReinvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.updateGate = make(chan struct{})
		p := x.phone(alice)
		p.call()
		p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		synctest.Wait()
		p.request("BYE")
		p.want(200)
		p.wantRefused(487)
		x.wantEvents("ack, left hung-up")
	})
}

func TestHangupDuringReinvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		x.bridge.updateGate = make(chan struct{})
		p := x.phone(alice)
		p.call()
		p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		synctest.Wait()
		x.bridge.all()[0].hangUp(bridge.Removed)
		p.wantRefused(487)
		p.answer(p.wantRequest("BYE", time.Second), "200 OK")
		x.wantEvents("ack")
	})
}

// A cancelled re-INVITE leaves the media as they were.
func TestCancelledReinvite(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		x.bridge.updateGate = make(chan struct{}, 9)
		invite := p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		synctest.Wait()
		p.send(cancelOf(invite))
		p.want(200)
		p.wantRefused(487)
		x.bridge.updateGate <- struct{}{}
		x.bridge.updateGate <- struct{}{}
		x.wantEvents("ack, media, media")
		if got := describe(x.bridge.all()[0].media()); got != "PCMU 127.0.0.2:4000 sendrecv" {
			t.Errorf("media %s", got)
		}
		x.bridge.updateGate <- struct{}{}
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "inactive"))
		p.hangUp()
	})
}

func TestUpdateFails(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		x.bridge.updateErr = errors.New("no")
		p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0", "sendonly"))
		p.wantRefused(500)
		x.bridge.updateErr = nil
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		x.wantEvents("ack, media")
		p.hangUp()
	})
}

func TestS82_ReinviteAfterBye(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		p.hangUp()
		p.request("INVITE")
		p.wantRefused(481)
	})
}

func TestS83_LowCSeq(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.cseq = 10
		p.call()
		p.request("OPTIONS", "CSeq: 3 OPTIONS")
		p.want(500)
		p.request("INVITE", "CSeq: 11 INVITE")
		p.wantRefused(500) // CSeq 11 was the first INVITE
		p.cseq = 40        // leaving some out is allowed
		p.reinvite(p.sdp)
		p.hangUp()
	})
}

func TestS84_UnchangedOffer(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		first := p.call()
		again := p.reinvite(p.sdp)
		if first.body != again.body {
			t.Errorf("answers differ:\n%s\n%s", first.body, again.body)
		}
		x.wantEvents("ack")
		p.hangUp()
	})
}

// A 200 to a re-INVITE that is never acknowledged ends the call as well.
func TestReinviteNeverAcknowledged(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		p.request("INVITE")
		n := 0
		for {
			m := p.next(10 * time.Second)
			if m.code() == 0 {
				p.answer(m, "200 OK")
				break
			}
			n++
		}
		if n != 11 {
			t.Errorf("the 200 was sent %d times, want 11", n)
		}
		x.wantEvents("ack, left no-ack")
	})
}

// The next INVITE says that the 200 to the last one has arrived.
func TestReinviteInsteadOfACK(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		x.wantEvents("ack, media")
		if n := len(x.s.fresh); n != 0 {
			t.Errorf("%d sources have unacknowledged calls", n)
		}
		p.silence(time.Minute)
		p.hangUp()
	})
}

// A phone behind a NAT is reached where its last request came from, on another
// UDP port than its first if need be.
func TestNATMoves(t *testing.T) {
	inBubble(t, func(x *setup) {
		p, moved := x.phone("203.0.113.9:41000"), x.phone("203.0.113.9:42000")
		inside := "Contact: <sip:alice@192.168.1.5:5062>"
		p.call(inside)
		p.conn = moved.conn
		p.request("OPTIONS", inside)
		p.want(200)
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := moved.wantRequest("BYE", time.Second)
		if bye.start != "BYE sip:alice@192.168.1.5:5062 SIP/2.0" {
			t.Errorf("start line %q", bye.start)
		}
		p.answer(bye, "200 OK")
	})
}

func TestTargetRefresh(t *testing.T) {
	inBubble(t, func(x *setup) {
		p, moved := x.phone(alice), x.phone("127.0.0.8:5080")
		p.call()
		p.request("INVITE", "=nonsense", "Contact: <sip:wrong@127.0.0.9>")
		p.wantRefused(400) // refreshes nothing
		p.request("INVITE", "Contact: <sip:alice@127.0.0.8:5080>")
		p.want(200)
		p.ack()
		synctest.Wait()
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := moved.wantRequest("BYE", time.Second)
		if bye.start != "BYE sip:alice@127.0.0.8:5080 SIP/2.0" {
			t.Errorf("start line %q", bye.start)
		}
		moved.answer(bye, "200 OK")
	})
}

// In-dialog requests that are not served are refused, and the call goes on
// (S85, S95, S97).
func TestInDialogRequests(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		for _, c := range []struct {
			method string
			code   int
		}{{"OPTIONS", 200}, {"UPDATE", 405}, {"REFER", 405}, {"MESSAGE", 405}, {"PRACK", 405}, {"NOTIFY", 405}, {"FOO", 501}} {
			p.request(c.method)
			m := p.want(c.code)
			if c.code != 200 && !m.has("Allow") {
				t.Errorf("%d to %s without Allow", c.code, c.method)
			}
		}
		p.request("INVITE", "Require: xxx")
		p.wantRefused(420)
		x.wantEvents("ack")
		p.hangUp()
	})
}

// Requests reach a dialog in whatever order; it takes them one by one.
func TestRequestsOneByOne(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		for i := range 50 {
			p.request("INVITE", "="+offerAt("127.0.0.2", 4000+2*i, "0"))
			for {
				m := p.next(time.Second)
				if m.code() == 200 {
					p.ack()
					break
				}
			}
		}
		synctest.Wait()
		p.drain()
		p.hangUp()
	})
}
