package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// torture are messages in the manner of RFC 4475, under the names it gives its
// own, with the codes that may answer them. No code means silence, which no
// other message may end in.
//
// Where the bridge differs from what the RFC suggests: it has no registrar, so
// a well-formed REGISTER ends in 405; and a To tag it does not know in 481.
var torture = []struct {
	name, text string
	codes      []int
}{
	// Valid messages (section 3.1.1).
	{"wsinv: white space and folding everywhere",
		"INVITE sip:lobby@127.0.0.1;unknownparam SIP/2.0\nTO :\n sip:lobby@127.0.0.1 ;   tag    = 1918181833n\n" +
			"from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\n" +
			"Call-ID: wsinv.ndaksdj@192.0.2.1\nContent-Length   : 0\ncseq: 0009\n  INVITE\n" +
			"Via  : SIP  /   2.0\n /UDP\n    127.0.0.2:5070;rport;branch=z9hG4bK390skdjuw\ns :\n" +
			"NewFangledHeader:   newfangled value\n continued newfangled value\nRoute:\n <sip:services.example.com;lr;unknownwith=value>\n" +
			"m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n\n",
		[]int{400, 481}},
	{"intmeth: all token characters in a method",
		"!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@127.0.0.1 SIP/2.0\n" +
			via + "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~@example.com>\nFrom: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;tag=a\n" +
			"Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\nMax-Forwards: 255\nContent-Length: 0\n\n",
		[]int{400, 405, 501}},
	{"esc01: escapes in the user part",
		"INVITE sip:sips%3Auser%40example.com@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@" + alice + ">\nContent-Length: 0\n\n",
		[]int{200}},
	{"escnull: escaped NULs",
		"REGISTER sip:example.com SIP/2.0\n" + via + "To: sip:null-%00-null@example.com\nFrom: sip:null-%00-null@example.com;tag=8\n" +
			"Call-ID: escnull\nCSeq: 14398234 REGISTER\nContact: <sip:%00@host5.example.com>\nContent-Length: 0\n\n",
		[]int{405}},
	{"esc02: a percent sign that escapes nothing",
		"RE%47IST%45R sip:registrar.example.com SIP/2.0\n" + via + "To: \"%Z%45\" <sip:resource@example.com>\nFrom: \"%Z%45\" <sip:resource@example.com>;tag=f\n" +
			"Call-ID: esc02\nCSeq: 29344 RE%47IST%45R\nContent-Length: 0\n\n",
		[]int{405, 501}},
	{"lwsdisp: no space between name and <",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + "To: sip:lobby@127.0.0.1\nFrom: caller<sip:caller@example.com>;tag=323\nCall-ID: lwsdisp\nCSeq: 60 OPTIONS\nl: 0\n\n",
		[]int{200}},
	{"longreq: long values and many Vias",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + strings.Repeat("Via: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK"+strings.Repeat("1", 60)+"\n", 20) +
			"To: \"I have a user name of " + strings.Repeat("extreme", 10) + "\"<sip:lobby@127.0.0.1:6000;" + strings.Repeat("long", 20) + "=x>\n" +
			"F: sip:" + strings.Repeat("amazinglylong", 10) + "@example.net;tag=12" + strings.Repeat("982", 50) + "424\n" +
			"Call-ID: longreq.one" + strings.Repeat("really", 20) + "longcallid\nCSeq: 3882340 INVITE\nUnknown-" + strings.Repeat("Long", 20) + "-Name: v\n" +
			"Contact: <sip:a@" + alice + ">\nContent-Length: 0\n\n",
		[]int{200}},
	{"dblreq: a second request behind the first",
		"REGISTER sip:example.com SIP/2.0\n" + via + ids("REGISTER") + "Content-Length: 0\n\nINVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "\n",
		[]int{405}},
	{"semiuri: semicolon in the user part",
		"OPTIONS sip:user;par=u%40example.net@127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Accept: application/sdp\nContent-Length: 0\n\n",
		[]int{200}},
	{"transports: unknown transports in lower Vias",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\nVia: SIP/2.0/UNKNOWN t5.example.com;branch=z9hG4bKasd0f3en\n" + ids("OPTIONS") + "l: 0\n\n",
		[]int{200}},
	{"mpart01: a body that is no SDP",
		"MESSAGE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("MESSAGE") + "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\nContent-Length: 60\n\n--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9",
		[]int{405}},
	{"zeromf: Max-Forwards 0",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Max-Forwards: 0\nContent-Length: 0\n\n",
		[]int{200}},
	{"cparam01: parameter after a Contact without <>",
		"REGISTER sip:example.com SIP/2.0\n" + via + ids("REGISTER") + "Contact: sip:+19725552222@gw1.example.net;unknownparam\nContent-Length: 0\n\n",
		[]int{405}},
	{"regescrt: escaped headers in a Contact",
		"REGISTER sip:example.com SIP/2.0\n" + via + ids("REGISTER") + "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\nL:0\n\n",
		[]int{405}},
	{"inv2543: no tags, no branch, no Max-Forwards",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5070\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\n" +
			"To: sip:+16505552222@ss1.example.net;user=phone\nCall-ID: inv2543\nCSeq: 56 INVITE\nContact: <sip:a@" + alice + ">\n\n",
		[]int{200}},

	// Invalid messages (section 3.1.2).
	{"badinv01: stray separators in Via and To",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5070;;,;,,\nTo: <sip:lobby@127.0.0.1>;;;;\nFrom: <sip:j@example.com>;;;;tag=9\nCall-ID: badinv01\nCSeq: 8 INVITE\nContact: <sip:a@b>;;,,;;\nContent-Length: 0\n\n",
		[]int{400}},
	{"clerr: Content-Length longer than the body",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Type: application/sdp\nContent-Length: 9999\n\nv=0\r\n",
		[]int{400}},
	{"ncl: negative Content-Length",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Length: -999\n\n",
		[]int{400}},
	{"scalar02: numbers out of range",
		"REGISTER sip:example.com SIP/2.0\n" + via + "To: <sip:user@example.com>\nFrom: <sip:user@example.com>;tag=23\nCall-ID: scalar02\nCSeq: 36893488147419103232 REGISTER\nMax-Forwards: 300\nExpires: 10000000000\nContent-Length: 0\n\n",
		[]int{400}},
	{"quotbal: unbalanced quotes",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + "To: \"Mr. J. User <sip:j.user@example.com>\nFrom: sip:caller@example.net;tag=93334\nCall-ID: quotbal\nCSeq: 8 INVITE\nContact: <sip:a@b>\nContent-Length: 0\n\n",
		[]int{400}},
	{"ltgtruri: Request-URI in <>",
		"INVITE <sip:lobby@127.0.0.1> SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Length: 0\n\n",
		[]int{400}},
	{"lwsruri: space in the Request-URI",
		"INVITE sip:lobby@127.0.0.1; lr SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Length: 0\n\n",
		[]int{400}},
	{"lwsstart: two spaces in the start line",
		"INVITE  sip:lobby@127.0.0.1  SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Length: 0\n\n",
		[]int{400}},
	{"trws: spaces behind the start line",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0  \n" + via + ids("OPTIONS") + "Content-Length: 0\n\n",
		[]int{400}},
	{"escruri: headers in the Request-URI",
		"INVITE sip:lobby@127.0.0.1?Route=%3Csip:example.com%3E SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@" + alice + ">\nContent-Length: 0\n\n",
		[]int{200, 400}},
	{"baddate: a time zone that is not GMT",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Date: Fri, 01 Jan 2010 16:00:00 EST\nContent-Length: 0\n\n",
		[]int{200, 400}},
	{"regbadct: a Contact that needs <>",
		"REGISTER sip:example.com SIP/2.0\n" + via + ids("REGISTER") + "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\nl: 0\n\n",
		[]int{400, 405}},
	{"badaspec: spaces within <>",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + "To: \"Watson, Thomas\" < sip:t.watson@example.org >\nFrom: <sip:a@example.com>;tag=1\nCall-ID: badaspec\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n",
		[]int{400}},
	{"baddn: a display name that needs quotes",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + "To: Watson, Thomas sip:t.watson@example.org\nFrom: <sip:a@example.com>;tag=1\nCall-ID: baddn\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n",
		[]int{200, 400}},
	{"badvers: SIP/7.0",
		"OPTIONS sip:lobby@127.0.0.1 SIP/7.0\n" + strings.Replace(via, "SIP/2.0", "SIP/7.0", 1) + ids("OPTIONS") + "Content-Length: 0\n\n",
		[]int{505}},
	{"mismatch01: other method in CSeq",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Content-Length: 0\n\n",
		[]int{400}},
	{"mismatch02: other method in CSeq, unknown one in the start line",
		"NEWMETHOD sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Content-Length: 0\n\n",
		[]int{400, 501}},
	{"bigcode: response code of ten digits",
		"SIP/2.0 4294967301 better not break the receiver\n" + via + ids("INVITE") + "Content-Length: 0\n\n",
		nil},
	{"scalarlg: numbers out of range in a response",
		"SIP/2.0 503 Service Unavailable\n" + via + "To: <sip:user@example.com>;tag=2\nFrom: <sip:a@b>;tag=1\nCall-ID: scalarlg\nCSeq: 9292394834772304023312 OPTIONS\nRetry-After: 949302838503028349304023988\nContent-Length: 0\n\n",
		nil},
	{"bcast: a response for somebody else",
		"SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\n" + ids("INVITE") + "Content-Length: 0\n\n",
		nil},
	{"noreason: response without a reason phrase",
		"SIP/2.0 100 \n" + via + ids("INVITE") + "Content-Length: 0\n\n",
		nil},
	{"unreason: response with a reason in UTF-8",
		"SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять\n" + via + ids("INVITE") + "Content-Length: 0\n\n",
		nil},

	// Application layer (section 3.3).
	{"badbranch: the magic cookie and nothing else",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bK;rport\n" + ids("OPTIONS") + "l: 0\n\n",
		[]int{200, 400}},
	{"insuf: no Call-ID, From or To",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\nCSeq: 193942 INVITE\n" + via + "Content-Length: 0\n\n",
		nil},
	{"unkscm: unknown scheme",
		"OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\n" + via + ids("OPTIONS") + "Content-Length: 0\n\n",
		[]int{416}},
	{"novelsc: a scheme of another protocol",
		"OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\n" + via + ids("OPTIONS") + "Content-Length: 0\n\n",
		[]int{416}},
	{"unksm2: unknown schemes in To and From",
		"REGISTER sip:example.com SIP/2.0\n" + via + "To: isbn:2983792873\nFrom: <http://www.example.com>;tag=3234233\nCall-ID: unksm2\nCSeq: 2 REGISTER\nl: 0\n\n",
		[]int{400, 405}},
	{"bext01: extensions that are required",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Proxy-Require: noPrejudice\nRequire: nothingSupportsThis, nothingSupportsThisEither\nContent-Length: 0\n\n",
		[]int{420}},
	{"invut: a body of unknown type",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@b>\nContent-Type: application/unknownformat\nContent-Length: 9\n\n<audio />",
		[]int{415}},
	{"regaut01: unknown credentials",
		"REGISTER sip:example.com SIP/2.0\n" + via + ids("REGISTER") + "Authorization: NoOneKnowsThisScheme opaque-data=here\nContent-Length:0\n\n",
		[]int{405}},
	{"multi01: headers twice that may appear once",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "To: <sip:other@example.com>\nFrom: <sip:x@y>;tag=2\nCall-ID: other\nCSeq: 59 INVITE\nMax-Forwards: 70\nMax-Forwards: 5\nContact: <sip:a@b>\nContent-Length: 0\n\n",
		[]int{400}},
	{"mcl01: two Content-Lengths",
		"OPTIONS sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Content-Length: 13\nContent-Length: 5\n\nwhat is this?",
		[]int{400}},
	{"sdp01: no SDP accepted",
		"INVITE sip:lobby@127.0.0.1 SIP/2.0\n" + via + ids("INVITE") + "Contact: <sip:a@" + alice + ">\nAccept: text/nobodyKnowsThis\nContent-Length: 0\n\n",
		[]int{406}},
	{"test: a request-URI of unknown meaning",
		"OPTIONS sip:127.0.0.1 SIP/2.0\n" + via + ids("OPTIONS") + "Supported: \nContent-Length: 0\n\n",
		[]int{200}},
}

const via = "Via: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bKkdjuw;rport\n"

// ids are the headers that identify a request.
func ids(method string) string {
	return "To: <sip:lobby@127.0.0.1>\nFrom: <sip:caller@example.net>;tag=134161461246\nCall-ID: 9.0ha0isndaksdj@192.0.2.4\nCSeq: 1 " + method + "\n"
}

// wireForm gives the header section its CRLFs.
func wireForm(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	return strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
}

func TestTorture(t *testing.T) {
	for _, c := range torture {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				p.send(wireForm(c.text))
				m := p.next(time.Second)
				for m != nil && m.code() == 100 {
					m = p.next(time.Second)
				}
				switch {
				case m == nil && len(c.codes) > 0:
					t.Fatalf("silence, want %v", c.codes)
				case m == nil:
				case !slices.Contains(c.codes, m.code()):
					t.Fatalf("want %v, got\n%s", c.codes, m.raw)
				case !strings.HasPrefix(m.get("Via"), "SIP") || tagOf(m.get("To")) == "" && !strings.Contains(m.get("To"), "tag"):
					t.Errorf("a response that nobody can use:\n%s", m.raw)
				}
				other := x.phone("127.0.0.9:5070")
				other.request("OPTIONS")
				other.want(200)
			})
		})
	}
}

// S110–S121 as far as UDP goes: what is no SIP gets no answer, what is too big
// gets 513.
func TestGate(t *testing.T) {
	big := strings.Repeat("X: "+strings.Repeat("y", 100)+"\r\n", 170)
	for _, c := range []struct {
		name, text string
		code       int // 0: silence
	}{
		{"S119 random bytes", "\x8f\x01\x02\x03 nothing of this kind\r\n\r\n", 0},
		{"S119 STUN", "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl", 0},
		{"S119 RTP", "\x80\x00\x00\x01\x00\x00\x00\xa0\x00\x00\x00\x01" + strings.Repeat("\xff", 160), 0},
		{"S119 DTLS", "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10", 0},
		{"S119 HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
		{"S112 keep-alive", "\r\n\r\n", 0},
		{"NULs", "\x00\x00\x00\x00", 0},
		{"empty", "", 0},
		{"no end of the header section", "OPTIONS sip:a@b SIP/2.0\r\n" + strings.ReplaceAll(via+ids("OPTIONS"), "\n", "\r\n"), 400},
		{"LF alone between headers", "OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + "\r\n\r\n", 400},
		{"a header within a header", wireForm("OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + "X: y\rContact: z\n\n"), 400},
		{"S118 many bytes", wireForm("OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + "\n\n")[:200] + "\r\n" + big + "\r\n", 513},
		{"S118 many headers", wireForm("OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + strings.Repeat("X: y\n", 300) + "\n"), 513},
		{"S118 many Vias", wireForm("OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + strings.Repeat("Via: SIP/2.0/UDP x;branch=z9hG4bK1\n", 300) + "\n"), 513},
		{"an ACK that can't be parsed", wireForm("ACK sip:a@b SIP/2.0\n" + via + "To: a\nCSeq: x ACK\n\n"), 0},
		{"S117 30 kB of body", wireForm("OPTIONS sip:a@b SIP/2.0\n" + via + ids("OPTIONS") + "\n" + strings.Repeat("z", 30_000)), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(x *setup) {
				p := x.phone(alice)
				p.send(c.text)
				if c.code == 0 {
					p.silence(time.Second)
					return
				}
				p.want(c.code)
			})
		})
	}
}

// S107, ES2021-06: one source that sends too much is told so, and others do
// not notice.
func TestRateLimit(t *testing.T) {
	inBubble(t, func(x *setup) {
		p, other := x.phone(alice), x.phone("127.0.0.3:5070")
		other.call()
		codes := map[int]int{}
		for range 100 {
			p.request("OPTIONS")
			codes[p.next(time.Second).code()]++
		}
		if codes[200] != 20 || codes[503] != 80 {
			t.Errorf("answers: %v, want 20 times 200 and 80 times 503", codes)
		}
		for range 20 {
			p.request("OPTIONS")
		}
		p.silence(time.Millisecond)
		if n := x.s.Stats().Limited; n != 100 {
			t.Errorf("%d limited", n)
		}
		other.reinvite(other.sdp)
		other.hangUp()
		time.Sleep(time.Second)
		p.request("OPTIONS")
		p.want(200)
	}, func(o *Options) { o.RatePerSource = 10 })
}

// However many sources a flood comes from, what is kept of it is bounded, and
// calls that are up go on.
func TestFloodFromManySources(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		codes := map[int]int{}
		for i := range 100 {
			other := x.phone(fmt.Sprintf("10.0.0.%d:5060", i))
			other.request("BYE", "To: <sip:lobby@127.0.0.1>;tag=unknown")
			codes[other.next(time.Second).code()]++
		}
		if codes[481] == 0 || codes[481] > 20 || codes[503] != 100-codes[481] {
			t.Errorf("answers: %v, want at most 20 times 481 and else 503", codes)
		}
		caller := x.phone("10.0.1.1:5060")
		caller.request("INVITE")
		if m := caller.want(503); !m.has("Retry-After") {
			t.Error("503 without Retry-After")
		}
		p.reinvite(offerAt("127.0.0.2", 4000, "0", "sendonly"))
		p.hangUp()
		time.Sleep(time.Minute)
		if n := x.s.kept.Load(); n != 0 {
			t.Errorf("%d transactions are counted when all are over", n)
		}
		caller.call()
		caller.hangUp()
	}, func(o *Options) { o.MaxTransactions = 20 })
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter(1, 2)
	now := time.Unix(0, 0)
	for i := range 3 * maxSources {
		l.allow(addr(i), now)
	}
	if len(l.sources) != maxSources {
		t.Fatalf("%d sources known, want %d", len(l.sources), maxSources)
	}
	if l.allow(addr(-1), now) {
		t.Error("the sources that share a bucket have not used it up")
	}
	if !l.allow(addr(-1), now.Add(time.Minute)) || len(l.sources) != 1 {
		t.Errorf("%d sources known after a minute, want 1", len(l.sources))
	}
}

// The transport layer forgets its peers now and then, without losing any
// message.
func TestManyPeers(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.call()
		to := x.wire.conns[serverAddr]
		for i := range maxPeers + 100 {
			from := x.wire.listen(fmt.Sprintf("10.%d.%d.%d:5060", i>>16, i>>8&255, i&255))
			top := fmt.Sprintf("Via: SIP/2.0/UDP x;branch=z9hG4bK%d;rport\n", i)
			from.WriteTo([]byte(wireForm("ACK sip:a@b SIP/2.0\n"+top+ids("ACK")+"\n")), to.addr)
			if i%500 == 0 {
				time.Sleep(time.Second) // within every limit
			}
		}
		time.Sleep(time.Second)
		if n := x.s.tp.Pool("udp").Size(); n > 1000 {
			t.Errorf("the transport layer knows %d peers", n)
		}
		if n := x.s.Stats().Requests; n != maxPeers+100+2 {
			t.Errorf("%d requests arrived of %d", n, maxPeers+100+2)
		}
		p.reinvite(p.sdp)
		p.hangUp()
	})
}
