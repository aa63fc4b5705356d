package prompt

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestF10_Refusals(t *testing.T) {
	for path, reason := range map[string]string{
		"404": "status-404", "401": "status-401", "403": "status-403", "204": "status-204", "empty": "empty",
	} {
		inBubble(t, func(r *rig) {
			s := r.open("/f10/" + path)
			wantMusic(t, path, r.hear(s, time.Minute))
			r.wantTold("fetch-failed:" + reason + " fell-back:" + reason)
			if n := r.web.Hits("/f10/" + path); n != 1 {
				t.Errorf("%s: asked %d times", path, n)
			}
		})
	}
}

func TestF10_PassingRefusals(t *testing.T) {
	for _, code := range []string{"500", "503", "429"} {
		inBubble(t, func(r *rig) {
			wantMusic(t, code, r.hear(r.open("/f10/"+code), 5*time.Minute))
			r.wantTold("fetch-failed:status-" + code + " fell-back:status-" + code)
			if n := r.web.Hits("/f10/" + code); n < 3 || n > 12 {
				t.Errorf("%s: asked %d times in 5 minutes", code, n)
			}
		})
	}
}

func TestF10_Page(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantMusic(t, "instead of a web page", r.hear(r.open("/f10/page"), time.Second))
		r.wantTold("document-error:doctype fell-back:doctype")
	})
}

func TestF10_NoStormFromManyListeners(t *testing.T) {
	inBubble(t, func(r *rig) {
		for range 100 {
			defer r.open("/f10/404").Stop()
		}
		if n := r.web.Hits("/f10/404"); n != 1 {
			t.Errorf("100 listeners asked %d times", n)
		}
	})
}

func TestF13_Redirects(t *testing.T) {
	for path, want := range map[string]string{
		"/f13/loop":                                "fetch-failed:redirect fell-back:redirect",
		"/f13/hops?n=20":                           "fetch-failed:redirect fell-back:redirect",
		"/f13/hops?n=6":                            "fetch-failed:redirect fell-back:redirect",
		"/f13/hops?n=5":                            "",
		"/f13/to?url=file:///etc/passwd":           "fetch-failed:scheme fell-back:scheme",
		"/f13/to?url=http://u:p@music.example/":    "fetch-failed:userinfo fell-back:userinfo",
		"/f13/to?url=http://music.example:25/":     "fetch-failed:port fell-back:port",
		"/f13/to?url=//other.example/second.wav":   "",
		"/f13/to?url=http://other.example/f10/404": "fetch-failed:status-404 fell-back:status-404",
	} {
		inBubble(t, func(r *rig) {
			r.hear(r.open(path), time.Second)
			r.wantTold(want)
			if n := r.web.Under("/"); n > maxRedirects+1 {
				t.Errorf("%s: %d requests", path, n)
			}
		})
	}
}

func TestF13_NoDowngrade(t *testing.T) {
	from, _ := http.NewRequest("GET", "https://music.example/a", nil)
	to, _ := http.NewRequest("GET", "http://music.example/a", nil)
	if err := checkRedirect(to, []*http.Request{from}); failure(err, "").Reason != "redirect" {
		t.Errorf("https to http: %v", err)
	}
	to.Header.Set("Referer", "https://music.example/a?secret")
	if err := checkRedirect(to, []*http.Request{to}); err != nil || to.Header.Get("Referer") != "" {
		t.Errorf("http to http: %v, Referer %q", err, to.Header.Get("Referer"))
	}
}

func TestF14_Guard(t *testing.T) {
	refused := []string{
		"127.0.0.1:80", "127.9.9.9:80", "0.0.0.0:80", "0.1.2.3:80", "10.0.0.1:80", "172.16.0.1:80", "172.31.255.255:80",
		"192.168.1.1:80", "169.254.169.254:80", "100.64.0.1:80", "192.0.2.1:80", "198.18.0.1:80", "224.0.0.1:80", "255.255.255.255:80",
		"[::1]:80", "[::]:80", "[fc00::1]:80", "[fd12::1]:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "[ff02::1]:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[::ffff:169.254.169.254]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80",
		"[fd00:ec2::254]:80", "localhost:80", "not an address",
	}
	allowed := []string{"93.184.216.34:80", "93.184.216.34:8000", "8.8.8.8:443", "[2606:2800:220:1::1]:443"}
	check := guard(nil)
	for _, a := range refused {
		if check(network(a), a, nil) == nil {
			t.Errorf("%s may be fetched from", a)
		}
	}
	for _, a := range allowed {
		if err := check(network(a), a, nil); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if check("unix", "/run/docker.sock", nil) == nil || check("udp4", allowed[0], nil) == nil {
		t.Error("networks other than TCP may be connected to")
	}
}

func TestF14_AllowList(t *testing.T) {
	check := guard([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16")})
	for a, want := range map[string]bool{
		"10.1.2.3:8000": true, "[fd12::5]:80": true, "10.2.0.1:80": false, "127.0.0.1:80": false, "[fd13::1]:80": false,
	} {
		if got := check(network(a), a, nil) == nil; got != want {
			t.Errorf("%s: allowed %v, want %v", a, got, want)
		}
	}
}

// network returns the name under which a dialer presents an address.
func network(address string) string {
	if strings.HasPrefix(address, "[") {
		return "tcp6"
	}
	return "tcp4"
}

func TestF17_URLs(t *testing.T) {
	for raw, reason := range map[string]string{
		"file:///etc/passwd":                                "scheme",
		"gopher://music.example/1":                          "scheme",
		"ftp://music.example/a.mp3":                         "scheme",
		"data:audio/wav;base64,UklGRg":                      "scheme",
		"unix:///run/docker.sock":                           "scheme",
		"/second.wav":                                       "scheme",
		"//music.example/second.wav":                        "scheme",
		"http://user:pass@music.example/second.wav":         "userinfo",
		"http://user@music.example/second.wav":              "userinfo",
		"http:///second.wav":                                "url",
		"http://music.example/a\r\nX: y":                    "url",
		"http://music.example/\x00":                         "url",
		"http://music.example:0025/":                        "port",
		"http://music.example:99999/":                       "port",
		"http://music.example:25/":                          "port",
		"http://[::1":                                       "url",
		"http://music.example/" + strings.Repeat("a", 9000): "url",
	} {
		inBubble(t, func(r *rig) {
			s := r.openRequest(Request{URL: raw})
			wantMusic(t, raw, r.hear(s, time.Second))
			r.wantTold("fetch-failed:" + reason + " fell-back:" + reason)
			for _, e := range r.events {
				if strings.Contains(e.String(), "user") && strings.Contains(e.String(), "pass") {
					t.Errorf("%q tells user information: %v", raw, e)
				}
			}
			if r.net.dialed != 0 {
				t.Errorf("%q: %d connections", raw, r.net.dialed)
			}
		})
	}
}

func TestF17_SecretsStayOut(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f10/404?token=hush"), time.Second)
		r.hear(r.openRequest(Request{URL: "http://:hush@[::1/"}), time.Second)
		for _, e := range r.events {
			if strings.Contains(e.String(), "hush") {
				t.Errorf("event with a secret: %v", e)
			}
		}
	})
}

func TestF28_NoRangeNoHead(t *testing.T) {
	inBubble(t, func(r *rig) {
		wantTone(t, "a plain server", r.hear(r.open("/f28/plain.wav"), 3*time.Second)[160:])
		r.wantTold("")
	})
}
