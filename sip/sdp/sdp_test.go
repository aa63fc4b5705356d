package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/bridge"
)

var local = netip.MustParseAddrPort("192.0.2.1:20000")

func ports(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// TestForgiving are descriptions that phones and carriers send and that must
// come out as PCMU at 198.51.100.2:4000.
func TestForgiving(t *testing.T) {
	const m = "m=audio 4000 RTP/AVP 0"
	for name, text := range map[string]string{
		"as it should be":       "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"no s=":                 "v=0|o=- 1 1 IN IP4 198.51.100.2|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"empty s=":              "v=0|o=- 1 1 IN IP4 198.51.100.2|s=|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"no t=":                 "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|" + m,
		"short o=":              "v=0|o=- 1 1|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"no o=":                 "v=0|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"no v=":                 "o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"endless session id":    "v=0|o=- 99999999999999999999999999 x IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"o= of another network": "v=0|o=- 1 1 XX YY z|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"spaces in o=":          "v=0|o=John Doe 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m,
		"b= behind a=":          "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|a=x|b=AS:64|" + m,
		"broken b=":             "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|b=much|t=0 0|" + m,
		"broken u= and t=":      "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|u=%zz|c=IN IP4 198.51.100.2|t=now then|" + m,
		"unknown lines":         "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|y=1|" + m + "|x=2",
		"c= behind a=":          "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|t=0 0|" + m + "|a=sendrecv|c=IN IP4 198.51.100.2",
		"c= before t= and o=":   "v=0|c=IN IP4 198.51.100.2|t=0 0|o=- 1 1 IN IP4 198.51.100.2|s=-|" + m,
		"two c=":                "v=0|o=- 1 1 IN IP4 9.9.9.9|s=-|c=IN IP4 9.9.9.9|t=0 0|" + m + "|c=IN IP4 198.51.100.2|c=IN IP4 8.8.8.8",
		"no c=":                 "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|t=0 0|" + m,
		"c= with TTL":           "v=0|o=- 1 1 IN IP4 1.1.1.1|s=-|c=IN IP4 198.51.100.2/127|t=0 0|" + m,
		"trailing NUL":          "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m + "|\x00\x00",
		"blank lines":           "v=0||o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0||" + m + "||",
		"trailing spaces":       "v=0 |o=- 1 1 IN IP4 198.51.100.2 |s=- |c=IN IP4 198.51.100.2 |t=0 0 |" + m + " |a=sendrecv ",
		"two UDP ports":         "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|m=audio 4000/2 RTP/AVP 0",
		"two spaces in m=":      "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|m=audio  4000  RTP/AVP  0",
		"unknown media type":    "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|m=hologram 1 FOO 7|" + m,
		"rtpmap of nothing":     "v=0|o=- 1 1 IN IP4 198.51.100.2|s=-|c=IN IP4 198.51.100.2|t=0 0|" + m + "|a=rtpmap:|a=rtpmap:0|a=rtpmap:x y/z",
	} {
		for ending, eol := range map[string]string{"CRLF": "\r\n", "LF": "\n", "CR": "\r"} {
			t.Run(name+" "+ending, func(t *testing.T) {
				n, err := New(local, Policy{}).Answer([]byte(strings.ReplaceAll(text, "|", eol)))
				if err != nil {
					t.Fatal(err)
				}
				if p := n.Params(); p.Tx.Codec != bridge.PCMU || p.Remote != ports("198.51.100.2:4000") {
					t.Errorf("agreed on %+v", p)
				}
				if _, err := Parse(n.Body()); err != nil {
					t.Errorf("the answer can't be read: %v\n%s", err, n.Body())
				}
			})
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, text := range []string{
		"", "x", "v=0", "nonsense\r\n", "v=1\r\nm=audio 1 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio\r\n",
		"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio x RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 65536 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4294967296 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio -1 RTP/AVP 0\r\n",
		"v=0\r\nc=XX IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4\r\nm=audio 1 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP6 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 1 RTP/AVP 0\r\na\r\n",
		strings.Repeat("a=x\r\n", 5000),
		strings.Repeat("\n", 5000),
	} {
		if _, err := New(local, Policy{}).Answer([]byte(text)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%.60q: got %v, want ErrSyntax", text, err)
		}
	}
}

const session = "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n"

// TestParams is what the bridge gets to know of an offer.
func TestParams(t *testing.T) {
	pcmu := bridge.PayloadCodec{Type: 0, Codec: bridge.PCMU}
	pcma := bridge.PayloadCodec{Type: 8, Codec: bridge.PCMA}
	base := bridge.MediaParams{
		Tx: pcmu, Rx: []bridge.PayloadCodec{pcmu}, Ptime: 20 * time.Millisecond,
		Remote: ports("198.51.100.2:4000"), RemoteRTCP: ports("198.51.100.2:4001"),
	}
	for _, c := range []struct {
		name, lines string
		change      func(*bridge.MediaParams)
	}{
		{"plain", "m=audio 4000 RTP/AVP 0", func(*bridge.MediaParams) {}},
		{"two codecs and DTMF", "m=audio 4000 RTP/AVP 8 0 97\r\na=rtpmap:97 telephone-event/8000", func(p *bridge.MediaParams) {
			p.Tx, p.Rx, p.DTMFRx, p.DTMFTx = pcma, []bridge.PayloadCodec{pcma, pcmu}, 97, 97
		}},
		{"dynamic type for PCMU", "m=audio 4000 RTP/AVP 110\r\na=rtpmap:110 pcmu/8000/1", func(p *bridge.MediaParams) {
			p.Tx = bridge.PayloadCodec{Type: 110, Codec: bridge.PCMU}
			p.Rx = []bridge.PayloadCodec{p.Tx}
		}},
		{"unknown codecs before", "m=audio 4000 RTP/AVP 96 18 0\r\na=rtpmap:96 speex/16000", func(*bridge.MediaParams) {}},
		{"a type given another meaning", "m=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 X/8000", func(*bridge.MediaParams) {}},
		{"wideband telephone-event", "m=audio 4000 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/48000", func(*bridge.MediaParams) {}},
		{"Opus, its wishes, telephone-event at its clock", "m=audio 4000 RTP/AVP 111 0 13 96 97\r\na=rtpmap:111 opus/48000/2\r\n" +
			"a=fmtp:111 maxplaybackrate=16000;UseInbandFEC=1; maxaveragebitrate = 20000;stereo=1\r\n" +
			"a=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\na=ptime:40", func(p *bridge.MediaParams) {
			p.Tx = bridge.PayloadCodec{Type: 111, Codec: bridge.Opus}
			p.Rx = []bridge.PayloadCodec{p.Tx, pcmu}
			p.DTMFRx, p.DTMFTx, p.DTMFClock = 97, 97, 48000
			p.Opus = bridge.OpusParams{FEC: true, MaxPlaybackRate: 16000, MaxBitRate: 20000}
		}},
		{"Opus that is not sent", "m=audio 4000 RTP/AVP 0 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1", func(p *bridge.MediaParams) {
			p.Rx = []bridge.PayloadCodec{pcmu, {Type: 111, Codec: bridge.Opus}}
		}},
		{"Opus beyond its bounds, telephone-event at 8 kHz", "m=audio 4000 RTP/AVP 111 96\r\na=rtpmap:111 opus/48000/2\r\n" +
			"a=fmtp:111 maxplaybackrate=96000;maxaveragebitrate=99999999999;useinbandfec=yes;=;;\r\na=rtpmap:96 telephone-event/8000", func(p *bridge.MediaParams) {
			p.Tx = bridge.PayloadCodec{Type: 111, Codec: bridge.Opus}
			p.Rx = []bridge.PayloadCodec{p.Tx}
			p.DTMFRx, p.DTMFTx = 96, 96
			p.Opus = bridge.OpusParams{MaxBitRate: 510_000}
		}},
		{"Opus at least", "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 maxplaybackrate=1;maxaveragebitrate=1", func(p *bridge.MediaParams) {
			p.Tx = bridge.PayloadCodec{Type: 111, Codec: bridge.Opus}
			p.Rx = []bridge.PayloadCodec{p.Tx}
			p.Opus = bridge.OpusParams{MaxPlaybackRate: 8000, MaxBitRate: 6000}
		}},
		{"G.722 and comfort noise", "m=audio 4000 RTP/AVP 9 13", func(p *bridge.MediaParams) {
			p.Tx = bridge.PayloadCodec{Type: 9, Codec: bridge.G722}
			p.Rx = []bridge.PayloadCodec{p.Tx}
			p.ComfortNoise = true
		}},
		{"nine payload types of ours", "m=audio 4000 RTP/AVP 0 100 101 102 103 104 105 106 107\r\na=rtpmap:100 PCMU/8000\r\na=rtpmap:101 PCMU/8000\r\n" +
			"a=rtpmap:102 PCMU/8000\r\na=rtpmap:103 PCMU/8000\r\na=rtpmap:104 PCMU/8000\r\na=rtpmap:105 PCMU/8000\r\na=rtpmap:106 PCMU/8000\r\na=rtpmap:107 PCMU/8000", func(p *bridge.MediaParams) {
			for i := range uint8(7) {
				p.Rx = append(p.Rx, bridge.PayloadCodec{Type: 100 + i, Codec: bridge.PCMU})
			}
		}},
		{"L16 of a compact disc", "m=audio 4000 RTP/AVP 10 11 0", func(*bridge.MediaParams) {}},
		{"stereo PCMU", "m=audio 4000 RTP/AVP 96 0\r\na=rtpmap:96 PCMU/8000/2", func(*bridge.MediaParams) {}},
		{"types twice and out of range", "m=audio 4000 RTP/AVP 0 0 200 999 x", func(*bridge.MediaParams) {}},
		{"RTP/AVPF", "m=audio 4000 RTP/AVPF 0", func(*bridge.MediaParams) {}},
		{"rtcp", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5555", func(p *bridge.MediaParams) { p.RemoteRTCP = ports("198.51.100.2:5555") }},
		{"rtcp elsewhere", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5555 IN IP4 198.51.100.9", func(p *bridge.MediaParams) { p.RemoteRTCP = ports("198.51.100.9:5555") }},
		{"rtcp of another network", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5555 IN IP6 2001:db8::1", func(*bridge.MediaParams) {}},
		{"broken rtcp", "m=audio 4000 RTP/AVP 0\r\na=rtcp:x", func(*bridge.MediaParams) {}},
		{"rtcp-mux", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5555\r\na=rtcp-mux", func(p *bridge.MediaParams) { p.RTCPMux, p.RemoteRTCP = true, p.Remote }},
		{"last UDP port", "m=audio 65535 RTP/AVP 0", func(p *bridge.MediaParams) {
			p.Remote, p.RemoteRTCP = ports("198.51.100.2:65535"), netip.AddrPort{}
		}},
		{"sendonly", "m=audio 4000 RTP/AVP 0\r\na=sendonly", func(p *bridge.MediaParams) { p.Direction = bridge.RecvOnly }},
		{"recvonly", "m=audio 4000 RTP/AVP 0\r\na=recvonly", func(p *bridge.MediaParams) { p.Direction = bridge.SendOnly }},
		{"inactive at the session level", "a=inactive\r\nm=audio 4000 RTP/AVP 0", func(p *bridge.MediaParams) { p.Direction = bridge.Inactive }},
		{"the line's own direction counts", "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv", func(*bridge.MediaParams) {}},
		{"address on hold", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0", func(p *bridge.MediaParams) {
			p.Direction, p.Remote, p.RemoteRTCP = bridge.Inactive, netip.AddrPort{}, netip.AddrPort{}
		}},
		{"address on hold, rtcp given", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9\r\na=rtcp-mux", func(p *bridge.MediaParams) {
			p.Direction, p.Remote, p.RemoteRTCP, p.RTCPMux = bridge.Inactive, netip.AddrPort{}, netip.AddrPort{}, true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := New(local, Policy{ComfortNoise: true}).Answer([]byte(session + c.lines + "\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			want := base
			c.change(&want)
			if d := cmp.Diff(want, n.Params(), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPacketTime(t *testing.T) {
	for _, c := range []struct {
		attrs string
		want  int // ms
	}{
		{"", 20}, {"a=ptime:20", 20}, {"a=ptime:10", 10}, {"a=ptime:30", 30}, {"a=ptime:40", 40}, {"a=ptime:60", 60},
		{"a=ptime:50", 40}, {"a=ptime:120", 60}, {"a=ptime:5", 10}, {"a=ptime:0", 20}, {"a=ptime:x", 20}, {"a=ptime:20.0", 20},
		{"a=maxptime:10", 10}, {"a=maxptime:15", 10}, {"a=maxptime:60", 20}, {"a=ptime:60\r\na=maxptime:30", 30}, {"a=maxptime:99999999", 20},
	} {
		n, err := New(local, Policy{}).Answer([]byte(session + "m=audio 4000 RTP/AVP 0\r\n" + c.attrs + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Params().Ptime; got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("%q: %v, want %d ms", c.attrs, got, c.want)
		}
	}
}

// TestPacketTimeOfCodec: Opus has one, and linear audio has to fit into a
// datagram.
func TestPacketTimeOfCodec(t *testing.T) {
	for _, c := range []struct {
		rtpmap, attrs string
		want          int // ms
	}{
		{"opus/48000/2", "a=ptime:60", 20}, {"opus/48000/2", "a=ptime:10\r\na=maxptime:10", 20},
		{"L16/48000", "", 10}, {"L16/48000", "a=ptime:60", 10},
		{"L16/16000", "a=ptime:60", 40}, {"L16/16000", "a=ptime:10", 10}, {"L16/8000", "a=ptime:60", 60},
	} {
		n, err := New(local, Policy{}).Answer([]byte(session + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 " + c.rtpmap + "\r\n" + c.attrs + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		p := n.Params()
		if p.Ptime != time.Duration(c.want)*time.Millisecond || !bytes.Contains(n.Body(), fmt.Appendf(nil, "a=ptime:%d\r\n", c.want)) {
			t.Errorf("%s, %q: %v, want %d ms", c.rtpmap, c.attrs, p.Ptime, c.want)
		}
		if bytes := int(p.Ptime.Seconds()*float64(p.Tx.Codec.SampleRate())) * 2; p.Tx.Codec != bridge.Opus && bytes > 1400 {
			t.Errorf("%s, %q: %d bytes in a packet", c.rtpmap, c.attrs, bytes)
		}
	}
}

// One answer, word for word.
func TestAnswerText(t *testing.T) {
	n := New(local, Policy{})
	n.id = 7
	n, err := n.Answer([]byte(session + "m=video 1 RTP/AVP 31 32\r\nm=audio 4000 RTP/AVP 18 8 0 97\r\n" +
		"a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-16\r\na=ptime:30\r\na=rtcp-mux\r\na=sendonly\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`v=0
o=- 7 1 IN IP4 192.0.2.1
s=-
c=IN IP4 192.0.2.1
t=0 0
m=video 0 RTP/AVP 31 32
m=audio 20000 RTP/AVP 8 0 97
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:97 telephone-event/8000
a=fmtp:97 0-15
a=ptime:30
a=rtcp-mux
a=recvonly
`, "\n", "\r\n")
	if d := cmp.Diff(want, string(n.Body())); d != "" {
		t.Error(d)
	}
}

// RFC 3264 section 8: the same version for the same description, one more for
// another, and the state before is untouched.
func TestVersions(t *testing.T) {
	offer := func(extra string) []byte { return []byte(session + "m=audio 4000 RTP/AVP 0\r\n" + extra) }
	first, err := New(local, Policy{}).Answer(offer(""))
	if err != nil {
		t.Fatal(err)
	}
	body := first.Body()
	same, _ := first.Answer(offer("a=x:y\r\n"))
	hold, _ := same.Answer(offer("a=sendonly\r\n"))
	back, _ := hold.Answer(offer(""))
	if !bytes.Equal(body, same.Body()) {
		t.Error("an unchanged answer changed")
	}
	if hold.version != first.version+1 || back.version != first.version+2 || hold.id != first.id {
		t.Errorf("versions %d, %d, %d", first.version, hold.version, back.version)
	}
	if !bytes.Equal(body, first.Body()) || first.Params().Direction != bridge.SendRecv {
		t.Error("the old state changed")
	}
}

// The agreed line stays the same one as long as it can be used.
func TestLineStays(t *testing.T) {
	n, err := New(local, Policy{}).Answer([]byte(session + "m=audio 0 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	n, err = n.Answer([]byte(session + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n"))
	if err != nil || n.Params().Remote.Port() != 4002 {
		t.Errorf("agreed on %v, %v", n.Params().Remote, err)
	}
	n = n.Offer()
	if !bytes.Contains(n.Body(), []byte("m=audio 0 RTP/AVP 0\r\nm=audio 20000 RTP/AVP 96 9 0 8 97 98 99 101 102\r\n")) {
		t.Errorf("offer:\n%s", n.Body())
	}
	n, err = n.Accept([]byte(session + "m=audio 0 RTP/AVP 0\r\nm=audio 4010 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"))
	p := n.Params()
	if err != nil || p.Remote.Port() != 4010 || p.Tx.Codec != bridge.PCMA || len(p.Rx) != 7 || p.DTMFRx != 101 || p.DTMFTx != 101 {
		t.Errorf("agreed on %+v, %v", p, err)
	}
}

func TestIPv6(t *testing.T) {
	n, err := New(ports("[2001:db8::9]:20000"), Policy{}).Answer([]byte("v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if n.Params().Remote != ports("[2001:db8::1]:4000") || !bytes.Contains(n.Body(), []byte("c=IN IP6 2001:db8::9\r\n")) {
		t.Errorf("agreed on %v:\n%s", n.Params().Remote, n.Body())
	}
}

// TestS77_OldPayloadTypes: after a change of codec, packets that were sent
// before it are still understood, and the order of choice is the new one.
func TestS77_OldPayloadTypes(t *testing.T) {
	n := New(local, Policy{})
	for _, c := range []struct{ line, rx string }{
		{"m=audio 4000 RTP/AVP 0", "0=PCMU"},
		{"m=audio 4000 RTP/AVP 8", "8=PCMA 0=PCMU"},
		{"m=audio 4000 RTP/AVP 9", "9=G722 8=PCMA 0=PCMU"},
		{"m=audio 4000 RTP/AVP 9", "9=G722 8=PCMA 0=PCMU"},
		{"m=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 opus/48000/2", "8=opus 0=PCMU 9=G722"}, // whatever it means by that
		{"m=audio 4000 RTP/AVP 0", "0=PCMU 8=opus 9=G722"},
		{"m=audio 0 RTP/AVP 0", ""},
		{"m=audio 4000 RTP/AVP 0", "0=PCMU"},
	} {
		next, err := n.Answer([]byte(session + c.line + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		var rx []string
		for _, p := range next.Params().Rx {
			rx = append(rx, fmt.Sprintf("%d=%s", p.Type, p.Codec))
		}
		if got := strings.Join(rx, " "); got != c.rx {
			t.Errorf("after %q: takes %q, want %q", c.line, got, c.rx)
		}
		n = next
	}
}

// TestBoundPayloadTypes: an offer of ours gives no payload type another meaning
// than it had in the dialog, whoever gave it (RFC 3264 section 8.3.2).
func TestBoundPayloadTypes(t *testing.T) {
	const six = "a=rtpmap:96 speex/16000\r\na=rtpmap:97 telephone-event/48000\r\na=rtpmap:101 opus/48000/2\r\na=rtpmap:102 G722/8000\r\n"
	var all, maps string
	for pt := 96; pt <= 127; pt++ {
		all += fmt.Sprintf(" %d", pt)
		maps += fmt.Sprintf("a=rtpmap:%d X%d/8000\r\n", pt, pt)
	}
	for _, c := range []struct{ name, offer, want string }{
		{"taken by others", "m=audio 4000 RTP/AVP 0 96 97 101 102 103\r\n" + six, "m=audio 20000 RTP/AVP 101 102 0 8 98 99 100 104 97\r\n"},
		{"all taken", "m=audio 4000 RTP/AVP 0" + all + "\r\n" + maps, "m=audio 20000 RTP/AVP 9 0 8\r\n"},
	} {
		n, err := New(local, Policy{}).Answer([]byte(session + c.offer))
		if err != nil {
			t.Fatal(err)
		}
		first := n.Offer()
		if !bytes.Contains(first.Body(), []byte(c.want)) {
			t.Errorf("%s:\n%s", c.name, first.Body())
		}
		if again := first.Offer(); !bytes.Equal(again.Body(), first.Body()) {
			t.Errorf("%s, the second time:\n%s", c.name, again.Body())
		}
	}
}
