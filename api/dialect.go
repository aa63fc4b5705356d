package api

import (
	"net/url"
	"strings"
)

// dialect is the shape in which one vendor's clients want their answers.
type dialect struct {
	base            string // where the links of answers begin
	apiVersion      string
	defaultPageSize int
	ended           string // a participant's last status
	// looseMuted makes any Muted value other than true mean false.
	looseMuted bool
	// settable are the values a conference's Status may be set to.
	settable []string
	body     func(*problem) any // the body of a refusal
	status   func(*problem) int
}

var telnyx = &dialect{
	base:            "/v2/texml/Accounts/",
	apiVersion:      "v2/texml",
	defaultPageSize: 20,
	ended:           "completed",
	settable:        []string{"init", "in-progress", "completed"},
	body:            telnyxBody,
	status:          telnyxStatus,
}

var twilio = &dialect{
	base:            "/2010-04-01/Accounts/",
	apiVersion:      "2010-04-01",
	defaultPageSize: 50,
	ended:           "complete",
	looseMuted:      true,
	settable:        []string{"completed"},
	body:            twilioBody,
	status:          twilioStatus,
}

// link returns the host-relative URI, without suffix, of the resource the
// names lead to from an account.
func (d *dialect) link(account string, names ...string) string {
	var b strings.Builder
	b.WriteString(d.base)
	b.WriteString(url.PathEscape(account))
	for _, name := range names {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(name))
	}
	return b.String()
}
