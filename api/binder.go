package api

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"partyline/bridge"
)

// maxURL is the longest URL in characters, as Telnyx documents it.
const maxURL = 2000

// binder takes typed values out of parameters. A parameter that is not there
// gives nil, or "". The first bad one is kept in err and names itself; once
// that is set the values mean nothing.
type binder struct {
	params params
	err    *problem
}

// fail keeps the first problem.
func (b *binder) fail(p *problem) {
	if b.err == nil {
		b.err = p
	}
}

// text returns a parameter as it came.
func (b *binder) text(name string) *string {
	p, ok := b.params[strings.ToLower(name)]
	if !ok {
		return nil
	}
	if p.compound {
		b.fail(valueProblem(name, "must not be an array or an object"))
	}
	return &p.text
}

// boolean returns a parameter that is true or false in any case.
func (b *binder) boolean(name string) *bool {
	text := b.text(name)
	if text == nil {
		return nil
	}
	value := strings.EqualFold(*text, "true")
	if !value && !strings.EqualFold(*text, "false") {
		b.fail(valueProblem(name, "must be true or false"))
	}
	return &value
}

// looseBoolean returns a parameter of which every value but true is false.
func (b *binder) looseBoolean(name string) *bool {
	text := b.text(name)
	if text == nil {
		return nil
	}
	value := strings.EqualFold(*text, "true")
	return &value
}

// word returns a parameter that is one of the words, in any case, as the list
// spells it, or "" when it is absent.
func (b *binder) word(name string, words ...string) string {
	text := b.text(name)
	if text == nil {
		return ""
	}
	for _, word := range words {
		if strings.EqualFold(*text, word) {
			return word
		}
	}
	b.fail(wordProblem(name, words))
	return ""
}

// prompt returns the audio that a URL and its method describe. An empty URL
// is silence where silence is meant to be possible. A method without a URL is
// checked and forgotten.
func (b *binder) prompt(urlName, methodName string, silence bool) *bridge.Prompt {
	method := b.method(methodName)
	text := b.text(urlName)
	if text == nil {
		return nil
	}
	if *text == "" && silence {
		return &bridge.Prompt{Method: method}
	}
	return &bridge.Prompt{URL: b.url(urlName, *text), Method: method}
}

// method returns GET, POST or, when absent, "".
func (b *binder) method(name string) string {
	text := b.text(name)
	if text == nil {
		return ""
	}
	if method := strings.ToUpper(*text); method == "GET" || method == "POST" {
		return method
	}
	b.fail(httpMethodProblem(name))
	return ""
}

// url checks an absolute http or https URL and returns it fit for a request
// line: spaces and other characters outside ASCII are escaped.
func (b *binder) url(name, text string) string {
	u, err := url.Parse(text)
	switch {
	case utf8.RuneCountInString(text) > maxURL:
		b.fail(urlProblem(name, "must have at most "+strconv.Itoa(maxURL)+" characters"))
	case strings.ContainsFunc(text, unicode.IsControl):
		b.fail(urlProblem(name, "must not contain control characters"))
	case err != nil || u.Hostname() == "" || !validPort(u.Port()):
		b.fail(urlProblem(name, "must be an absolute URL"))
	case u.Scheme != "http" && u.Scheme != "https":
		b.fail(urlProblem(name, "must be an http or https URL"))
	case u.User != nil:
		b.fail(urlProblem(name, "must not contain a user name or password"))
	default:
		return fitForRequest(u, text)
	}
	return ""
}

// validPort reports whether digits are a TCP port that can be dialled, or
// none at all.
func validPort(digits string) bool {
	port, err := strconv.ParseUint(digits, 10, 16)
	return digits == "" || err == nil && port > 0
}

// fitForRequest returns text as it is when it can stand in a request line, and
// the escaped form of u when it can not.
func fitForRequest(u *url.URL, text string) string {
	foreign := func(r rune) bool { return r <= ' ' || r > '~' }
	if !strings.ContainsFunc(text, foreign) {
		return text
	}
	var query strings.Builder
	for _, r := range u.RawQuery {
		if foreign(r) {
			query.WriteString(strings.ReplaceAll(url.QueryEscape(string(r)), "+", "%20"))
		} else {
			query.WriteRune(r)
		}
	}
	u.RawQuery = query.String()
	return u.String()
}
