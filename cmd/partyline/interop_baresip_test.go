//go:build interop

package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/partyline/internal/app"
	"partyline/media/wav"
	"partyline/mixer/tone"
)

// baresipConfig makes a phone that speaks a tone, records what it hears to a
// WAV file and takes commands on its standard input.
const baresipConfig = `sip_listen 127.0.0.1:0
net_interface 127.0.0.1
audio_source ausine,%d
audio_player aubridge,sink
audio_alert aubridge,sink
audio_level no
ausrc_srate 48000
ausrc_channels 2
auplay_srate %d
auplay_channels 1
snd_path .
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module g722.so
module opus.so
module l16.so
module srtp.so
module ausine.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
`

// baresip is a running baresip.
type baresip struct {
	t     *testing.T
	name  string
	dir   string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended sync.WaitGroup

	mu   sync.Mutex
	log  strings.Builder
	more chan struct{} // closed and replaced when log grows
}

// whistles are tones that only wideband codecs carry, by name.
var whistles = map[string]int{"wendy": 5501, "wim": 6101}

// baresipCodecs are the codecs as baresip's accounts name them.
var baresipCodecs = map[string]struct {
	name string
	rate int // of the audio, in Hz
}{
	"PCMU": {"PCMU", 8000}, "PCMA": {"PCMA", 8000}, "G722": {"G722/16000/1", 16000},
	"opus": {"opus/48000/2", 48000}, "L16": {"L16/48000/1", 48000}, // at others baresip cuts every packet to whole samples, and is out of tune
}

// startBaresip starts the phone of that name, which speaks its name's tone in
// one codec only. Options are further parameters of its account.
func startBaresip(t *testing.T, name, codec string, options ...string) *baresip {
	t.Helper()
	hz := voices[name] + whistles[name]
	account := fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;audio_codecs=%s", name, baresipCodecs[codec].name)
	b := &baresip{t: t, name: name, dir: t.TempDir(), more: make(chan struct{})}
	for file, content := range map[string]string{
		"config":   fmt.Sprintf(baresipConfig, hz, baresipCodecs[codec].rate),
		"accounts": strings.Join(append([]string{account}, options...), ";") + "\n",
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(b.dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.cmd = exec.Command("baresip", "-f", b.dir)
	b.cmd.Dir = b.dir
	b.cmd.Stdout, b.cmd.Stderr = b, b
	var err error
	if b.stdin, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		t.Fatalf("baresip did not start: %v", err)
	}
	b.ended.Go(func() { _ = b.cmd.Wait() })
	t.Cleanup(func() {
		b.cmd.Process.Kill()
		b.ended.Wait()
	})
	b.wait("baresip is ready", 1)
	return b
}

// Write keeps what baresip prints.
func (b *baresip) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.more)
	b.more = make(chan struct{})
	return b.log.Write(p)
}

// wait waits until baresip has printed text so many times.
func (b *baresip) wait(text string, times int) {
	b.t.Helper()
	timeout := time.After(patience)
	for {
		b.mu.Lock()
		log, more := b.log.String(), b.more
		b.mu.Unlock()
		if strings.Count(log, text) >= times {
			return
		}
		select {
		case <-more:
		case <-timeout:
			b.t.Fatalf("%s's baresip does not print %q:\n%s", b.name, text, log)
		}
	}
}

// command types a long command.
func (b *baresip) command(line string) {
	b.t.Helper()
	if _, err := io.WriteString(b.stdin, "/"+line+"\n"); err != nil {
		b.t.Fatal(err)
	}
}

// dial calls a conference.
func (b *baresip) dial(sip netip.AddrPort, conference string) {
	b.t.Helper()
	b.command("dial sip:" + conference + "@" + sip.String())
	b.wait("Call established", 1)
}

// recording is what a phone has heard.
type recording struct {
	samples []int16
	rate    int // in Hz
}

// quit hangs up and ends baresip, and returns what it has heard.
func (b *baresip) quit() recording {
	b.t.Helper()
	b.command("quit")
	timer := time.AfterFunc(patience, func() { b.cmd.Process.Kill() })
	defer timer.Stop()
	b.ended.Wait()
	files, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	if len(files) != 1 {
		b.t.Fatalf("%s's baresip left the recordings %v, want one\n%s", b.name, files, b.log.String())
	}
	return readWAV(b.t, files[0])
}

func readWAV(t *testing.T, path string) recording {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	heard := recording{rate: r.Rate()}
	buf := make([]int16, 8000)
	for {
		n, err := r.Read(buf)
		heard.samples = append(heard.samples, buf[:n]...)
		if err == io.EOF {
			return heard
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestInterop_BaresipHold: two real phones hear each other; one puts the
// bridge on hold and is neither heard nor hears, and resumes. A third, our
// own, hears the same from outside.
func TestInterop_BaresipHold(t *testing.T) {
	a := startApp(t)
	carol := call(t, a.SIPAddr(), "carol", "lobby")
	alice, bob := startBaresip(t, "alice", "PCMU"), startBaresip(t, "bob", "PCMA")
	alice.dial(a.SIPAddr(), "lobby")
	bob.dial(a.SIPAddr(), "lobby")
	carol.wantTones("at first", "alice bob")

	updates := strings.Count(alice.printed(), "stream: update")
	alice.command("hold")
	alice.wait("stream: update", updates+1)
	carol.wantTones("while alice holds", "bob")
	wantRemoteHold(t, a, "alice", true)

	alice.command("resume")
	alice.wait("stream: update", updates+2)
	carol.wantTones("after alice resumed", "alice bob")
	wantRemoteHold(t, a, "alice", false)

	heardByAlice, heardByBob := alice.quit(), bob.quit()
	wantTurns(t, "bob hears alice", heardByBob, voices["alice"], true, false, true)
	wantTurns(t, "bob hears carol", heardByBob, voices["carol"], true)
	wantTurns(t, "bob hears himself", heardByBob, voices["bob"], false)
	wantTurns(t, "alice hears bob", heardByAlice, voices["bob"], true)
	wantTurns(t, "alice hears herself", heardByAlice, voices["alice"], false)
	wantOnly(t, a, "lobby", "carol")
}

// TestInterop_BaresipIsRemoved: a BYE from the bridge ends the call of a real
// phone, and the others stay.
func TestInterop_BaresipIsRemoved(t *testing.T) {
	a := startApp(t)
	carol := call(t, a.SIPAddr(), "carol", "lobby")
	alice := startBaresip(t, "alice", "PCMU")
	alice.dial(a.SIPAddr(), "lobby")
	carol.wantTones("at first", "alice")
	request(t, a, "DELETE", "/lobby/Participants/"+callSID(t, a, "lobby", "alice"), nil)
	alice.wait("terminated", 1)
	carol.wantTones("without alice", "")
	wantOnly(t, a, "lobby", "carol")
}

func (b *baresip) printed() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// wantTones listens for a second and compares whose tones are heard, at
// whatever level.
func (c *caller) wantTones(when, want string) {
	c.t.Helper()
	const settling = 500 * time.Millisecond
	samples := c.hear(settling + time.Second)
	if got := tone.Hears(samples[len(samples)-8000:], 8000, voices); got != want {
		c.t.Errorf("%s, %s hears %q, want %q", when, c.name, got, want)
	}
}

// wantRemoteHold compares what the API says about a participant.
func wantRemoteHold(t *testing.T, a *app.App, name string, want bool) {
	t.Helper()
	p := request(t, a, "GET", "/lobby/Participants/"+callSID(t, a, "lobby", name), nil)
	if p["remote_hold"] != want {
		t.Errorf("the API says remote_hold = %v of %s, want %v", p["remote_hold"], name, want)
	}
}

// presence is the level in dBov that tells a phone's tone, of -12 to -25, from
// what a codec makes of the others': the upper half of G.722 has two bits, and
// up to -45 of noise in a tenth of a second beside a loud whistle.
const presence = -35

// wantTurns compares when a tone is there and when it is not, in turns of at
// least half a second. What lies between is left out.
func wantTurns(t *testing.T, what string, heard recording, hz int, want ...bool) {
	t.Helper()
	piece, half := heard.rate/10, heard.rate/2
	var got []bool
	present, length := false, 0
	for at := 0; at+piece <= len(heard.samples); at += piece {
		now := tone.Level(heard.samples[at:at+piece], heard.rate, hz) > presence
		if now != present {
			present, length = now, 0
		}
		if length += piece; length >= half && (len(got) == 0 || got[len(got)-1] != present) {
			got = append(got, present)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s in turns %v, want %v, in %.1f s", what, got, want, float64(len(heard.samples))/float64(heard.rate))
	}
}
