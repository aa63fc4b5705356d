package sip_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"partyline/bridge"
	"partyline/sip"
	"partyline/sip/phone"
	"partyline/sip/sdp"
)

// TestR39_SecureCall: phones in every suite and one in the clear hear each
// other, over a change of keys and a hold as well; and one in the clear stays
// out where SRTP is required.
func TestR39_SecureCall(t *testing.T) {
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			alice := h.call(phone.Config{SRTP: []string{suite}}, aliceHz)
			bob := h.call(phone.Config{}, bobHz)
			alice.settle()
			atAlice := alice.Mark()
			bob.wantTone("Bob hears Alice", bob.listen(300*time.Millisecond), aliceHz)
			alice.do() // the same keys again
			bob.wantTone("Bob hears Alice after a re-INVITE", bob.listen(300*time.Millisecond), aliceHz)
			alice.do(phone.WithSRTP(suite))
			bob.listen(100 * time.Millisecond) // what was sealed with the old key is lost
			bob.wantTone("Bob hears Alice with another key", bob.listen(300*time.Millisecond), aliceHz)
			alice.wantTone("Alice hears Bob all the while", alice.HeardSince(atAlice), bobHz)
			if st := alice.Stats(); st.Unauthentic != 0 || st.Lost != 0 {
				t.Errorf("what Alice received: %+v", st)
			}
		})
	}
	t.Run("required", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, func(o *sip.Options) {
			o.Listen[0].SRTP, o.Codecs = sdp.SRTPRequired, []bridge.Codec{bridge.PCMU}
		})
		_, err := h.tryCall(phone.Config{}, aliceHz)
		var r *phone.Refused
		if !errors.As(err, &r) || r.Status != 488 || !strings.Contains(r.Header("Warning"), "SRTP is required") {
			t.Errorf("a call in the clear: %v", err)
		}
		alice := h.call(phone.Config{SRTP: []string{"AES_CM_128_HMAC_SHA1_80"}}, aliceHz, phone.Opportunistic())
		bob := h.call(phone.Config{SRTP: []string{"AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"}}, bobHz, phone.LateOffer())
		alice.settle()
		alice.wantTone("Alice hears Bob", alice.listen(300*time.Millisecond), bobHz)
		bob.wantTone("Bob hears Alice", bob.listen(300*time.Millisecond), aliceHz)
	})
}
