package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"partyline/bridge"
)

// Rule is one line of the admission list: conditions, all of which must hold,
// and what happens then. The first rule that matches a call decides.
//
// User and Caller are patterns for the whole text: a glob, in which * stands
// for any run of characters and ? for one, or a regular expression (RE2)
// between slashes. What the *, ? or groups of User matched can be used in
// Conference, Label and Coach as $1, $2, ... or ${name}; $$ is a dollar.
type Rule struct {
	// User matches the dialled user, percent-decoded. "" matches any.
	User string `yaml:"user"`
	// Caller matches the caller as "user@host". "" matches any.
	Caller string `yaml:"caller"`
	// Source lists the networks the call may come from. Empty matches any.
	Source []netip.Prefix `yaml:"source"`
	// Transport is "udp", "tcp" or "tls". "" matches any.
	Transport string `yaml:"transport"`

	// Refuse is 403 or 404 to refuse the call, 0 to admit it.
	Refuse int `yaml:"refuse"`
	// Conference is the friendly name to join. "" means the dialled user.
	Conference string `yaml:"conference"`
	// Account owns the conference. "" means the default account.
	Account string `yaml:"account"`

	// The participant's start values. Nil and "" leave the defaults.
	Label                  string  `yaml:"label"`
	Muted                  *bool   `yaml:"muted"`
	Beep                   string  `yaml:"beep"` // true, false, onEnter or onExit
	StartConferenceOnEnter *bool   `yaml:"start_conference_on_enter"`
	EndConferenceOnExit    *bool   `yaml:"end_conference_on_exit"`
	WaitURL                *string `yaml:"wait_url"`    // "" is silence
	WaitMethod             string  `yaml:"wait_method"` // GET or POST
	Coach                  string  `yaml:"coach"`       // call id or label
	MaxParticipants        int     `yaml:"max_participants"`
	JitterBufferSize       string  `yaml:"jitter_buffer_size"` // off, small, medium or large
}

// ValidateRules returns what is wrong with the rules, every error of every
// rule with its index and field.
func ValidateRules(rules []Rule) error {
	_, err := compile(rules, "")
	return err
}

// compiled is a rule whose patterns are ready to match.
type compiled struct {
	Rule
	user, caller *regexp.Regexp // nil matches any
	beep         bridge.Beep
	jitterBuffer bridge.JitterBufferSize
}

// policy is the whole admission list.
type policy struct {
	account string // where rules name none
	rules   []compiled
}

func compile(rules []Rule, account string) (*policy, error) {
	p := &policy{account: account}
	var all error
	for i, r := range rules {
		c, err := r.compile()
		if err != nil {
			all = errors.Join(all, prefixed(i, err))
		}
		p.rules = append(p.rules, c)
	}
	return p, all
}

// prefixed puts the index of a rule in front of each of its errors.
func prefixed(i int, err error) error {
	var all error
	for line := range strings.SplitSeq(err.Error(), "\n") {
		all = errors.Join(all, fmt.Errorf("rule %d: %s", i, line))
	}
	return all
}

func (r Rule) compile() (compiled, error) {
	def := bridge.DefaultStartOptions()
	c := compiled{Rule: r, beep: def.Beep, jitterBuffer: def.JitterBufferSize}
	var all error
	wrong := func(field, format string, args ...any) {
		all = errors.Join(all, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	var err error
	if c.user, err = pattern(r.User); err != nil {
		wrong("user", "%v", err)
	}
	if c.caller, err = pattern(r.Caller); err != nil {
		wrong("caller", "%v", err)
	}
	if !oneOf(r.Transport, "", "udp", "tcp", "tls") {
		wrong("transport", "%q is not udp, tcp or tls", r.Transport)
	}
	if r.Refuse != 0 && r.Refuse != 403 && r.Refuse != 404 {
		wrong("refuse", "%d is not 403 or 404", r.Refuse)
	}
	if r.Beep != "" {
		beep, ok := beeps[strings.ToLower(r.Beep)]
		if !ok {
			wrong("beep", "%q is not true, false, onEnter or onExit", r.Beep)
		}
		c.beep = beep
	}
	if r.JitterBufferSize != "" {
		size, ok := jitterBufferSizes[strings.ToLower(r.JitterBufferSize)]
		if !ok {
			wrong("jitter_buffer_size", "%q is not off, small, medium or large", r.JitterBufferSize)
		}
		c.jitterBuffer = size
	}
	if !oneOf(strings.ToUpper(r.WaitMethod), "", "GET", "POST") {
		wrong("wait_method", "%q is not GET or POST", r.WaitMethod)
	}
	if r.MaxParticipants < 0 {
		wrong("max_participants", "%d is negative", r.MaxParticipants)
	}
	for _, t := range []struct{ field, text string }{
		{"conference", r.Conference}, {"label", r.Label}, {"coach", r.Coach},
	} {
		if err := checkTemplate(t.text, c.user); err != nil {
			wrong(t.field, "%v", err)
		}
	}
	return c, all
}

var beeps = map[string]bridge.Beep{
	"true":    bridge.BeepAlways,
	"false":   bridge.BeepNever,
	"onenter": bridge.BeepOnEnter,
	"onexit":  bridge.BeepOnExit,
}

var jitterBufferSizes = map[string]bridge.JitterBufferSize{
	"off":    bridge.JitterOff,
	"small":  bridge.JitterSmall,
	"medium": bridge.JitterMedium,
	"large":  bridge.JitterLarge,
}

func oneOf(s string, of ...string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

// pattern compiles a glob or a /regular expression/, nil for "".
func pattern(s string) (*regexp.Regexp, error) {
	if s == "" {
		return nil, nil
	}
	if len(s) >= 2 && s[0] == '/' && s[len(s)-1] == '/' {
		return regexp.Compile(`^(?:` + s[1:len(s)-1] + `)$`)
	}
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for _, c := range s {
		switch c {
		case '*':
			b.WriteString(`(.*)`)
		case '?':
			b.WriteString(`(.)`)
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.Compile(b.String() + `$`)
}

var reference = regexp.MustCompile(`\$(\$|\{\w+\}|\w+|)`)

// checkTemplate refuses references to groups that the pattern does not have:
// they would silently become "".
func checkTemplate(text string, user *regexp.Regexp) error {
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		name := strings.Trim(m[1], "{}")
		switch {
		case m[1] == "$":
		case name == "":
			return errors.New("a dollar is written $$")
		case !hasGroup(user, name):
			return fmt.Errorf("user has no group $%s", name)
		}
	}
	return nil
}

func hasGroup(re *regexp.Regexp, name string) bool {
	if re == nil {
		return false
	}
	for i, n := range re.SubexpNames() {
		if n == name || fmt.Sprint(i) == name {
			return true
		}
	}
	return false
}
