package prompt

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// target says what to request.
type target struct {
	account string
	method  string
	url     *url.URL
	form    string // encoded fields of a POST
	rate    int
}

// newTarget returns the request for a document or a file at u with the given
// fields: a form in a POST, a query in a GET. A URL that names an audio file
// is requested exactly as it is.
func newTarget(req *Request, method string, u *url.URL) target {
	t := target{account: req.Account, method: strings.ToUpper(method), url: u, rate: req.Rate}
	if t.method == http.MethodPost {
		t.form = req.Params.Encode()
	} else if !namesAudio(u) {
		t.url = withQuery(u, req.Params)
	}
	return t
}

// withQuery returns u with those fields added to its query that it lacks.
func withQuery(u *url.URL, fields url.Values) *url.URL {
	has, missing := u.Query(), url.Values{}
	for k, v := range fields {
		if !has.Has(k) {
			missing[k] = v
		}
	}
	if len(missing) == 0 {
		return u
	}
	c := *u
	if c.RawQuery != "" {
		c.RawQuery += "&"
	}
	c.RawQuery += missing.Encode()
	return &c
}

// playTarget returns the request for the file of a Play.
func playTarget(req *Request, u *url.URL) target {
	return target{account: req.Account, method: http.MethodGet, url: u, rate: req.Rate}
}

// namesAudio reports whether the path of u ends like that of an audio file.
func namesAudio(u *url.URL) bool {
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".mp3", ".wav", ".wave", ".mpga", ".mp2", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac", ".aif", ".aiff", ".au", ".gsm", ".ulaw":
		return true
	}
	return false
}

// key identifies the target among what is shared. The form is part of it,
// because the answer to a POST may depend on it, unless the URL names a file.
func (t target) key() string {
	form := t.form
	if namesAudio(t.url) {
		form = ""
	}
	return strings.Join([]string{t.account, strconv.Itoa(t.rate), t.method, t.url.String(), form}, "\x00")
}
