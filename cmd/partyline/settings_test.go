package main

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"partyline/cmd/partyline/internal/app"
)

// settle returns the settings that `partyline serve ARGS` would run with. file
// is the text of its configuration file, "" for none.
func settle(t *testing.T, file string, args ...string) (app.Config, error) {
	t.Helper()
	var c cli
	args = append([]string{"serve"}, args...)
	if file != "" {
		args = append(args, "--config", writeFile(t, file))
	}
	ctx, err := newParser(&c, io.Discard, io.Discard, func(int) {}).Parse(args)
	if err != nil {
		return app.Config{}, err
	}
	err = c.Serve.settle(ctx)
	return c.Serve.Config, err
}

// listen is a listener of SIP on an IP address and port.
func listen(addr, srtp string) app.Listen {
	return app.Listen{At: app.Address{Transport: "udp", AddrPort: netip.MustParseAddrPort(addr)}, SRTP: srtp}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "partyline.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSettingsPrecedence(t *testing.T) {
	for _, c := range []struct {
		name, flag, env, file, want string
	}{
		{"default", "", "", "", "127.0.0.1:8080"},
		{"file over default", "", "", "127.0.0.1:1", "127.0.0.1:1"},
		{"variable over file", "", "127.0.0.1:2", "127.0.0.1:1", "127.0.0.1:2"},
		{"flag over variable", "127.0.0.1:3", "127.0.0.1:2", "127.0.0.1:1", "127.0.0.1:3"},
		{"flag over file", "127.0.0.1:3", "", "127.0.0.1:1", "127.0.0.1:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var args []string
			var file string
			if c.flag != "" {
				args = append(args, "--http", c.flag)
			}
			if c.env != "" {
				t.Setenv("PARTYLINE_HTTP", c.env)
			}
			if c.file != "" {
				file = "http: " + c.file
			}
			cfg, err := settle(t, file, args...)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.HTTP != c.want {
				t.Errorf("http = %s, want %s", cfg.HTTP, c.want)
			}
		})
	}
}

// TestSettingsListsAreReplaced: a list given in a higher place replaces the
// lower one, it does not add to it.
func TestSettingsListsAreReplaced(t *testing.T) {
	file := "sip: [udp:127.0.0.1:1, udp:127.0.0.1:2]\nfetch: {allow: [10.0.0.0/8]}\n"
	cfg, err := settle(t, file, "--sip", "udp:127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	if want := []app.Listen{listen("127.0.0.1:3", "")}; !reflect.DeepEqual(cfg.SIP, want) {
		t.Errorf("sip = %v, want %v", cfg.SIP, want)
	}
	if want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}; !reflect.DeepEqual(cfg.Fetch.Allow, want) {
		t.Errorf("fetch.allow = %v, want %v", cfg.Fetch.Allow, want)
	}
	cfg, err = settle(t, file)
	if err != nil || len(cfg.SIP) != 2 {
		t.Errorf("sip from the file alone = %v, %v", cfg.SIP, err)
	}
}

// TestSettingsListeners: what becomes of SRTP is written behind the address, or
// beside it in a mapping.
func TestSettingsListeners(t *testing.T) {
	want := []app.Listen{listen("127.0.0.1:1", ""), listen("[::1]:2", "required"), listen("127.0.0.1:3", "off")}
	cfg, err := settle(t, "sip:\n- udp:127.0.0.1:1\n- udp:[::1]:2;srtp=required\n- listen: udp:127.0.0.1:3\n  srtp: off\n")
	if err != nil || !reflect.DeepEqual(cfg.SIP, want) {
		t.Errorf("from a file: %v, %v; want %v", cfg.SIP, err, want)
	}
	cfg, err = settle(t, "", "--sip", "udp:127.0.0.1:1", "--sip", "udp:[::1]:2;srtp=required", "--sip", "udp:127.0.0.1:3;srtp=off")
	if err != nil || !reflect.DeepEqual(cfg.SIP, want) {
		t.Errorf("from flags: %v, %v; want %v", cfg.SIP, err, want)
	}
}

// TestSettingsAudio: what calls may sound like, from each place.
func TestSettingsAudio(t *testing.T) {
	check := func(from string, cfg app.Config, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(cfg.Codecs, []string{"pcma", "L16/16000"}) || cfg.CodecOrder != "own" ||
			cfg.ComfortNoise || cfg.MaxRate != 16000 || !cfg.ClampDTMF || cfg.RTPSource != "off" {
			t.Errorf("from %s: %+v, %v", from, cfg, err)
		}
	}
	const file = "codecs: [pcma, L16/16000]\ncodec_order: own\ncomfort_noise: false\nmax_rate: 16000\nclamp_dtmf: true\nrtp_source: off\n"
	cfg, err := settle(t, file)
	check("a file", cfg, err)
	flags := []string{"--codecs", "pcma,L16/16000", "--codec-order", "own", "--no-comfort-noise", "--max-rate", "16000", "--clamp-dtmf", "--rtp-source", "off"}
	cfg, err = settle(t, "", flags...)
	check("flags", cfg, err)
	cfg, err = settle(t, "codecs: [opus]\ncodec_order: caller\ncomfort_noise: true\nmax_rate: 8000\nclamp_dtmf: false\nrtp_source: sdp\n", flags...)
	check("flags over a file", cfg, err)
	for name, value := range map[string]string{"CODECS": "pcma,L16/16000", "CODEC_ORDER": "own", "COMFORT_NOISE": "false", "MAX_RATE": "16000", "CLAMP_DTMF": "true", "RTP_SOURCE": "off"} {
		t.Setenv("PARTYLINE_"+name, value)
	}
	cfg, err = settle(t, "")
	check("variables", cfg, err)
}

func TestSettingsFileFromVariable(t *testing.T) {
	t.Setenv("PARTYLINE_CONFIG", writeFile(t, "rtp_timeout: 5m\n"))
	cfg, err := settle(t, "")
	if err != nil || cfg.RTPTimeout != 5*time.Minute {
		t.Errorf("rtp_timeout = %s, %v; want 5m", cfg.RTPTimeout, err)
	}
}

func TestSettingsAccounts(t *testing.T) {
	cfg, err := settle(t, "accounts: [{sid: AC1, token: 'a,b:c'}, AC2:secret]\n")
	want := []app.Account{{SID: "AC1", Token: "a,b:c"}, {SID: "AC2", Token: "secret"}}
	if err != nil || !reflect.DeepEqual(cfg.Accounts, want) {
		t.Errorf("accounts in the file = %v, %v; want %v", cfg.Accounts, err, want)
	}
	cfg, err = settle(t, "", "--account", "AC1:a,b:c", "--account", "AC2:secret")
	if err != nil || !reflect.DeepEqual(cfg.Accounts, want) {
		t.Errorf("accounts from flags = %v, %v; want %v", cfg.Accounts, err, want)
	}
}

// TestSettingsMistakes: each mistake is refused in words that name the setting
// and its place.
func TestSettingsMistakes(t *testing.T) {
	for _, c := range []struct {
		name, file string
		args       []string
		want       []string // all of these stand in the error
	}{
		{"unknown key", "http: 127.0.0.1:1\nhtpp: x\n", nil, []string{"partyline.yaml", "line 2", `"htpp"`}},
		{"unknown key in a group", "fetch:\n  alow: []\n", nil, []string{"line 2", `"fetch.alow"`}},
		{"unknown key in a list", "accounts:\n- sid: AC1\n  tokn: x\n", nil, []string{"line 3", `"accounts.tokn"`}},
		{"key twice", "http: a:1\nhttp: b:1\n", nil, []string{"line 2", `"http"`, "twice"}},
		{"not YAML", "a: [", nil, []string{"partyline.yaml", "line"}},
		{"not a mapping", "- a\n", nil, []string{"partyline.yaml", "line 1"}},
		{"tabs", "fetch:\n\tallow: []\n", nil, []string{"line 2", "spaces, not tabs"}},
		{"value for a group", "log: debug\n", nil, []string{"line 1", "log:", "level: info"}},
		{"value for a list", "sip: udp:127.0.0.1:5060\n", nil, []string{"line 1", "sip:", "[udp:127.0.0.1:5060]"}},
		{"list for a value", "http: [a, b]\n", nil, []string{"line 1", "http:", "one value"}},
		{"value under a flag", "http: [a, b]\n", []string{"--http", "127.0.0.1:1"}, []string{"line 1", "http:"}},
		{"bad network", "fetch:\n  allow:\n  - 10.0.0.0/8\n  - 10.0.0.0/40\n", nil, []string{"line 4", "fetch.allow", `"10.0.0.0/40"`, "10.20.0.0/16"}},
		{"bad network of a rule", "admission:\n- user: a\n  source: [10.1]\n", nil, []string{"line 3", "admission.source", `"10.1"`, "10.20.0.0/16"}},
		{"bad boolean of a rule", "admission:\n- muted: maybe\n", nil, []string{"line 2", "admission.muted", `"maybe"`, "true or false"}},
		{"number for a duration", "rtp_timeout: 60\n", nil, []string{"line 1", "rtp_timeout", `"60"`, "90s"}},
		{"name for an address", "advertise: example.com\n", nil, []string{"line 1", "advertise", `"example.com"`, "IP address"}},
		{"bad network flag", "", []string{"--fetch-allow", "10.0.0.0/33"}, []string{"--fetch-allow", `"10.0.0.0/33"`, "10.20.0.0/16"}},
		{"bad duration flag", "", []string{"--max-age", "5"}, []string{"--max-age", `"5"`, "90s"}},
		{"bad level flag", "", []string{"--log-level", "loud"}, []string{"--log-level", `"loud"`, "debug, info"}},
		{"wrong type", "\nmax_participants: many\n", nil, []string{"line 2", "max_participants"}},
		{"unknown level", "log:\n  level: loud\n", nil, []string{"line 2", "level", "loud"}},
		{"bad range", "rtp: 127.0.0.1\n", nil, []string{"line 1", "rtp", "127.0.0.1:20000-29999"}},
		{"no such file", "", []string{"--config", "/nowhere/partyline.yaml"}, []string{"config", "/nowhere/partyline.yaml"}},
		{"unknown flag", "", []string{"--htpp", "x"}, []string{"--htpp"}},
		{"unsupported transport", "", []string{"--sip", "tcp:127.0.0.1:5060"}, []string{"--sip", "tcp", "write udp"}},
		{"sip name, not address", "", []string{"--sip", "udp:localhost:5060"}, []string{"--sip", "IP address"}},
		{"sip twice", "", []string{"--sip", "udp:127.0.0.1:5060,udp:127.0.0.1:5060"}, []string{"sip", "twice"}},
		{"no sip at all", "sip: []\n", nil, []string{"sip", "udp:127.0.0.1:5060"}},
		{"range without a pair", "", []string{"--rtp", "127.0.0.1:20001-20001"}, []string{"--rtp", "even port"}},
		{"range upside down", "", []string{"--rtp", "127.0.0.1:20003-20001"}, []string{"--rtp", "even port"}},
		{"audio on loopback", "sip: [udp:127.0.0.1:5060, udp:0.0.0.0:5061]\n", nil, []string{"rtp", "127.0.0.1:20000-29999", "udp:0.0.0.0:5061", "write the address"}},
		{"no calls", "max_calls: 0\n", nil, []string{"max_calls", "1 or more"}},
		{"every address", "", []string{"--rtp", "0.0.0.0:20000-29999"}, []string{"rtp", "advertise"}},
		{"advertised nowhere", "advertise: 0.0.0.0\n", nil, []string{"advertise", "0.0.0.0"}},
		{"account without token", "", []string{"--account", "AC1:"}, []string{"--account", "SID:TOKEN"}},
		{"account twice", "accounts: [AC1:a, AC1:b]\n", nil, []string{"accounts", "AC1", "twice"}},
		{"account id with a slash", "accounts: [{sid: a/b, token: x}]\n", nil, []string{"accounts", `"a/b"`}},
		{"open to the network", "http: 0.0.0.0:8080\n", nil, []string{"http", "without an account", "127.0.0.1"}},
		{"open to a name", "", []string{"--http", "example.com:8080"}, []string{"http", "without an account"}},
		{"no HTTP port", "http: 127.0.0.1\n", nil, []string{"http", "127.0.0.1"}},
		{"one participant", "max_participants: 1\n", nil, []string{"max_participants", "2 or more"}},
		{"can never start", "max_participants: 3\nmin_to_start: 4\n", nil, []string{"min_to_start"}},
		{"tiny timeout", "rtp_timeout: 20ms\n", nil, []string{"rtp_timeout", "1s or more"}},
		{"unknown key in a rule", "admission:\n- user: a\n  mute: true\n", nil, []string{"line 3", `"admission.mute"`}},
		{"impossible rule", "admission:\n- refuse: 200\n", nil, []string{"admission", "rule 0", "refuse", "403"}},
		{"rule for nobody's account", "admission:\n- account: AC9\n", nil, []string{"admission", "rule 0", `"AC9"`}},
		{"tiny age", "max_age: 1s\n", nil, []string{"max_age", "1m or more"}},
		{"no codec", "codecs: []\n", nil, []string{"codecs:", "[pcmu, pcma]"}},
		{"unknown codec", "codecs: [pcmu, gsm]\n", nil, []string{"codecs:", `"gsm"`, "write opus, g722"}},
		{"codec twice", "", []string{"--codecs", "pcmu,opus,pcmu"}, []string{"codecs:", `"pcmu"`, "twice"}},
		{"one codec for a list", "codecs: pcmu\n", nil, []string{"line 1", "codecs:", "[opus, pcmu]"}},
		{"unknown order", "codec_order: mine\n", nil, []string{"codec_order:", `"mine"`, "caller or own"}},
		{"noise", "comfort_noise: loud\n", nil, []string{"line 1", "comfort_noise:", `"loud"`, "true or false"}},
		{"odd rate", "", []string{"--max-rate", "44100"}, []string{"max_rate: 44100", "8000, 16000 or 48000"}},
		{"unknown source", "rtp_source: any\n", nil, []string{"rtp_source:", `"any"`, "sdp, probation or off"}},
		{"clamp", "clamp_dtmf: 5\n", nil, []string{"line 1", "clamp_dtmf:", `"5"`, "true or false"}},
		{"unknown SRTP", "sip:\n- udp:127.0.0.1:1\n- {listen: udp:127.0.0.1:2, srtp: maybe}\n", nil, []string{"sip:", "srtp:", `"maybe"`, "off, optional or required"}},
		{"unknown SRTP of a string", "sip: [udp:127.0.0.1:1;srtp=on]\n", nil, []string{"line 1", "sip:", `"on"`, "off, optional or required"}},
		{"unknown SRTP of a flag", "", []string{"--sip", "udp:127.0.0.1:1;srtp=on"}, []string{"--sip", `"on"`, "off, optional or required"}},
		{"unknown option", "", []string{"--sip", "udp:127.0.0.1:1;transport=tcp"}, []string{"--sip", `"transport=tcp"`, "srtp=required"}},
		{"option without a value", "", []string{"--sip", "udp:127.0.0.1:1;srtp="}, []string{"--sip", "srtp=required"}},
		{"listener without an address", "sip: [{srtp: off}]\n", nil, []string{"sip:", "listen: udp:127.0.0.1:5060"}},
		{"unknown key of a listener", "sip:\n- listen: udp:127.0.0.1:1\n  tls: no\n", nil, []string{"line 3", `"sip.tls"`}},
		{"bad address of a listener", "sip:\n- listen: tcp:127.0.0.1:1\n", nil, []string{"line 2", "sip.listen", "write udp"}},
		{"one address, two policies", "sip: [udp:127.0.0.1:1, udp:127.0.0.1:1;srtp=off]\n", nil, []string{"sip:", "twice"}},
		{"metrics for all", "metrics: {listen: '0.0.0.0:9464'}\n", nil, []string{"metrics.listen:", "0.0.0.0:9464", "token"}},
		{"metrics on no port", "", []string{"--metrics-listen", "127.0.0.1"}, []string{"metrics.listen:", "127.0.0.1:9464"}},
		{"metrics in a line", "metrics: 127.0.0.1:9464\n", nil, []string{"line 1", "metrics:", "listen: 127.0.0.1:9464"}},
		{"metrics where the API is", "", []string{"--metrics-listen", "127.0.0.1:8080"}, []string{"metrics.listen:", "another port"}},
		{"fewer than none", "metrics: {participants: -1}\n", nil, []string{"metrics.participants:", "0 or more"}},
		{"jitter buffer of a rule", "admission: [{jitter_buffer_size: huge}]\n", nil, []string{"admission:", "jitter_buffer_size", `"huge"`, "large"}},
		{"unknown mode", "announce_mode: duck\n", nil, []string{"announce_mode", "mix or replace"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settle(t, c.file, c.args...)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestSettingsOpenWithAccount: beyond loopback is fine once there is an account.
func TestSettingsOpenWithAccount(t *testing.T) {
	if _, err := settle(t, "http: 0.0.0.0:8080\naccounts: [AC1:secret]\n"); err != nil {
		t.Error(err)
	}
}

func TestSettingsErrorsKeepSecrets(t *testing.T) {
	for _, c := range []struct{ file, flag, env string }{
		{flag: "hunter2hunter2"},
		{env: "hunter2hunter2"},
		{env: "AC1:hunter2\n(x)"},
		{file: "accounts: hunter2hunter2"},
		{file: "metrics: {listen: 'account:1', token: 'hunter2 hunter2'}"},
		{file: "accounts: [hunter2hunter2]"},
		{file: "accounts:\n- sid: AC1\n  token: [hunter2]"},
		{file: "accounts:\n- sid: AC1\n  token: 'hunter2 hunter2'"},
	} {
		args := []string{"serve"}
		if c.file != "" {
			args = append(args, "--config", writeFile(t, c.file))
		}
		if c.flag != "" {
			args = append(args, "--account", c.flag)
		}
		t.Setenv("PARTYLINE_ACCOUNT", c.env)
		if c.env == "" {
			os.Unsetenv("PARTYLINE_ACCOUNT")
		}
		var stdout, stderr strings.Builder
		status := run(args, &stdout, &stderr)
		if all := stdout.String() + stderr.String(); status != 2 || !strings.Contains(all, "account") && !strings.Contains(all, "token") || strings.Contains(all, "hunter2") {
			t.Errorf("%+v: status %d, %s; want 2 and words that do not repeat the token", c, status, all)
		}
	}
}

// TestSettingsDefaults: Loopback is what the flags say without arguments, but
// for the ports.
func TestSettingsDefaults(t *testing.T) {
	got, err := settle(t, "")
	if err != nil {
		t.Fatal(err)
	}
	want := app.Loopback()
	want.SIP = []app.Listen{listen("127.0.0.1:5060", "")}
	want.HTTP = "127.0.0.1:8080"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("defaults\n%+v, want\n%+v", got, want)
	}
}

// TestSettingsEveryKey: a file of comments changes nothing, and the file that
// the README shows is accepted.
func TestSettingsEveryKey(t *testing.T) {
	want, err := settle(t, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := settle(t, "# nothing\n")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("an empty file gives %+v, %v; want %+v", got, err, want)
	}
	text := readmeFile(t)
	if _, err := settle(t, text); err != nil {
		t.Errorf("the README's file: %v", err)
	}
	fields := reflect.TypeFor[app.Config]()
	for i := range fields.NumField() {
		if key := fields.Field(i).Tag.Get("yaml"); key != "-" && !strings.Contains(text, key+":") {
			t.Errorf("the README's file does not show %s", key)
		}
	}
}

// readmeFile returns the one YAML example of the README.
func readmeFile(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```yaml\n")
	text, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the README shows no YAML file")
	}
	return text
}
