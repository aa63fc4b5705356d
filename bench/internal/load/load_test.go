package load

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"partyline/media"
)

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for i := range 100 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	h.add(time.Second)
	for q, want := range map[float64]time.Duration{0.5: 51 * time.Millisecond, 0.99: 100 * time.Millisecond} {
		if got := h.Quantile(q); got < want || got > want+binWidth {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	if h.Max != time.Second || h.Count != 101 {
		t.Errorf("max %v of %d", h.Max, h.Count)
	}
}

const answer = "SIP/2.0 200 OK\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKI1\r\n" +
	"t: <sip:load-1@127.0.0.1>;tag=abc\r\n" +
	"i: 1-1@load\r\n" +
	"CSeq: 1 INVITE\r\n" +
	"Contact: \"x\" <sip:127.0.0.1:5060;transport=udp>;expires=1\r\n\r\n" +
	"v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 20000 RTP/AVP 0\r\n"

func TestMessages(t *testing.T) {
	m, err := parseMessage([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	if m.status != 200 || m.method != "INVITE" || m.callID != "1-1@load" || !strings.HasSuffix(m.to, "tag=abc") || m.contact != "sip:127.0.0.1:5060;transport=udp" {
		t.Errorf("%+v", m)
	}
	at, err := mediaAddr(m.body)
	if err != nil || at != netip.MustParseAddrPort("127.0.0.9:20000") {
		t.Errorf("audio goes to %v, %v", at, err)
	}
	for _, broken := range []string{"", "SIP/2.0 200 OK\r\n", "SIP/2.0 x OK\r\n\r\n", "\r\n\r\n"} {
		if _, err := parseMessage([]byte(broken)); err == nil {
			t.Errorf("%q is taken for a message", broken)
		}
	}
	if _, err := mediaAddr("v=0\r\nm=audio 0 RTP/AVP 0\r\n"); err == nil {
		t.Error("a closed line has an address")
	}
}

// Talkers who can be confused must not have the same tone.
func TestTonesDiffer(t *testing.T) {
	seen := map[int]bool{}
	for c := range 6 {
		for k := range maxTones {
			hz := toneOf(c, k)
			if seen[hz] || hz > 3000 {
				t.Errorf("talker %d of conference %d at %d Hz", k, c, hz)
			}
			seen[hz] = true
		}
	}
}

// An ear knows what it must hear, and what not.
func TestEarsJudge(t *testing.T) {
	r := &run{cfg: Config{Calls: 4, Conferences: 2, Talkers: 2, Codec: media.PCMU}, voices: newVoices(media.PCMU)}
	say := func(hz int) [][]byte {
		loop, err := r.voices.get(hz)
		if err != nil {
			t.Fatal(err)
		}
		return loop
	}
	right := &ear{conference: 0, seat: 1, payloads: say(toneOf(0, 0))}
	if wrong := r.judge(right); wrong != "" {
		t.Error(wrong)
	}
	for name, e := range map[string]*ear{
		"its own voice":      {conference: 0, seat: 0, payloads: say(toneOf(0, 0))},
		"another conference": {conference: 1, seat: 1, payloads: say(toneOf(0, 0))},
		"nothing":            {conference: 0, seat: 1, payloads: say(0)},
		"too little":         {conference: 0, seat: 1, payloads: say(toneOf(0, 0))[:10]},
	} {
		if r.judge(e) == "" {
			t.Errorf("%s passes", name)
		}
	}
}

// What comes is booked by sequence and timestamp.
func TestBook(t *testing.T) {
	k := &caller{step: 160}
	var w Window
	at := time.Unix(1e9, 0)
	packet := func(seq byte, ts uint16) {
		at = at.Add(20 * time.Millisecond)
		k.book(&w, []byte{0x80, 0, 0, seq, 0, 0, byte(ts >> 8), byte(ts), 0, 0, 0, 1}, at)
	}
	packet(1, 160)
	packet(2, 320)
	packet(5, 800) // two lost
	packet(4, 640) // late
	packet(6, 999) // a wrong step
	if w.Received != 5 || w.Lost != 2 || w.Disordered != 1 || w.WrongTimestamps != 1 || w.Gaps.Count != 4 {
		t.Errorf("%+v", struct{ R, L, D, W uint64 }{w.Received, w.Lost, w.Disordered, w.WrongTimestamps})
	}
}
