package phone

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// tone is a voice at a rate.
func tone(hz float64, rate int) Voice {
	n := 0
	return func(dst []int16) {
		for i := range dst {
			dst[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(n)/float64(rate)))
			n++
		}
	}
}

// levelAt is the level of a tone in samples, in dB against tone.
func levelAt(samples []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, s := range samples {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re, im = re+float64(s)*cos, im+float64(s)*sin
	}
	return 20 * math.Log10(2*math.Hypot(re, im)/float64(len(samples))/8000)
}

// mirror accepts every call with the phone's own offer, keys included, so that
// a socket that echoes is a far end that repeats what it hears.
func mirror(s *server, r *sip.Request) []*sip.Response {
	if r.Method != sip.INVITE {
		return polite(s, r)
	}
	body := strings.ReplaceAll(string(r.Body()), "m=audio ", "m=audio "+portOf(s)+" ")
	lines := strings.Split(body, "\r\n")
	for i, l := range lines {
		if f := strings.Fields(l); strings.HasPrefix(l, "m=audio ") {
			lines[i] = strings.Join(append(f[:2], f[3:]...), " ")
		}
	}
	res := s.ok(r, SendRecv)
	res.SetBody([]byte(strings.Join(lines, "\r\n")))
	return []*sip.Response{res}
}

func portOf(s *server) string {
	_, port, _ := strings.Cut(s.rtp.LocalAddr().String(), ":")
	return port
}

// TestCodecs: what the phone says comes back from an echo, in every codec, at
// every rate, in the clear and over SRTP.
func TestCodecs(t *testing.T) {
	for _, tt := range []struct {
		codec, suite string
		rate         int
		hz           float64
	}{
		{"PCMU", "", 16000, 1000}, {"PCMA", "AES_CM_128_HMAC_SHA1_32", 8000, 1000},
		{"G722", "", 8000, 1000}, {"G722", "AES_CM_128_HMAC_SHA1_80", 16000, 6000},
		{"opus", "AEAD_AES_128_GCM", 48000, 1000}, {"opus", "", 8000, 1000},
		{"L16/8000", "", 8000, 3000}, {"L16/16000", "", 48000, 7000},
		{"L16/48000", "AES_CM_128_HMAC_SHA1_80", 48000, 12000},
	} {
		t.Run(tt.codec+" "+tt.suite, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Codecs: []string{tt.codec}, Rate: tt.rate, Voice: tone(tt.hz, tt.rate)}
			if tt.suite != "" {
				cfg.SRTP = []string{"AES_CM_128_HMAC_SHA1_80", tt.suite}[1:]
			}
			s := newServer(t, mirror)
			c := dial(t, newPhone(t, cfg), s)
			go echo(s.rtp)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			heard, err := c.Listen(ctx, 0, 600*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if got := levelAt(heard[tt.rate*2/10:], tt.hz, tt.rate); math.Abs(got) > 1 {
				t.Errorf("the tone comes back at %.1f dB", got)
			}
			if st := c.Stats(); st.Unauthentic != 0 || st.Strange != 0 || st.Restarts != 0 || st.Gaps != 0 {
				t.Errorf("stats of a perfect network: %+v", st)
			}
		})
	}
}

// TestSRTPIsNotRTP: what goes over the wire is not what was said, and what is
// not protected is not heard.
func TestSRTPIsNotRTP(t *testing.T) {
	s := newServer(t, mirror)
	c := dial(t, newPhone(t, Config{SRTP: []string{"AES_CM_128_HMAC_SHA1_80"}}), s)
	buf := make([]byte, 2048)
	for range 2 {
		n, from, err := s.rtp.ReadFromUDPAddrPort(buf)
		if err != nil || n != 12+160+10 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		silent := true
		for _, b := range buf[12 : 12+160] {
			silent = silent && b == silence
		}
		if silent {
			t.Error("silence goes out in the clear")
		}
		forged := append([]byte(nil), buf[:n]...)
		forged[20] ^= 1
		_, _ = s.rtp.WriteToUDPAddrPort(forged, from)
		_, _ = s.rtp.WriteToUDPAddrPort(buf[:n], from)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Listen(ctx, 0, 40*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if st := c.Stats(); st.Unauthentic != 2 || st.Packets != 2 {
		t.Errorf("two forged packets and two good ones: %+v", st)
	}
}

// TestSecureOffers is the lines the phone offers keys on, and that it insists
// on getting one.
func TestSecureOffers(t *testing.T) {
	s := newServer(t, polite) // answers without keys
	p := newPhone(t, Config{SRTP: []string{"AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80"}, Codecs: []string{"opus", "L16/16000"}})
	_, err := p.Call(t.Context(), s.target(), WithCodec("PCMU"), Opportunistic())
	if err != nil {
		t.Errorf("an opportunistic offer that is answered in the clear: %v", err)
	}
	body := string(s.want(sip.INVITE).Body())
	if !strings.Contains(body, " RTP/AVP 0 101\r\na=crypto:1 AEAD_AES_128_GCM inline:") || !strings.Contains(body, "\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:") {
		t.Errorf("offer:\n%s", body)
	}
	s = newServer(t, polite)
	if _, err := p.Call(t.Context(), s.target()); !errors.Is(err, ErrBadAnswer) {
		t.Errorf("a secure offer that is answered in the clear: %v", err)
	}
	s = newServer(t, polite)
	if _, err := p.Call(t.Context(), s.target(), WithSRTP()); err != nil {
		t.Errorf("a plain offer: %v", err)
	}
	if body := string(s.want(sip.INVITE).Body()); !strings.Contains(body, " RTP/AVP 111 113 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:113 L16/16000\r\n") {
		t.Errorf("offer:\n%s", body)
	}
}

// TestConverter: the pass band is flat, and what can't be kept is gone.
func TestConverter(t *testing.T) {
	for _, tt := range []struct {
		from, to int
		hz       float64
		alias    bool
	}{
		{8000, 16000, 300, false}, {8000, 16000, 3400, false}, {8000, 48000, 3400, false}, {16000, 48000, 7000, false},
		{16000, 8000, 3400, false}, {48000, 8000, 3400, false}, {48000, 16000, 7000, false},
		{16000, 8000, 4600, true}, {48000, 8000, 5000, true}, {48000, 16000, 9000, true},
	} {
		in := make([]int16, tt.from)
		tone(tt.hz, tt.from)(in)
		out := newConverter(tt.from, tt.to).convert(in)
		if len(out) != tt.to {
			t.Fatalf("%d samples from %d to %d Hz", len(out), tt.from, tt.to)
		}
		hz := tt.hz
		if tt.alias {
			hz = float64(tt.to) - hz
		}
		got := levelAt(out[tt.to/10:], hz, tt.to)
		if tt.alias && got > -50 || !tt.alias && math.Abs(got) > 0.5 {
			t.Errorf("%g Hz from %d to %d Hz: %.1f dB", tt.hz, tt.from, tt.to, got)
		}
	}
}
