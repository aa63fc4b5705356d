package sip

import (
	"mime"
	"strconv"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

// statusBadInfoPackage is 469 (RFC 6086 section 4.2.2).
const statusBadInfoPackage = 469

// What INFO bodies of digits call themselves. Neither is a standard; both are
// older than telephone-event, and phones still send them.
const (
	relayType = "application/dtmf-relay" // "Signal=5\r\nDuration=160"
	digitType = "application/dtmf"       // "5"
)

// onInfo takes the digits that a phone sends by signalling. An INFO without a
// body asks whether the dialog is alive (RFC 6086 section 4.2.2 has it answered
// with a 200).
func (d *dialog) onInfo(req *sipgo.Request, tx *sipgo.ServerTx) {
	digit, r := infoDigit(req)
	switch {
	case r != nil:
		d.s.refuse(req, tx, r)
		return
	case digit != 0 && d.party == nil:
		d.s.refuse(req, tx, refuseLater())
		return
	case digit != 0:
		if err := d.party.Digit(digit); err != nil {
			d.s.refuse(req, tx, refusalFor(err))
			return
		}
	}
	respond(tx, newResponse(req, sipgo.StatusOK))
}

// infoDigit is the digit in an INFO, 0 for none, or why it is refused.
func infoDigit(req *sipgo.Request) (byte, *refusal) {
	if headerValue(req, "Info-Package") != "" {
		return 0, refuse(statusBadInfoPackage, "Recv-Info", "")
	}
	text := strings.TrimSpace(string(req.Body()))
	if text == "" {
		return 0, nil
	}
	kind, _, _ := mime.ParseMediaType(headerValue(req, "Content-Type", "c"))
	switch kind {
	case relayType:
		text = signal(text)
	case digitType:
	default:
		return 0, refuse(sipgo.StatusUnsupportedMediaType, "Accept", relayType+", "+digitType)
	}
	digit, ok := digitOf(text)
	if !ok {
		return 0, refuse(sipgo.StatusBadRequest, "Warning", warning(399, "No digit in the body"))
	}
	return digit, nil
}

// signal is the value of the line "Signal=" in the body of a relayed digit.
func signal(text string) string {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(line, "=")
		if found && strings.EqualFold(strings.TrimSpace(key), "Signal") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// events are the digits in the order of their telephone-event codes (RFC 4733
// section 3.2), by which some phones name them.
const events = "0123456789*#ABCD"

// flash is the event code of a hook flash: no digit, and no mistake.
const flash = 16

// digitOf reads a digit, or its event code. A hook flash is 0.
func digitOf(text string) (digit byte, ok bool) {
	if len(text) == 1 {
		i := strings.Index(events, strings.ToUpper(text))
		return strings.ToUpper(text)[0], i >= 0
	}
	n, err := strconv.ParseUint(text, 10, 8)
	switch {
	case err != nil || n > flash:
		return 0, false
	case n == flash:
		return 0, true
	}
	return events[n], true
}
