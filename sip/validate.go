package sip

import (
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

// refusedMethods are methods that are known and not served.
var refusedMethods = map[sipgo.RequestMethod]bool{
	sipgo.REGISTER: true, sipgo.SUBSCRIBE: true, sipgo.NOTIFY: true,
	sipgo.PUBLISH: true, sipgo.MESSAGE: true,
	sipgo.REFER: true, sipgo.UPDATE: true, sipgo.PRACK: true,
}

// validate checks a request other than ACK and CANCEL in the order of RFC 3261
// section 8.2. What concerns syntax alone was checked by the gate. Max-Forwards
// and Proxy-Require don't matter: the request ends here.
func validate(req *sipgo.Request, initial bool) *refusal {
	if r := checkMethod(req.Method); r != nil {
		return r
	}
	switch scheme := req.Recipient.Scheme; {
	case scheme == "sip", scheme == "tel":
	case scheme == "sips" && strings.EqualFold(req.Transport(), "tls"):
	default:
		return refuse(statusUnsupportedScheme)
	}
	if unknown := headerList(req, "Require"); len(unknown) > 0 {
		return refuse(sipgo.StatusBadExtension, "Unsupported", strings.Join(unknown, ", "))
	}
	if req.IsInvite() && initial {
		return checkInvite(req)
	}
	return nil
}

func checkMethod(m sipgo.RequestMethod) *refusal {
	switch {
	case m == sipgo.INVITE, m == sipgo.BYE, m == sipgo.OPTIONS, m == sipgo.INFO:
		return nil
	case refusedMethods[m]:
		return refuse(sipgo.StatusMethodNotAllowed, "Allow", allow)
	}
	return refuse(sipgo.StatusNotImplemented, "Allow", allow)
}

// checkInvite checks what an INVITE that starts a dialog must have.
func checkInvite(req *sipgo.Request) *refusal {
	c := req.Contact()
	if c == nil || !isSIP(c.Address) || c.Address.Host == "" {
		return refuse(sipgo.StatusBadRequest, "Warning", warning(399, "Contact with a SIP URI required"))
	}
	if !acceptsSDP(req) {
		return refuse(sipgo.StatusNotAcceptable)
	}
	// Nothing here can be replaced (RFC 3891 section 3).
	switch len(headerList(req, "Replaces")) {
	case 0:
		return nil
	case 1:
		return refuse(sipgo.StatusCallTransactionDoesNotExists)
	}
	return refuse(sipgo.StatusBadRequest)
}

// acceptsSDP reports whether the answer may be SDP; without an Accept header
// it may (RFC 3261 section 20.1).
func acceptsSDP(req *sipgo.Request) bool {
	ranges := headerList(req, "Accept")
	if len(ranges) == 0 {
		return req.GetHeader("Accept") == nil
	}
	for _, r := range ranges {
		kind, _, _ := strings.Cut(r, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case sdpType, "application/*", "*/*", "*":
			return true
		}
	}
	return false
}

func isSIP(u sipgo.Uri) bool { return !u.Wildcard && (u.Scheme == "sip" || u.Scheme == "sips") }
