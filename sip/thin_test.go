package sip

import (
	"strings"
	"testing"

	"partyline/bridge"
)

func TestS02_Call(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone("127.0.0.2:5070")
		p.request("INVITE")
		ok := p.want(200)
		for _, name := range []string{"Contact", "Allow", "Supported", "Content-Type"} {
			if !ok.has(name) {
				t.Errorf("the 200 has no %s", name)
			}
		}
		p.toTag = tagOf(ok.get("To"))
		if p.toTag == "" {
			t.Error("the 200 has no To tag")
		}
		if !strings.Contains(ok.body, "m=audio 20002 RTP/AVP 0\r\n") || strings.Count(ok.body, "m=") != 1 {
			t.Errorf("answer:\n%s", ok.body)
		}
		x.wantEvents("")
		p.ack()
		x.wantEvents("ack")
		r := x.bridge.all()[0].req
		if r.Account != "AC1" || r.Conference != "lobby" || r.From != "sip:alice@example.com" || r.To != "sip:lobby@127.0.0.1" || r.Direction != "inbound" {
			t.Errorf("join request %+v", r)
		}
		if m := r.Media; m.Tx.Codec != bridge.PCMU || m.Remote.String() != "127.0.0.2:4000" {
			t.Errorf("media %+v", m)
		}
		p.hangUp()
		x.wantEvents("ack, left hung-up")
	})
}

func TestS01_Options(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone("127.0.0.2:5070")
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

func TestBridgeHangsUp(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone("127.0.0.2:5070")
		p.call()
		x.bridge.all()[0].hangUp(bridge.Removed)
		bye := p.wantRequest("BYE", 1e9)
		if !strings.Contains(bye.get("Reason"), `text="removed"`) {
			t.Errorf("Reason: %s", bye.get("Reason"))
		}
		p.answer(bye, "200 OK")
		x.wantEvents("ack")
	})
}
