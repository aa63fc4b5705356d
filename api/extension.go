package api

import (
	"fmt"
	"strings"

	"partyline/bridge"
)

// What a participant update takes beyond the vendors' parameters. Twilio has
// both names elsewhere: JitterBufferSize where a participant is dialled,
// SendDigits where a call is.

// sizes are the values of JitterBufferSize.
var sizes = []struct {
	name string
	size bridge.JitterBufferSize
}{
	{"off", bridge.JitterOff}, {"small", bridge.JitterSmall},
	{"medium", bridge.JitterMedium}, {"large", bridge.JitterLarge},
}

// SizeName spells the size of a jitter buffer: off, small, medium or large.
func SizeName(size bridge.JitterBufferSize) string {
	for _, s := range sizes {
		if s.size == size {
			return s.name
		}
	}
	return "unknown"
}

// jitterBufferSize returns a parameter that is the name of a size.
func (b *binder) jitterBufferSize(name string) *bridge.JitterBufferSize {
	if b.text(name) == nil {
		return nil
	}
	var names []string
	for _, s := range sizes {
		names = append(names, s.name)
	}
	word := b.word(name, names...)
	for _, s := range sizes {
		if s.name == word {
			return &s.size
		}
	}
	return nil // word has failed
}

// maxDigits is how many digits and pauses one update may send.
const maxDigits = 128

// digits returns a parameter that is digits and pauses. Letters are taken in
// any case, but for the pauses, of which W is the longer.
func (b *binder) digits(name string) *string {
	text := b.text(name)
	if text == nil {
		return nil
	}
	digits := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'd' {
			return r - 'a' + 'A'
		}
		return r
	}, *text)
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789*#ABCDwW") != "" {
		b.fail(valueProblem(name, fmt.Sprintf("must be 1 to %d of the digits 0-9, *, #, A-D and the pauses w (half a second) and W (a second)", maxDigits)))
	}
	return &digits
}
