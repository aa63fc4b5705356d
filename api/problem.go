package api

import (
	"strconv"
)

// problem is a refusal, in terms of both vendors. It is the error every
// handler returns for what it finds wrong itself.
type problem struct {
	status int    // HTTP status
	code   string // Telnyx error code
	title  string
	twilio int    // Twilio error code
	detail string // one sentence that names the parameter at fault
	param  string // that parameter as documented, "" when it is none
	// twilioStatus is the HTTP status under the Twilio prefix, 0 for the same.
	twilioStatus int
	retryAfter   int // seconds, 0 for no advice
}

// Error makes a problem an error.
func (p *problem) Error() string { return "api: " + p.detail }

type telnyxError struct {
	Code   string        `json:"code"`
	Title  string        `json:"title"`
	Detail string        `json:"detail"`
	Source *telnyxSource `json:"source,omitempty"`
	Meta   telnyxMeta    `json:"meta"`
}

type telnyxSource struct {
	Pointer string `json:"pointer"`
}

type telnyxMeta struct {
	URL string `json:"url"`
}

// telnyxBody renders a problem for the Telnyx prefixes.
func telnyxBody(p *problem) any {
	e := telnyxError{
		Code:   p.code,
		Title:  p.title,
		Detail: p.detail,
		Meta:   telnyxMeta{"https://developers.telnyx.com/docs/overview/errors/" + p.code},
	}
	if p.param != "" {
		e.Source = &telnyxSource{"/" + p.param}
	}
	return struct {
		Errors []telnyxError `json:"errors"`
	}{[]telnyxError{e}}
}

func telnyxStatus(p *problem) int { return p.status }

// twilioBody renders a problem for the Twilio prefix.
func twilioBody(p *problem) any {
	return struct {
		Code     int    `json:"code"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
		Status   int    `json:"status"`
	}{p.twilio, p.detail, "https://www.twilio.com/docs/errors/" + strconv.Itoa(p.twilio), twilioStatus(p)}
}

func twilioStatus(p *problem) int {
	if p.twilioStatus != 0 {
		return p.twilioStatus
	}
	return p.status
}
