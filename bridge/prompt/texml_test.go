package prompt

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseTeXML(t *testing.T) {
	verbs, err := parseTeXML([]byte(`<?xml version="1.0" encoding="UTF-8"?>
		<!-- hello --><Response>
		<Play loop="2"> http://music.example/a.mp3?x=1&amp;y=2 </Play>
		<Say voice="woman"><![CDATA[a < b]]> and <break/> <p>more</p></Say>
		<Gather><Play>nested.mp3</Play></Gather><Pause length="1.5"/></Response>`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range verbs {
		got = append(got, v.name+"|"+v.attrs["loop"]+"|"+strings.Join(strings.Fields(v.text), " "))
	}
	want := "Play|2|http://music.example/a.mp3?x=1&y=2 Say||a < b and more Gather||nested.mp3 Pause||"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestParseTeXML_Refuses(t *testing.T) {
	for doc, reason := range map[string]string{
		"":                                       "syntax",
		"<Response>":                             "syntax",
		"<Response></Answer>":                    "syntax",
		"<Response/><Response/>":                 "syntax",
		"<Response/>text":                        "syntax",
		"<Response>text</Response>":              "syntax",
		"<Response><Play></Response></Play>":     "syntax",
		"<Response><Say>&nbsp;</Say></Response>": "syntax",
		"<html/>":                                "root",
		"<response/>":                            "root",
		"<!DOCTYPE Response><Response/>":         "doctype",
		"<Response><!ENTITY a 'b'></Response>":   "doctype",
		"<Response>\xff</Response>":              "encoding",
		"<Response>\x00</Response>":              "encoding",
		`<?xml version="1.0" encoding="latin1"?><Response/>`:        "encoding",
		"<Response>" + strings.Repeat("<a>", 20):                    "depth",
		"<Response>" + strings.Repeat("<a/>", 2000) + "</Response>": "size",
	} {
		if _, err := parseTeXML([]byte(doc)); failure(err, "").Reason != reason {
			t.Errorf("%.40q: %v, want %s", doc, err, reason)
		}
	}
}

// FuzzURL checks that no reference leads a document to anything but the web.
func FuzzURL(f *testing.F) {
	for _, ref := range []string{"a.mp3", "//b.example/c", "file:///etc/passwd", "http://u@h/", "?x=1", "http:a", "https://[::1]:22/", "//:0:"} {
		f.Add(ref)
	}
	base, _ := parseURL("https://music.example/dir/doc?x=1")
	f.Fuzz(func(t *testing.T, ref string) {
		for _, parse := range []func() (*url.URL, error){
			func() (*url.URL, error) { return resolve(base, ref) },
			func() (*url.URL, error) { return parseURL(ref) },
		} {
			u, err := parse()
			if err != nil {
				continue
			}
			if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Host == "" {
				t.Errorf("%q became %v", ref, u)
			}
			if _, err := newHTTPRequest(t.Context(), target{method: "GET", url: u}, nil); err != nil {
				t.Errorf("%q became %v: %v", ref, u, err)
			}
		}
	})
}

func FuzzTeXML(f *testing.F) {
	for _, doc := range []string{
		`<Response><Play loop="0">a.mp3</Play><Say>hi</Say><Pause length="3"/><Redirect/></Response>`,
		`<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>`,
		"\xEF\xBB\xBF<?xml version='1.0'?><Response><a><b/></a></Response>",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		verbs, err := parseTeXML(doc)
		if err != nil {
			if e := failure(err, ""); e.Kind != DocumentError || e.Reason == "" {
				t.Errorf("an error without a reason: %v", err)
			}
			return
		}
		if len(verbs) > maxVerbs || strings.Contains(strings.ToUpper(string(doc)), "<!DOCTYPE") && !strings.Contains(string(doc), "<!--") && !strings.Contains(string(doc), "CDATA") && !strings.Contains(string(doc), "<?") {
			t.Errorf("accepted %q", doc)
		}
		for _, v := range verbs {
			if n, _ := v.loops(); n < 0 || n > maxLoop {
				t.Errorf("loop %d", n)
			}
			if d, _ := v.pause(); d < 0 || d > maxPause {
				t.Errorf("pause %v", d)
			}
			if v.text != strings.TrimSpace(v.text) {
				t.Errorf("text %q", v.text)
			}
		}
	})
}
