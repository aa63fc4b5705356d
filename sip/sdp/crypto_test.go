package sdp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/bridge"
)

// TestCryptoLines is one line each, and what it comes to.
func TestCryptoLines(t *testing.T) {
	bytes31 := base64.StdEncoding.EncodeToString(make([]byte, 31))
	for _, c := range []struct {
		line string
		want error
	}{
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1, nil},
		{"999999999 AES_CM_128_HMAC_SHA1_32 inline:" + key1, nil},
		{"0 AEAD_AES_128_GCM inline:" + gcm1, nil},
		{" 1   aes_cm_128_hmac_sha1_80   INLINE:" + key1 + " ", nil},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|2^48", nil},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|1048576", nil},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " WSH=128", nil},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " -unheard=of", nil},
		{"", errCryptoSyntax},
		{"1", errCryptoSyntax},
		{"1 AES_CM_128_HMAC_SHA1_80", errCryptoSyntax},
		{"x AES_CM_128_HMAC_SHA1_80 inline:" + key1, errCryptoSyntax},
		{"-1 AES_CM_128_HMAC_SHA1_80 inline:" + key1, errCryptoSyntax},
		{"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" + key1, errCryptoSyntax},
		{"1 AES_CM_128_HMAC_SHA1_80 uri:" + key1, errCryptoSyntax},
		{"1 AES_CM_128_HMAC_SHA1_80 inline", errCryptoSyntax},
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" + key1, errCryptoSuite},
		{"1 AEAD_AES_128_GCM_8 inline:" + gcm1, errCryptoSuite},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:", errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1[:39], errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1[:36], errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + bytes31, errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + gcm1, errCryptoKey},
		{"1 AEAD_AES_128_GCM inline:" + key1, errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:!" + key1[1:], errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:=" + key1[1:], errCryptoKey},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|2^20|1:4", errCryptoMKI},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|1:4", errCryptoMKI},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|1:1;inline:" + key2 + "|2:1", errCryptoKeys},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|", errCryptoLifetime},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|0", errCryptoLifetime},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|2^49", errCryptoLifetime},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|2^x", errCryptoLifetime},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + "|2^20|2^20", errCryptoLifetime},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " UNENCRYPTED_SRTP", errCryptoParam},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " UNENCRYPTED_SRTCP", errCryptoParam},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " UNAUTHENTICATED_SRTP", errCryptoParam},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " WSH=64 KDR=1", errCryptoParam},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " FEC_ORDER=SRTP_FEC", errCryptoParam},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key1 + " unheard=of", errCryptoParam},
	} {
		lines, err := parseCrypto([]string{c.line})
		if err != c.want || (len(lines) == 1) != (c.want == nil) {
			t.Errorf("%q: %v, %d lines, want %v", c.line, err, len(lines), c.want)
		}
	}
	line := func(tag int) string { return fmt.Sprintf("%d AES_CM_128_HMAC_SHA1_80 inline:%s", tag, key1) }
	if lines, err := parseCrypto([]string{line(1), line(2), line(1)}); len(lines) != 2 || err != errCryptoTag {
		t.Errorf("a tag used twice: %v, %v", lines, err)
	}
	var many []string
	for i := range 100 {
		many = append(many, line(i))
	}
	if lines, _ := parseCrypto(many); len(lines) != maxCrypto {
		t.Errorf("%d of 100 lines", len(lines))
	}
}

// crypto is an offer of keys on one line: "80:KEY1" for a suite and a key.
func cryptoOffer(proto string, keys ...string) []byte {
	var lines []string
	names := map[string]string{"80": cm80, "32": cm32, "gcm": gcm}
	for i, k := range keys {
		suite, key, _ := strings.Cut(k, ":")
		lines = append(lines, fmt.Sprintf("a=crypto:%d%s inline:%s", i+1, names[suite], key))
	}
	return fromDialect(secureOffer(proto, lines...))
}

// TestR39_KeysOverReinvite: what stays and what changes of the keys when a
// phone makes another offer. The key to send with stays as long as its suite
// does, so that the rollover counter goes on (pjproject issue 2682); once a call
// was in the clear, an old key is not used again.
func TestR39_KeysOverReinvite(t *testing.T) {
	for _, c := range []struct {
		name         string
		offers       [][]byte
		sameTx, same bool
		suite        bridge.SRTPProfile
	}{
		{"the same offer", [][]byte{cryptoOffer("RTP/SAVP", "80:KEY1")}, true, true, bridge.AESCM128SHA1x80},
		{"another key", [][]byte{cryptoOffer("RTP/SAVP", "80:KEY2")}, true, false, bridge.AESCM128SHA1x80},
		{"a better suite beside the one in force", [][]byte{cryptoOffer("RTP/SAVP", "gcm:GCM1", "80:KEY1")}, true, true, bridge.AESCM128SHA1x80},
		{"a better suite and another key", [][]byte{cryptoOffer("RTP/SAVP", "gcm:GCM1", "80:KEY2")}, false, false, bridge.AEADAES128GCM},
		{"another suite", [][]byte{cryptoOffer("RTP/SAVP", "32:KEY1")}, false, true, bridge.AESCM128SHA1x32},
		{"in the clear and back", [][]byte{cryptoOffer("RTP/AVP"), cryptoOffer("RTP/SAVP", "80:KEY1")}, false, true, bridge.AESCM128SHA1x80},
		{"closed and back", [][]byte{[]byte(session + "m=audio 0 RTP/SAVP 0\r\n"), cryptoOffer("RTP/SAVP", "80:KEY1")}, false, true, bridge.AESCM128SHA1x80},
		{"refused and again", [][]byte{[]byte(session + "m=audio 4000 RTP/SAVP 0\r\n"), cryptoOffer("RTP/SAVP", "80:KEY1")}, true, true, bridge.AESCM128SHA1x80},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, err := New(local, optional).Answer(cryptoOffer("RTP/SAVP", "80:KEY1"))
			if err != nil {
				t.Fatal(err)
			}
			n := first
			for i, offer := range c.offers {
				next, err := n.Answer(offer)
				if err != nil && i == len(c.offers)-1 {
					t.Fatal(err)
				}
				if err == nil {
					n = next
				}
			}
			before, after := first.Params().SRTP, n.Params().SRTP
			if after.Profile != c.suite {
				t.Errorf("profile %d", after.Profile)
			}
			if got := bytes.Equal(before.TxKey, after.TxKey); got != c.sameTx {
				t.Errorf("the key to send with stayed: %v", got)
			}
			if got := bytes.Equal(before.RxKey, after.RxKey); got != c.same {
				t.Errorf("the key to receive with stayed: %v", got)
			}
		})
	}
}

// TestKeysAreFresh: no two calls share a key.
func TestKeysAreFresh(t *testing.T) {
	seen := map[string]bool{}
	note := func(n Negotiation) {
		for _, k := range regexp.MustCompile(`inline:\S+`).FindAllString(string(n.Body()), -1) {
			if seen[k] {
				t.Errorf("%s again", k)
			}
			seen[k] = true
		}
	}
	for range 50 {
		n, err := New(local, optional).Answer(cryptoOffer("RTP/SAVP", "80:KEY1"))
		if err != nil {
			t.Fatal(err)
		}
		note(n)
		note(New(local, required).Offer())
	}
	if len(seen) != 200 {
		t.Errorf("%d keys, want 50 of answers and 150 of offers", len(seen))
	}
}

// TestSecureOffers is what is offered without having been asked, and what comes
// of the answers.
func TestSecureOffers(t *testing.T) {
	keys := []string{"crypto:1" + gcm, "crypto:2" + cm80, "crypto:3" + cm32}
	everything := "96/opus 9 0 8 97/L16/48000 98/L16/16000 99/L16/8000 101 102/48000"
	for _, c := range []struct {
		name   string
		policy Policy
		want   string            // the offer
		answer map[string]string // what comes of an answer: a suite, "RTP", or a Warning
	}{
		{"off", Policy{}, says("RTP/AVP", everything), map[string]string{
			"RTP/AVP": "RTP", "RTP/AVP 80:KEY1": "RTP", "RTP/SAVP 80:KEY1": "302",
		}},
		{"optional", optional, says("RTP/AVP", everything, keys...), map[string]string{
			"RTP/AVP": "RTP", "RTP/AVP 80:KEY1": "RTP", // of tag 1, which is GCM
			"RTP/AVP gcm:GCM1": "AEAD_AES_128_GCM", "RTP/SAVP gcm:GCM1": "AEAD_AES_128_GCM",
			"RTP/AVP x 80:KEY1": "AES_CM_128_HMAC_SHA1_80", "RTP/SAVP": "302",
		}},
		{"required", required, says("RTP/SAVP", everything, keys...), map[string]string{
			"RTP/AVP": "302", "RTP/SAVP": "302", "RTP/SAVP 80:KEY1": "302",
			"RTP/SAVP x x 32:KEY1": "AES_CM_128_HMAC_SHA1_32", "RTP/AVP gcm:GCM1": "AEAD_AES_128_GCM",
		}},
		{"some codecs, comfort noise", Policy{Codecs: []bridge.Codec{bridge.G722, bridge.PCMU}, ComfortNoise: true}, says("RTP/AVP", "9 0 101 13"), nil},
		{"linear first", Policy{Codecs: []bridge.Codec{bridge.L16at48k}, ComfortNoise: true}, says("RTP/AVP", "97/L16/48000 101 102/48000", "ptime:10"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			offered := New(local, c.policy).Offer()
			want := c.want
			if c.policy.ComfortNoise && strings.Contains(want, " 13\n") {
				want = strings.Replace(want, "a=rtpmap:13 CN/8000\n", "", 1)
				want = strings.Replace(want, "a=ptime", "a=rtpmap:13 CN/8000\na=ptime", 1)
			}
			if d := cmp.Diff(want, verdict(offered, nil)); d != "" {
				t.Error(d)
			}
			for answer, want := range c.answer {
				f := strings.Fields(answer)
				n, err := offered.Accept(cryptoOffer(f[0], f[1:]...))
				got := "RTP"
				var u *Unacceptable
				switch {
				case errors.As(err, &u):
					got = fmt.Sprint(u.Warning)
				case n.secure != nil:
					got = suiteOf(n.secure.profile).name
				}
				if got != want {
					t.Errorf("answer %q: %s, want %s", answer, got, want)
				}
			}
		})
	}
}

// TestReflectedKey: an answer with our own key in it is refused, and an offer as
// well.
func TestReflectedKey(t *testing.T) {
	n, err := New(local, required).Answer(cryptoOffer("RTP/SAVP", "80:KEY1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Answer(n.Body()); err == nil {
		t.Error("our own answer is accepted as an offer")
	}
	offered := New(local, required).Offer()
	if _, err := offered.Accept(offered.Body()); err == nil {
		t.Error("our own offer is accepted as its answer")
	}
}

// TestNoKeyIsPrinted: neither errors nor what a program prints of a negotiation
// hold a key, however broken the offer is.
func TestNoKeyIsPrinted(t *testing.T) {
	keys := []string{key1, key2, gcm1}
	var texts []string
	for _, broken := range []string{
		"RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^20|1:4",
		"RTP/SAVP 0\ncrypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1",
		"RTP/SAVP 0\ninline:KEY1",
		"RTP/SAVP 0\na=x\nKEY INLINE:KEY1",
		"RTP/SAVP 0\nm=inline:KEY1",
		"RTP/SAVP 0\nc=IN IP4 inline:KEY1",
		"RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1 KDR=1",
	} {
		_, err := New(local, required).Answer(fromDialect("v=0\nc=IN IP4 198.51.100.2\nm=audio 4000 " + broken + "\n"))
		if err == nil {
			t.Fatalf("%q is agreed to", broken)
		}
		texts = append(texts, err.Error())
	}
	n, err := New(local, required).Answer(cryptoOffer("RTP/SAVP", "80:KEY1", "32:KEY2"))
	if err != nil {
		t.Fatal(err)
	}
	n = n.Offer()
	keys = append(keys, base64.StdEncoding.EncodeToString(n.secure.tx.bytes()))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "n", n, "secure", *n.secure, "offered", n.offered)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "n", n, "secure", *n.secure, "tx", n.secure.tx)
	j, _ := json.Marshal(map[string]any{"k": n.secure.tx, "n": n})
	texts = append(texts, log.String(), string(j), fmt.Sprint(n), fmt.Sprintf("%+v", n), fmt.Sprint(n.secure.tx),
		fmt.Sprintf("%#v %+v", *n.secure, *n.secure), fmt.Sprintf("%+v", n.offered), fmt.Sprintf("%+v", n.params))
	for _, key := range keys {
		raw, _ := base64.StdEncoding.DecodeString(key)
		for _, form := range []string{key[:12], fmt.Sprintf("%x", raw[:6]), strings.Trim(fmt.Sprint(raw[:4]), "[]"), strings.Trim(fmt.Sprintf("%#v", raw[:4]), "[]byte{}")} {
			if i := slices.IndexFunc(texts, func(text string) bool { return strings.Contains(text, form) }); i >= 0 {
				t.Errorf("%q stands in %q", form, texts[i])
			}
		}
	}
}

func TestPolicyText(t *testing.T) {
	for _, want := range []SRTP{SRTPOff, SRTPOptional, SRTPRequired} {
		text, _ := want.MarshalText()
		var got SRTP
		if err := got.UnmarshalText(bytes.ToUpper(text)); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if err := new(SRTP).UnmarshalText([]byte("on")); err == nil || !strings.Contains(err.Error(), "write off, optional or required") {
		t.Errorf("on: %v", err)
	}
	for _, c := range []struct {
		names string
		want  []bridge.Codec
		err   string
	}{
		{"", nil, ""},
		{"PCMA opus", []bridge.Codec{bridge.PCMA, bridge.Opus}, ""},
		{"g722 l16", []bridge.Codec{bridge.G722, bridge.L16at48k, bridge.L16at16k, bridge.L16at8k}, ""},
		{"l16/16000", []bridge.Codec{bridge.L16at16k}, ""},
		{"g729", nil, `"g729" is not a codec; write opus, g722`},
		{"l16 l16/8000", nil, `"l16/8000" is listed twice`},
	} {
		got, err := ParseCodecs(strings.Fields(c.names))
		if err == nil && c.err != "" || err != nil && (c.err == "" || !strings.Contains(err.Error(), c.err)) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.names, got, err)
		}
	}
}
