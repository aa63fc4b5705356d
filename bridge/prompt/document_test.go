package prompt

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/bridge/prompt/misbehave"
	"partyline/media/wav"
)

// second returns the samples of /second.wav.
func second(t *testing.T) []int16 {
	t.Helper()
	w, err := wav.NewReader(strings.NewReader(string(misbehave.Second)))
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 9000)
	n := 0
	for err == nil {
		var m int
		m, err = w.Read(pcm[n:])
		n += m
	}
	return pcm[:n]
}

// trim drops silence at the beginning.
func trim(pcm []int16) []int16 {
	i := slices.IndexFunc(pcm, func(v int16) bool { return v != 0 })
	if i < 1 {
		return nil
	}
	return pcm[i-1:] // the tone begins with one zero
}

// wantSame fails unless pcm begins with want.
func wantSame(t *testing.T, what string, pcm, want []int16) {
	t.Helper()
	if len(pcm) < len(want) {
		t.Errorf("%s: %d samples, want %d", what, len(pcm), len(want))
		return
	}
	for i := range want {
		if pcm[i] != want[i] {
			t.Errorf("%s: differs at sample %d: %d, want %d", what, i, pcm[i], want[i])
			return
		}
	}
}

func TestF18_HoldLoopsWithoutAGap(t *testing.T) {
	inBubble(t, func(r *rig) {
		pcm := r.hear(r.open("/second.wav"), 5*time.Second)
		one := second(t)
		wantSame(t, "the loop", trim(pcm), slices.Concat(one, one, one, one))
	})
}

// A loop that has no seam at its own rate has none at ours, in any round and for
// a listener who comes later.
func TestF18_LoopAtAnotherRateHasNoSeam(t *testing.T) {
	const hz, peak = 441, 0.25 * 32767
	next := 2 * math.Cos(2*math.Pi*hz/rate)
	wantSeamless := func(what string, pcm []int16) {
		t.Helper()
		for i := 102; i < len(pcm); i++ {
			if d := math.Abs(float64(pcm[i]) - next*float64(pcm[i-1]) + float64(pcm[i-2])); d > peak/200 {
				t.Errorf("%s: sample %d is %.0f off the tone", what, i, d)
				return
			}
		}
	}
	inBubble(t, func(r *rig) {
		s := r.open("/f18/seamless.wav")
		wantSeamless("the loop", trim(r.hear(s, 5*time.Second)))
		wantSeamless("joined later", trim(r.hear(r.open("/f18/seamless.wav"), 3*time.Second)))
		r.wantTold("")
	})
}

func TestF18_Loops(t *testing.T) {
	one := second(t)
	silence := make([]int16, 2*rate)
	for path, want := range map[string][]int16{
		"/f18/dir/relative": slices.Concat(one, silence),
		"/f18/forward":      slices.Concat(one, silence),
		"/f18/endless":      slices.Concat(one, one, one),
		"/f18/many":         slices.Concat(one, one, one),
		"/f18/two":          slices.Concat(one, one, silence),
		"/f18/pause":        slices.Concat(one, silence, one),
		doc(`<Response><Play loop="3">/second.wav</Play></Response>`):                                                      slices.Concat(one, one, one, silence),
		doc(`<Response><Play loop="x">/second.wav</Play></Response>`):                                                      slices.Concat(one, silence),
		doc("<Response>\n<Play>\n  <!-- c -->/second.wav\n</Play><Pause length='0'/><Play> /second.wav</Play></Response>"): slices.Concat(one, one, silence),
	} {
		inBubble(t, func(r *rig) {
			wantSame(t, path, trim(r.hear(r.open(path), 6*time.Second)), want)
		})
	}
}

func TestF18_RedirectToItselfGoesOn(t *testing.T) {
	inBubble(t, func(r *rig) {
		pcm := r.hear(r.open("/f18/again"), 60*time.Second)
		silent := 0
		for _, v := range pcm {
			if v == 0 {
				silent++
			}
		}
		if n := r.web.Hits("/f18/again"); n < 50 || n > 62 {
			t.Errorf("the document was fetched %d times in a minute", n)
		}
		if silent > len(pcm)/20 {
			t.Errorf("%d of %d samples are silent", silent, len(pcm))
		}
		if n := r.web.Hits("/second.wav"); n > 2 {
			t.Errorf("the file was fetched %d times", n)
		}
		r.wantTold("")
	})
}

func TestF18_RedirectToAFile(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantTone(t, "a redirect to a file", r.hear(r.open(doc(`<Response><Redirect method="GET">/second.wav</Redirect></Response>`)), 4*time.Second)[160:])
	})
}

func TestF18_AnnouncementEnds(t *testing.T) {
	one := second(t)
	for path, want := range map[string][]int16{
		"/second.wav":      one,
		"/f18/two":         slices.Concat(one, one),
		"/f18/forward":     one,
		doc(`<Response/>`): nil,
	} {
		inBubble(t, func(r *rig) {
			s := r.openAs(Announce, path)
			pcm, state := r.hearUntil(s, 5*time.Second, until(Ended))
			if state != Ended || s.Err() != nil {
				t.Errorf("%s: %v, %v", path, state, s.Err())
			}
			wantSame(t, path, trim(append(pcm, 0)), want)
			if over := len(trim(pcm)) - len(want); over > 2*160 {
				t.Errorf("%s: ends %d samples late", path, over)
			}
			r.wantTold("")
		})
	}
}

func TestF19_NoEntities(t *testing.T) {
	refused(t, map[string]string{
		"/f19/xxe": "doctype", "/f19/remote": "doctype", "/f19/laughs": "doctype", "/f19/entity": "syntax",
	})
}

func TestF21_HostileXML(t *testing.T) {
	refused(t, map[string]string{
		"/f21/deep": "size", "/f21/big": "size", "/f21/utf8": "encoding", "/f21/utf16": "encoding",
		"/f21/latin1": "encoding", "/f21/open": "syntax",
		doc("<Response>" + strings.Repeat("<a>", 50) + strings.Repeat("</a>", 50) + "</Response>"): "depth",
	})
}

// refused fails unless each document is refused for its reason, with nothing
// else fetched.
func refused(t *testing.T, reasons map[string]string) {
	t.Helper()
	for path, reason := range reasons {
		inBubble(t, func(r *rig) {
			wantMusic(t, path, r.hear(r.open(path), time.Second))
			r.wantTold("document-error:" + reason + " fell-back:" + reason)
			if n := r.web.Under("/"); n != 1 {
				t.Errorf("%s: %d requests", path, n)
			}
		})
	}
}

func TestF20_RedirectLoops(t *testing.T) {
	for _, path := range []string{"/f20/self", "/f20/ping"} {
		inBubble(t, func(r *rig) {
			s := r.open(path)
			r.hear(s, 10*time.Second)
			if n := r.web.Under("/f20/"); n > 12 {
				t.Errorf("%s: %d requests in 10 seconds", path, n)
			}
			wantMusic(t, path, r.hear(s, 3*time.Minute)[100*rate:])
			if n := r.web.Under("/f20/"); n != maxHops {
				t.Errorf("%s: %d requests in all", path, n)
			}
			r.wantTold("fell-back:timeout document-error:redirects")
		})
	}
}

func TestF22_UnknownVerbs(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantSame(t, "the Play between", trim(r.hear(r.open("/f22/dial"), 4*time.Second)), second(t))
		r.wantTold("unknown-verb:Dial unknown-verb:Record unknown-verb:Hangup")
	})
}

func TestF22_EventsAreBounded(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.hear(r.open(doc("<Response>"+strings.Repeat("<Dial/>", 500)+"</Response>")), time.Second)
		if n := len(r.events); n != maxEvents {
			t.Errorf("%d events", n)
		}
	})
}

func TestF22_FailedVerbsAreLeftOut(t *testing.T) {
	inBubble(t, func(r *rig) {
		xml := `<Response><Play>/f10/404</Play><Play>file:///etc/passwd</Play><Play>/f20/self</Play><Play/><Play>/second.wav</Play></Response>`
		wantSame(t, "what is left", trim(r.hear(r.open(doc(xml)), 4*time.Second)), second(t))
		r.wantTold("fetch-failed:status-404 fetch-failed:scheme unsupported-audio:document document-error:attribute")
	})
}

func TestF29_Fields(t *testing.T) {
	fields := url.Values{"CallSid": {"CA1"}, "ConferenceSid": {"CF1"}, "FriendlyName": {"team a"}}
	inBubble(t, func(r *rig) {
		for _, kind := range []Kind{Hold, Announce, Wait} {
			defer r.openRequest(Request{Kind: kind, URL: at("/f29/form?x=1&CallSid=mine"), Params: fields}).Stop()
		}
		defer r.openRequest(Request{Kind: Hold, Method: "post", URL: at("/f29/form"), Params: fields}).Stop()
		got := r.web.Requests("/f29/form")
		if len(got) != 4 {
			t.Fatalf("%d requests", len(got))
		}
		for _, q := range got {
			have := q.Form
			if q.Method == "GET" {
				have = q.Query
			}
			if have.Get("ConferenceSid") != "CF1" || have.Get("FriendlyName") != "team a" {
				t.Errorf("%s with %v", q.Method, have)
			}
			if q.Query.Has("x") && (q.Query.Get("CallSid") != "mine" || len(q.Query["CallSid"]) != 1) {
				t.Errorf("the URL's own query became %v", q.Query)
			}
		}
		methods := got[0].Method + got[1].Method + got[2].Method + got[3].Method
		if methods != "GETPOSTPOSTPOST" {
			t.Errorf("methods %s", methods)
		}
	})
}

func TestF29_FilesAreRequestedAsWritten(t *testing.T) {
	inBubble(t, func(r *rig) {
		p := url.Values{"CallSid": {"CA1"}}
		defer r.openRequest(Request{Kind: Hold, URL: at("/second.wav?sig=abc"), Params: p}).Stop()
		if q := r.web.Requests("/second.wav")[0].Query; q.Encode() != "sig=abc" {
			t.Errorf("query %v", q)
		}
	})
}

func TestPOSTToAStaticFileBecomesGET(t *testing.T) {
	for _, path := range []string{"/static.wav", "/simple.wav"} {
		inBubble(t, func(r *rig) {
			wantTone(t, path, r.hear(r.openAs(Wait, path), time.Second)[160:])
			r.wantTold("")
			if got := r.web.Requests(path); len(got) != 2 || got[0].Method != "POST" || got[1].Method != "GET" {
				t.Errorf("requests %v", got)
			}
		})
	}
}

func TestMethodIsChecked(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.hear(r.openRequest(Request{URL: at("/second.wav"), Method: "PUT"}), time.Second)
		r.wantTold("fetch-failed:method fell-back:method")
	})
}
