package sip

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"partyline/bridge"
	"partyline/sip/sdp"
)

const (
	phoneKey  = "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
	otherKey  = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	phoneLine = "crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"
)

// secureAt is an offer on RTP/SAVP.
func secureAt(host string, attrs ...string) string {
	return strings.Replace(offerAt(host, 4000, "0", attrs...), "RTP/AVP", "RTP/SAVP", 1)
}

// withSRTP gives the usual listener a policy.
func withSRTP(policy sdp.SRTP) func(*Options) {
	return func(o *Options) {
		o.Listen = []Listener{{Conn: o.host.(*fakeBridge).wire.listen(serverAddr), SRTP: policy}}
	}
}

// ourKey is the key in an answer.
func ourKey(m *message) string {
	_, after, _ := strings.Cut(m.body, "inline:")
	key, _, _ := strings.Cut(after, "\r\n")
	return key
}

// TestSRTPOfListeners: each listener has a policy of its own.
func TestSRTPOfListeners(t *testing.T) {
	inBubble(t, func(x *setup) {
		for _, c := range []struct {
			at, offer string
			code      int
			want      string // in the answer, or its Warning
		}{
			{"127.0.0.1:5060", offerAt("127.0.0.2", 4000, "0"), 200, "RTP/AVP 0\r\n"},
			{"127.0.0.1:5060", secureAt("127.0.0.2", phoneLine+phoneKey), 488, `302 partyline "SRTP is not available"`},
			{"127.0.0.1:5061", offerAt("127.0.0.2", 4000, "0"), 200, "RTP/AVP 0\r\n"},
			{"127.0.0.1:5061", secureAt("127.0.0.2", phoneLine+phoneKey), 200, "RTP/SAVP 0\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"},
			{"127.0.0.1:5061", secureAt("127.0.0.2", phoneLine+phoneKey[:30]), 488, `302 partyline "No usable key for SRTP: malformed key"`},
			{"127.0.0.1:5062", offerAt("127.0.0.2", 4000, "0"), 488, `302 partyline "SRTP is required"`},
			{"127.0.0.1:5062", secureAt("127.0.0.2", phoneLine+phoneKey), 200, "RTP/SAVP 0\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"},
			{"127.0.0.1:5062", secureAt("127.0.0.2", phoneLine+phoneKey+"|2^31|1:4"), 488, `302 partyline "No usable key for SRTP: MKI not available"`},
			{"127.0.0.1:5062", "", 200, "RTP/SAVP 96 9 0 8 97 98 99 101 102\r\na=crypto:1 AEAD_AES_128_GCM inline:"},
		} {
			p := x.phone(alice)
			p.server = c.at
			p.request("INVITE", "="+c.offer)
			if c.code != 200 {
				if m := p.wantRefused(c.code); m.get("Warning") != c.want {
					t.Errorf("%s: Warning %q, want %q", c.at, m.get("Warning"), c.want)
				}
				continue
			}
			ok := p.want(c.code)
			if !strings.Contains(ok.body, c.want) {
				t.Errorf("%s: the answer lacks %q:\n%s", c.at, c.want, ok.body)
			}
			p.toTag = tagOf(ok.get("To"))
			if c.offer == "" {
				p.ack("=" + secureAt("127.0.0.2", "crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"+phoneKey))
			} else {
				p.ack()
			}
			p.hangUp()
		}
	}, func(o *Options) {
		w := o.host.(*fakeBridge).wire
		for port, policy := range map[string]sdp.SRTP{"5060": sdp.SRTPOff, "5061": sdp.SRTPOptional, "5062": sdp.SRTPRequired} {
			o.Listen = append(o.Listen, Listener{Conn: w.listen("127.0.0.1:" + port), SRTP: policy})
		}
	})
}

// TestR39_Rekey is the signalling of R39: over a re-INVITE our key stays, and
// the phone's follows its offer. A refused one changes nothing.
func TestR39_Rekey(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.sdp = secureAt("127.0.0.2", phoneLine+phoneKey)
		first := p.call()
		party := x.bridge.all()[0]
		before := party.req.Media.SRTP
		if before == nil || before.Profile != bridge.AESCM128SHA1x80 {
			t.Fatalf("joined with %+v", before)
		}
		p.reinvite(p.sdp)
		x.wantEvents("ack") // nothing has changed
		again := p.reinvite(secureAt("127.0.0.2", phoneLine+otherKey))
		if ourKey(first) != ourKey(again) {
			t.Error("our key changed with the phone's")
		}
		after := party.media().SRTP
		if !bytes.Equal(before.TxKey, after.TxKey) || bytes.Equal(before.RxKey, after.RxKey) {
			t.Error("the keys in force are not those of the answer")
		}
		p.request("INVITE", "="+offerAt("127.0.0.2", 4000, "0"))
		p.wantRefused(488)
		if got := party.media().SRTP; got == nil || !bytes.Equal(got.RxKey, after.RxKey) {
			t.Error("a refused offer changed the keys")
		}
		p.request("INVITE", "=") // late: what is in force is offered again
		ok := p.want(200)
		if strings.Count(ok.body, "a=crypto") != 1 || ourKey(ok) != ourKey(first) {
			t.Errorf("the offer:\n%s", ok.body)
		}
		p.ack("=" + secureAt("127.0.0.2", "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+otherKey))
		x.wantEvents("ack, media, media")
		if got := party.media().SRTP; !bytes.Equal(got.TxKey, after.TxKey) || !bytes.Equal(got.RxKey, after.RxKey) {
			t.Error("an answer to an offer of what was in force changed the keys")
		}
		p.hangUp()
	}, withSRTP(sdp.SRTPRequired))
}

// TestLateAnswerWithoutKey: where SRTP is required, an answer without a key ends
// the call.
func TestLateAnswerWithoutKey(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE", "=")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack("=" + offerAt("127.0.0.2", 4000, "0"))
		p.answer(p.wantRequest("BYE", timerT1), "200 OK")
		x.wantEvents("left signalling-failed")
	}, withSRTP(sdp.SRTPRequired))
}

// TestNoKeyIsLogged: calls with keys, agreed to, refused and broken, leave none
// in the log, whoever made it.
func TestNoKeyIsLogged(t *testing.T) {
	var log bytes.Buffer
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.sdp = secureAt("127.0.0.2", phoneLine+phoneKey)
		keys := []string{phoneKey, otherKey, ourKey(p.call())}
		p.reinvite(secureAt("127.0.0.2", phoneLine+otherKey))
		for offer, code := range map[string]int{
			secureAt("127.0.0.2", phoneLine+phoneKey+"|1:4"):       488,
			"v=0\r\ninline:" + phoneKey + "\r\n":                   400,
			strings.Replace(p.sdp, "a=crypto:4 ", "crypto ", 1):    400,
			strings.Replace(p.sdp, "m=audio 4000", "m=audio x", 1): 400,
		} {
			p.request("INVITE", "="+offer)
			p.wantRefused(code)
		}
		p.hangUp()
		p = x.phone(alice)
		x.bridge.joinErr = bridge.ErrFull
		p.request("INVITE", "="+secureAt("127.0.0.2", phoneLine+phoneKey))
		p.wantRefused(486)
		for _, key := range keys {
			if strings.Contains(log.String(), key[:10]) {
				t.Errorf("the log holds a key:\n%s", &log)
			}
		}
		if log.Len() == 0 {
			t.Error("nothing was logged")
		}
	}, withSRTP(sdp.SRTPOptional), func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
}

// TestCodecsOfOptions: the codecs, their order and comfort noise are settings.
func TestCodecsOfOptions(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.sdp = offerAt("127.0.0.2", 4000, "0 8 9 13")
		if ok := p.call(); !strings.Contains(ok.body, "RTP/AVP 9 0 13\r\n") {
			t.Errorf("answer:\n%s", ok.body)
		}
		if m := x.bridge.all()[0].req.Media; m.Tx.Codec != bridge.G722 || !m.ComfortNoise {
			t.Errorf("media %+v", m)
		}
		p.hangUp()
	}, func(o *Options) {
		o.Codecs, o.OwnOrder, o.ComfortNoise = []bridge.Codec{bridge.G722, bridge.PCMU}, true, true
	})
}
