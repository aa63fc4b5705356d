package sdp

import (
	"bytes"
	"testing"
	"time"
)

// FuzzSDP: no offer makes the package panic, every answer can be read, has as
// many lines as the offer, agrees to something that can be sent, and is one that
// a peer like us accepts.
func FuzzSDP(f *testing.F) {
	for _, c := range append(dialects, secureDialects...) {
		f.Add(fromDialect(c.offer), false, byte(c.policy.SRTP))
	}
	for _, lines := range []string{
		"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n",
		"m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000\r\na=fmtp:96 useinbandfec=1;maxplaybackrate=x;;=\r\na=rtpmap:97 telephone-event/48000\r\n",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" + key1 + "|2^20|1:4 WSH=64\r\n",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "\r\n",
		"m=audio 4000 RTP/AVP 98 13\r\na=rtpmap:98 L16/16000/1\r\na=crypto:2 AEAD_AES_128_GCM inline:" + gcm1 + " -x\r\n",
	} {
		f.Add([]byte(session+lines), true, byte(SRTPRequired))
	}
	f.Add([]byte(session+"m=image 1 udptl t38\r\nm=audio 4000/2 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp:1 IN IP4 1.2.3.4\r\n"), false, byte(1))
	f.Add([]byte("v=0\nm=audio 4294967296 RTP/AVP 0"), false, byte(0))
	f.Fuzz(func(t *testing.T, text []byte, late bool, policy byte) {
		n := New(local, Policy{SRTP: SRTP(policy % 3), ComfortNoise: policy&4 != 0, OwnOrder: policy&8 != 0})
		var err error
		if late {
			n, err = n.Offer().Accept(text)
		} else {
			n, err = n.Answer(text)
		}
		if err != nil {
			return
		}
		checkAgreement(t, n)
		if !late {
			checkAnswer(t, n, text)
		}
	})
}

// checkAgreement checks that what was agreed on can be done, and is allowed.
func checkAgreement(t *testing.T, n Negotiation) {
	p := n.Params()
	if p.Tx.Codec == 0 || len(p.Rx) == 0 || len(p.Rx) > 8 || p.Ptime < 10*time.Millisecond || p.Ptime > 60*time.Millisecond {
		t.Fatalf("agreed on %+v", p)
	}
	if (p.DTMFTx == 0) != (p.DTMFRx == 0) || p.DTMFTx == 0 && p.DTMFClock != 0 {
		t.Fatalf("telephone-event %d and %d at %d Hz", p.DTMFTx, p.DTMFRx, p.DTMFClock)
	}
	if o := p.Opus; o.MaxBitRate < 0 || o.MaxBitRate > maxBitRate || o.MaxPlaybackRate < 0 || o.MaxPlaybackRate > maxPlaybackRate {
		t.Fatalf("Opus for %+v", o)
	}
	switch {
	case p.SRTP == nil && n.policy.SRTP == SRTPRequired, p.SRTP != nil && n.policy.SRTP == SRTPOff:
		t.Fatalf("SRTP %v with policy %v", p.SRTP != nil, n.policy.SRTP)
	case p.SRTP == nil:
	case len(p.SRTP.TxKey) != suiteOf(p.SRTP.Profile).keyLen || len(p.SRTP.RxKey) != len(p.SRTP.TxKey) || bytes.Equal(p.SRTP.TxKey, p.SRTP.RxKey):
		t.Fatal("bad keys")
	}
}

// checkAnswer checks that n is a proper answer to an offer.
func checkAnswer(t *testing.T, n Negotiation, offer []byte) {
	d, err := Parse(n.Body())
	if err != nil {
		t.Fatalf("own description: %v\n%s", err, n.Body())
	}
	if theirs, _ := Parse(offer); len(d.media) != len(theirs.media) {
		t.Fatalf("%d lines for %d", len(d.media), len(theirs.media))
	}
	if n.Params().Remote.IsValid() {
		wantAcceptable(t, offer, n)
	}
	again, err := n.Answer(offer)
	if err != nil || !bytes.Equal(again.Body(), n.Body()) {
		t.Fatalf("the same offer, another answer: %v\n%s\n%s", err, n.Body(), again.Body())
	}
}
