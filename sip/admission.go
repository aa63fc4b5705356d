package sip

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
)

// maxName bounds the length of a conference name in bytes.
const maxName = 128

// caller is what the rules know about a call.
type caller struct {
	user      string // dialled, percent-decoded
	from      string // user@host
	source    netip.Addr
	transport string // "udp"
}

// admission is a call's place, as the rules decided it.
type admission struct {
	account, conference string
	options             bridge.StartOptions
}

// admit applies the rules. A conference that may not be joined and one that
// does not exist are both answered 404, unless a rule says 403, so that nobody
// finds out names by dialling.
func (p *policy) admit(c caller) (admission, *refusal) {
	if !validName(c.user) {
		return admission{}, refuse(sipgo.StatusNotFound)
	}
	if len(p.rules) == 0 {
		return admission{p.account, c.user, bridge.DefaultStartOptions()}, nil
	}
	for i := range p.rules {
		r := &p.rules[i]
		if !r.matches(c) {
			continue
		}
		if r.Refuse != 0 {
			return admission{}, refuse(r.Refuse)
		}
		return r.apply(c, p.account)
	}
	return admission{}, refuse(sipgo.StatusNotFound)
}

func (r *compiled) matches(c caller) bool {
	switch {
	case r.user != nil && !r.user.MatchString(c.user),
		r.caller != nil && !r.caller.MatchString(c.from),
		r.Transport != "" && r.Transport != c.transport:
		return false
	case len(r.Source) == 0:
		return true
	}
	for _, network := range r.Source {
		if network.Contains(c.source) {
			return true
		}
	}
	return false
}

// apply makes the admission that a matching rule describes.
func (r *compiled) apply(c caller, account string) (admission, *refusal) {
	a := admission{account: account, conference: c.user, options: bridge.DefaultStartOptions()}
	if r.Conference != "" {
		a.conference = expand(r.Conference, r.user, c.user)
	}
	if !validName(a.conference) {
		return admission{}, refuse(sipgo.StatusNotFound)
	}
	if r.Account != "" {
		a.account = r.Account
	}
	o := &a.options
	o.Label = expand(r.Label, r.user, c.user)
	o.Beep = r.beep
	o.WaitURL = r.WaitURL
	o.WaitMethod = strings.ToUpper(r.WaitMethod)
	o.Coach = expand(r.Coach, r.user, c.user)
	o.MaxParticipants = r.MaxParticipants
	o.JitterBufferSize = r.jitterBuffer
	setIf(&o.Muted, r.Muted)
	setIf(&o.StartConferenceOnEnter, r.StartConferenceOnEnter)
	setIf(&o.EndConferenceOnExit, r.EndConferenceOnExit)
	return a, nil
}

func setIf(dst *bool, v *bool) {
	if v != nil {
		*dst = *v
	}
}

// expand fills the groups that re finds in user into a template.
func expand(template string, re *regexp.Regexp, user string) string {
	if re == nil {
		return strings.ReplaceAll(template, "$$", "$")
	}
	return string(re.ExpandString(nil, template, user, re.FindStringSubmatchIndex(user)))
}

// validName reports whether a name may be a conference's.
func validName(s string) bool {
	return s != "" && len(s) <= maxName && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// callerOf collects what the rules look at.
func callerOf(req *sipgo.Request) caller {
	source, _ := netip.ParseAddrPort(req.Source())
	return caller{
		user:      dialledUser(&req.Recipient),
		from:      callerName(&req.From().Address),
		source:    source.Addr().Unmap(),
		transport: sipgo.NetworkToLower(req.Transport()),
	}
}

// callerName is a caller as rules see it: user@host, or a tel URI's number.
func callerName(u *sipgo.Uri) string {
	if u.Scheme == "tel" {
		return dialledUser(u)
	}
	return u.User + "@" + u.Host
}

// addressOf is a URI without parameters and headers, as the API shows it.
func addressOf(u *sipgo.Uri) string {
	if isSIP(*u) {
		return u.Addr()
	}
	bare, _, _ := strings.Cut(u.String(), ";")
	return bare
}

// dialledUser is the user part of a SIP URI, or the number of a tel URI
// without its visual separators (RFC 3966 section 3). "" if it can't be
// decoded.
func dialledUser(u *sipgo.Uri) string {
	if u.Scheme == "tel" {
		number, _, _ := strings.Cut(u.Raw(), ";")
		return strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(number)
	}
	user, err := url.PathUnescape(u.User)
	if err != nil {
		return ""
	}
	return user
}
