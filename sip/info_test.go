package sip

import (
	"testing"

	"partyline/bridge"
)

// TestS94_Info: digits by INFO become digits of the participant, once each; an
// empty INFO is a question, and other bodies are refused.
func TestS94_Info(t *testing.T) {
	const relay, plain = "Content-Type: application/dtmf-relay", "Content-Type: application/dtmf"
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		for _, c := range []struct {
			body    string
			headers []string
			code    int
		}{
			{"Signal=5\r\nDuration=160\r\n", []string{relay}, 200},
			{"signal = * \r\nduration = 100", []string{"Content-Type: Application/DTMF-Relay; charset=utf-8"}, 200},
			{"Duration=160\r\nSignal=11", []string{relay}, 200},
			{"d", []string{plain}, 200},
			{"10\r\n", []string{plain}, 200},
			{"16", []string{plain}, 200}, // a hook flash
			{"", nil, 200},
			{"", []string{"Content-Type: application/x"}, 200},
			{"Signal=", []string{relay}, 400},
			{"Signal=55", []string{relay}, 400},
			{"Signal=E", []string{relay}, 400},
			{"Signal=\xff", []string{relay}, 400},
			{"5", []string{relay}, 400},
			{"17", []string{plain}, 400},
			{"-1", []string{plain}, 400},
			{"<xml/>", []string{"Content-Type: application/media_control+xml"}, 415},
			{"5", []string{"-Content-Type"}, 415},
			{"Signal=5", []string{relay, "Info-Package: dtmf"}, 469},
		} {
			p.request("INFO", append([]string{"=" + c.body}, c.headers...)...)
			if m := p.want(c.code); c.code == 415 && m.get("Accept") != "application/dtmf-relay, application/dtmf" {
				t.Errorf("%q: Accept %q", c.body, m.get("Accept"))
			}
		}
		info := p.request("INFO", "=9", plain)
		p.want(200)
		p.send(info) // the answer was lost
		p.want(200)
		x.wantEvents("ack, digit 5, digit *, digit #, digit D, digit *, digit 9")
		x.bridge.digitErr = bridge.ErrBusy
		p.request("INFO", "=1", plain)
		p.want(503)
		p.hangUp()
		p.request("INFO", "=1", plain)
		p.want(481)
	})
}

// TestInfoOutsideDialogs: nobody presses a key in a call that is not there.
func TestInfoOutsideDialogs(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INFO", "=1", "Content-Type: application/dtmf")
		p.want(481)
		p.toTag = "stranger"
		p.request("INFO", "=1", "Content-Type: application/dtmf")
		p.want(481)
	})
}
