//go:build interop

package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"partyline/cmd/partyline/internal/app"
)

// TestInterop_BaresipCodecs: real phones in Opus, G.722, L16 and G.711 hear
// each other in one conference, at the right pitch. The wideband ones hear
// what only wideband carries, and each its own codec's rate at least.
func TestInterop_BaresipCodecs(t *testing.T) {
	a := startApp(t)
	wendy, wim := startBaresip(t, "wendy", "opus"), startBaresip(t, "wim", "G722")
	alice, bob := startBaresip(t, "alice", "L16"), startBaresip(t, "bob", "PCMA")
	phones := map[string]*baresip{"wendy": wendy, "wim": wim, "alice": alice, "bob": bob}
	for _, b := range phones {
		b.dial(a.SIPAddr(), "lobby")
	}
	carol := call(t, a.SIPAddr(), "carol", "lobby")
	carol.wantTones("in µ-law", "alice bob")
	for name, codec := range map[string]string{"wendy": "opus", "wim": "G722", "alice": "L16", "bob": "PCMA", "carol": "PCMU"} {
		m := numbers(t, a, "lobby", name)
		if m["codec"] != codec || m["rx"].(map[string]any)["codec"] != codec || m["conference_rate_hz"] != 48000.0 {
			t.Errorf("the API says of %s: %v; want %s both ways, at 48000 Hz", name, m, codec)
		}
	}
	for name, heard := range quitAll(phones) {
		for speaker, hz := range map[string]int{"alice": voices["alice"], "bob": voices["bob"], "carol": voices["carol"]} {
			wantTurns(t, name+" hears "+speaker, heard, hz, speaker != name)
		}
		for speaker, hz := range whistles {
			if name != "bob" {
				wantTurns(t, name+" hears "+speaker, heard, hz, speaker != name)
			}
		}
	}
}

// quitAll ends phones and returns what each has heard.
func quitAll(phones map[string]*baresip) map[string]recording {
	all := map[string]recording{}
	for name, b := range phones {
		all[name] = b.quit()
	}
	return all
}

// numbers are the members of a participant's Media.
func numbers(t *testing.T, a *app.App, conference, name string) map[string]any {
	t.Helper()
	return request(t, a, "GET", "/"+conference+"/Participants/"+callSID(t, a, conference, name)+"/Media", nil)
}

// startSRTP starts a bridge whose second listener requires SRTP and whose
// third refuses it.
func startSRTP(t *testing.T) *app.App {
	t.Helper()
	return startWith(t, func(cfg *app.Config) {
		for _, policy := range []string{"required", "off"} {
			cfg.SIP = append(cfg.SIP, app.Listen{At: cfg.SIP[0].At, SRTP: policy})
		}
	})
}

// TestInterop_BaresipSRTP: phones with SRTP and without hear each other, each
// where it may call, and the bridge authenticates every packet.
func TestInterop_BaresipSRTP(t *testing.T) {
	a := startSRTP(t)
	optional, required := a.SIPAddrs()[0], a.SIPAddrs()[1]
	alice := startBaresip(t, "alice", "PCMU", "mediaenc=srtp-mand")
	wim := startBaresip(t, "wim", "G722", "mediaenc=srtp")
	bob := startBaresip(t, "bob", "PCMU")
	alice.dial(required, "lobby")
	wim.dial(optional, "lobby")
	bob.dial(optional, "lobby")
	carol := call(t, optional, "carol", "lobby")
	carol.wantTones("with SRTP at the others", "alice bob")
	for _, name := range []string{"alice", "wim"} {
		rx := numbers(t, a, "lobby", name)["rx"].(map[string]any)
		if rx["unauthentic"] != 0.0 || rx["malformed"] != 0.0 || rx["packets"].(float64) < 40 {
			t.Errorf("%s's packets: %v", name, rx)
		}
		if b := map[string]*baresip{"alice": alice, "wim": wim}[name]; !strings.Contains(b.printed(), "SRTP is Enabled") {
			t.Errorf("%s's baresip does not say that SRTP is on:\n%s", name, b.printed())
		}
	}
	for name, heard := range quitAll(map[string]*baresip{"alice": alice, "bob": bob, "wim": wim}) {
		for speaker, hz := range map[string]int{"alice": voices["alice"], "bob": voices["bob"], "carol": voices["carol"]} {
			wantTurns(t, name+" hears "+speaker, heard, hz, speaker != name)
		}
	}
}

// TestInterop_BaresipSRTPRefused: a call without SRTP is refused where it is
// required, and one that insists on it where it is off.
func TestInterop_BaresipSRTPRefused(t *testing.T) {
	a := startSRTP(t)
	required, off := a.SIPAddrs()[1], a.SIPAddrs()[2]
	bob, alice := startBaresip(t, "bob", "PCMU"), startBaresip(t, "alice", "PCMU", "mediaenc=srtp-mand")
	bob.command("dial sip:lobby@" + required.String())
	alice.command("dial sip:lobby@" + off.String())
	bob.wait("488", 1)
	alice.wait("488", 1)
	wantNoGhosts(t, a)
}

// TestInterop_BaresipSendDigits: the digits of an update reach a real phone in
// order, each once, and nobody else.
func TestInterop_BaresipSendDigits(t *testing.T) {
	a := startApp(t)
	alice, bob := startBaresip(t, "alice", "opus"), startBaresip(t, "bob", "PCMU")
	alice.dial(a.SIPAddr(), "lobby")
	bob.dial(a.SIPAddr(), "lobby")
	carol := call(t, a.SIPAddr(), "carol", "lobby")
	for _, b := range []*baresip{alice, bob} {
		request(t, a, "POST", "/lobby/Participants/"+callSID(t, a, "lobby", b.name), url.Values{"SendDigits": {"12w#A"}})
		for _, digit := range []string{"1", "2", "#", "A"} {
			b.wait("received event: '"+digit+"' (end=1)", 1)
		}
		if n := strings.Count(b.printed(), "(end=1)"); n != 4 {
			t.Errorf("%s's phone received %d digits, want 4:\n%s", b.name, n, b.printed())
		}
	}
	carol.hear(200 * time.Millisecond)
	for name, want := range map[string]float64{"alice": 4, "bob": 4, "carol": 0} {
		if got := numbers(t, a, "lobby", name)["tx"].(map[string]any)["digits"]; got != want {
			t.Errorf("the API says that %v digits went to %s, want %v", got, name, want)
		}
	}
}
