package bridge

import (
	"strings"
	"time"
)

// digits are the DTMF digits there are.
const digits = "0123456789*#ABCD"

// Digit reports a digit that came by signalling, outside of RTP. It becomes an
// event like the others and is heard by nobody. Bytes that are no digit are left
// out. The error is ErrBusy when the conference's queue is full; then the digit
// is lost.
func (p *Participant) Digit(digit byte) error {
	if strings.IndexByte(digits, digit) < 0 {
		return nil
	}
	select {
	case p.p.conf.commands <- &digitCommand{p.p, digit}:
		return nil
	default:
		return ErrBusy
	}
}

// digitCommand tells of a digit.
type digitCommand struct {
	p     *party
	digit byte
}

func (k *digitCommand) apply(c *conference, _ time.Time) reply {
	if k.p.leaving == "" {
		c.emit(Event{Type: EventDigit, Digit: string(rune(k.digit))}, k.p)
	}
	return reply{}
}
