package sip

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"partyline/bridge"
)

const rulesYAML = `
- source: [192.0.2.0/24]
  refuse: 403
- user: "/^0(?P<n>\\d+)$/"
  transport: tls
  refuse: 404
- user: "/0(?P<n>\\d+)/"
  caller: "*@trunk.example.com"
  source: [198.51.100.0/24, "2001:db8::/32"]
  conference: "conf-${n}"
  account: AC2
  label: "guest-$1"
  muted: true
  beep: onEnter
  start_conference_on_enter: false
  end_conference_on_exit: true
  wait_url: ""
  wait_method: get
  coach: "boss$$"
  max_participants: 7
  jitter_buffer_size: Small
- user: "team-*-?"
  conference: "$1"
  beep: false
- user: lobby
`

func rulesOf(t *testing.T, text string) []Rule {
	t.Helper()
	var rules []Rule
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestAdmission(t *testing.T) {
	p, err := compile(rulesOf(t, rulesYAML), "AC1")
	if err != nil {
		t.Fatal(err)
	}
	silence := ""
	def := bridge.DefaultStartOptions()
	quiet := def
	quiet.Beep = bridge.BeepNever
	for _, c := range []struct {
		name, user, from, source, transport string
		want                                admission
		code                                int
	}{
		{"everything set", "042", "+49@trunk.example.com", "198.51.100.7", "udp", admission{"AC2", "conf-42", bridge.StartOptions{
			Label: "guest-42", Muted: true, Beep: bridge.BeepOnEnter, EndConferenceOnExit: true,
			WaitURL: &silence, WaitMethod: "GET", Coach: "boss$", MaxParticipants: 7, JitterBufferSize: bridge.JitterSmall}}, 0},
		{"IPv6 source", "01", "x@trunk.example.com", "2001:db8::1", "udp", admission{"AC2", "conf-1", bridge.StartOptions{
			Label: "guest-1", Muted: true, Beep: bridge.BeepOnEnter, EndConferenceOnExit: true,
			WaitURL: &silence, WaitMethod: "GET", Coach: "boss$", MaxParticipants: 7, JitterBufferSize: bridge.JitterSmall}}, 0},
		{"S29 refused source", "lobby", "a@b", "192.0.2.3", "udp", admission{}, 403},
		{"first match wins", "042", "x@trunk.example.com", "198.51.100.7", "tls", admission{}, 404},
		{"other caller", "042", "x@elsewhere", "198.51.100.7", "udp", admission{}, 404},
		{"other source", "042", "x@trunk.example.com", "203.0.113.1", "udp", admission{}, 404},
		{"glob with groups", "team-red-7", "a@b", "203.0.113.1", "udp", admission{"AC1", "red", quiet}, 0},
		{"glob matches all of it", "a team-red-7", "a@b", "203.0.113.1", "udp", admission{}, 404},
		{"renamed to nothing", "team--7", "a@b", "203.0.113.1", "udp", admission{}, 404},
		{"as dialled", "lobby", "a@b", "203.0.113.1", "udp", admission{"AC1", "lobby", def}, 0},
		{"S28 no rule", "nothing", "a@b", "203.0.113.1", "udp", admission{}, 404},
		{"names are case-sensitive", "Lobby", "a@b", "203.0.113.1", "udp", admission{}, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, r := p.admit(caller{c.user, c.from, netip.MustParseAddr(c.source), c.transport})
			code := 0
			if r != nil {
				code = r.code
			}
			if code != c.code {
				t.Fatalf("code %d, want %d", code, c.code)
			}
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(admission{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNoRulesAdmitAll(t *testing.T) {
	p, err := compile(nil, "AC1")
	if err != nil {
		t.Fatal(err)
	}
	got, r := p.admit(caller{user: "any name"})
	if want := (admission{"AC1", "any name", bridge.DefaultStartOptions()}); r != nil || got != want {
		t.Errorf("got %+v, %v", got, r)
	}
}

func TestBeepSettings(t *testing.T) {
	for text, want := range map[string]bridge.Beep{
		"true": bridge.BeepAlways, "false": bridge.BeepNever, "onEnter": bridge.BeepOnEnter,
		"onExit": bridge.BeepOnExit, "ONEXIT": bridge.BeepOnExit, `""`: bridge.DefaultStartOptions().Beep,
	} {
		p, err := compile(rulesOf(t, "- beep: "+text), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.rules[0].beep; got != want {
			t.Errorf("beep: %s is %v, want %v", text, got, want)
		}
	}
}

func TestJitterBufferSizes(t *testing.T) {
	for text, want := range map[string]bridge.JitterBufferSize{
		`"off"`: bridge.JitterOff, "small": bridge.JitterSmall, "medium": bridge.JitterMedium,
		"large": bridge.JitterLarge, `""`: bridge.JitterLarge, "Off": bridge.JitterOff,
	} {
		p, err := compile(rulesOf(t, "- jitter_buffer_size: "+text), "")
		if err != nil {
			t.Fatal(err)
		}
		if a, r := p.admit(caller{user: "x"}); r != nil || a.options.JitterBufferSize != want {
			t.Errorf("jitter_buffer_size: %s is %v, want %v", text, a.options.JitterBufferSize, want)
		}
	}
}

func TestRuleErrors(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{`{user: "/(/"}`, "rule 1: user: error parsing regexp"},
		{`{caller: "/[/"}`, "rule 1: caller: error parsing regexp"},
		{`{transport: sctp}`, `rule 1: transport: "sctp" is not udp, tcp or tls`},
		{`{refuse: 486}`, "rule 1: refuse: 486 is not 403 or 404"},
		{`{beep: loud}`, `rule 1: beep: "loud" is not true, false, onEnter or onExit`},
		{`{wait_method: PUT}`, `rule 1: wait_method: "PUT" is not GET or POST`},
		{`{jitter_buffer_size: huge}`, `rule 1: jitter_buffer_size: "huge" is not off, small, medium or large`},
		{`{max_participants: -1}`, "rule 1: max_participants: -1 is negative"},
		{`{user: "a*", conference: "$2"}`, "rule 1: conference: user has no group $2"},
		{`{user: "a*", label: "${name}"}`, "rule 1: label: user has no group $name"},
		{`{coach: "$1"}`, "rule 1: coach: user has no group $1"},
		{`{conference: "5 $"}`, "rule 1: conference: a dollar is written $$"},
		{`{refuse: 1, beep: x}`, "rule 1: beep:"},
		{`{user: "a*", conference: "$1x"}`, "rule 1: conference: user has no group $1x"},
	} {
		err := ValidateRules(rulesOf(t, "- {}\n- "+c.rule))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.rule, err, c.want)
		}
	}
	if _, err := New(Options{Rules: []Rule{{Refuse: 1}}}); err == nil {
		t.Error("New takes a wrong rule")
	}
}

// S28, svwar: nobody can tell a conference that exists from one that does not.
func TestS28_SameAnswerForAll(t *testing.T) {
	inBubble(t, func(x *setup) {
		inside := x.phone(alice)
		inside.uri = "sip:open@127.0.0.1"
		inside.call()
		p := x.phone("127.0.0.3:5070")
		var answers []string
		for _, user := range []string{"open", "closed", "missing"} {
			p.uri = "sip:" + user + "@127.0.0.1"
			p.request("INVITE", "From: <sip:stranger@example.com>;tag=1")
			m := p.wantRefused(404)
			answers = append(answers, strings.NewReplacer(user, "", m.get("Via"), "", m.get("CSeq"), "", tagOf(m.get("To")), "").Replace(m.raw))
		}
		if answers[0] != answers[1] || answers[1] != answers[2] {
			t.Errorf("answers differ:\n%s", strings.Join(answers, "\n"))
		}
		inside.hangUp()
	}, func(o *Options) { o.Rules = []Rule{{Caller: "alice@*"}} })
}

func TestDirectHop(t *testing.T) {
	for _, c := range []struct{ contact, source, want string }{
		{"sip:a@192.168.1.5:5062", "203.0.113.9:41000", "203.0.113.9:41000"}, // behind a NAT
		{"sip:a@192.168.1.5:5062", "192.168.1.5:41000", "192.168.1.5:5062"},
		{"sip:a@203.0.113.9", "203.0.113.9:41000", "203.0.113.9:5060"},
		{"sip:a@198.51.100.1", "203.0.113.9:5060", "198.51.100.1:5060"}, // a proxy that stayed out
		{"sip:a@phone.example.com:5070", "203.0.113.9:41000", "phone.example.com:5070"},
		{"sip:a@100.64.3.4", "203.0.113.9:41000", "203.0.113.9:41000"},
		{"sip:a@[2001:db8::1]:5070", "[2001:db8::1]:5070", "[2001:db8::1]:5070"},
		{"sip:a@x;maddr=198.51.100.7", "203.0.113.9:41000", "198.51.100.7:5060"},
	} {
		if got := directHop(mustURI(t, c.contact), c.source); got != c.want {
			t.Errorf("Contact %s from %s: sent to %s, want %s", c.contact, c.source, got, c.want)
		}
	}
}
