package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// maxDigits is how many digits and pauses SendDigits takes and keeps waiting.
const maxDigits = 128

// How a digit is sent, in frames of 20 ms. Receivers must hear a tone of 40 ms
// and a pause of 40 ms (ITU-T Q.24 table A-1); gateways that make a tone of the
// event again, and the networks behind them, want more: 100 ms each is what
// handsets send. A packet every frame is the update interval of the audio
// (RFC 4733 section 2.5.1.2). The last packet comes three times, an interval
// apart (section 2.5.1.4); the first two intervals of the gap carry the
// repetitions.
const (
	eventFrames = 5
	eventEnds   = 3
	gapFrames   = 5
	digitFrames = eventFrames + gapFrames
	shortPause  = 25 // 'w'
	longPause   = 50 // 'W'
)

// eventVolume is the power of a tone made of the event, in -dBm0: what
// handsets say.
const eventVolume = 10

// The reasons SendDigits refuses for.
var (
	ErrNoEvents      = errors.New("media: telephone-event was not negotiated")
	ErrBadDigit      = errors.New("media: not a digit")
	ErrTooManyDigits = fmt.Errorf("media: more than %d digits", maxDigits)
)

// SendDigits sends digits to the phone as telephone-events (RFC 4733), from
// the next WriteFrame on, in the place of audio. Besides 0 to 9, *, # and A to D
// it takes w for a pause of half a second and W for one of a second. All of
// them are taken or, with an error, none: ErrBadDigit names the character,
// ErrTooManyDigits says that too much waits already, and ErrNoEvents that the
// phone does not know telephone-event.
//
// Digits wait while the direction forbids sending or no address is known; one
// that has begun goes on in time, unsent. A Configure without telephone-event
// drops those that wait.
func (l *Leg) SendDigits(digits string) error {
	if l.params.DTMFTx == 0 {
		return ErrNoEvents
	}
	for _, c := range digits {
		if !dialable(c) {
			return fmt.Errorf("%w: %q", ErrBadDigit, c)
		}
	}
	if !l.tx.digits.add(digits) {
		return ErrTooManyDigits
	}
	return nil
}

// SendingDigits reports whether digits wait or are on their way.
func (l *Leg) SendingDigits() bool { return l.tx.digits.busy() }

// dialable reports whether c is a digit or a pause.
func dialable(c rune) bool {
	return c == 'w' || c == 'W' || c < 0x80 && strings.IndexByte(eventKeys, byte(c)) >= 0
}

// keypad presses the digits to be sent, one after the other.
type keypad struct {
	kind  uint8  // payload type, 0 when telephone-event was not negotiated
	key   byte   // digit or pause on its way, 0 for none
	n     int    // digits in queue
	head  int    // the next of them
	step  int    // frames of key that have passed
	clock int    // Hz
	ts    uint32 // of the beginning of key
	queue [maxDigits]byte
}

// configure sets how events are sent. One on its way keeps its time.
func (k *keypad) configure(kind uint8, clock int) {
	if clock <= 0 {
		clock = 8000
	}
	k.kind, k.clock = kind, clock
	if kind == 0 {
		k.n, k.key = 0, 0
	}
}

// add queues digits, all or none.
func (k *keypad) add(digits string) bool {
	if k.n+len(digits) > maxDigits {
		return false
	}
	for i := range len(digits) {
		k.queue[(k.head+k.n)%maxDigits] = digits[i]
		k.n++
	}
	return true
}

func (k *keypad) busy() bool { return k.n > 0 || k.key != 0 }

// frames is how long the current key takes.
func (k *keypad) frames() int {
	switch k.key {
	case 'w':
		return shortPause
	case 'W':
		return longPause
	}
	return digitFrames
}

// pass lets n frames of the current key go by.
func (k *keypad) pass(n int) {
	if k.key == 0 {
		return
	}
	if k.step += n; k.step >= k.frames() {
		k.key = 0
	}
}

// next begins the next key when none is on its way, and reports whether the
// frame now due belongs to an event rather than to audio.
func (k *keypad) next() (event bool) {
	if k.key == 0 && k.n > 0 {
		k.key, k.step = k.queue[k.head], 0
		k.head = (k.head + 1) % maxDigits
		k.n--
	}
	return k.key != 0 && k.key != 'w' && k.key != 'W' && k.step < eventFrames+eventEnds-1
}

// payload writes the event as it stands at the end of this frame (RFC 4733
// section 2.3).
func (k *keypad) payload(b []byte) {
	b[0], b[1] = byte(strings.IndexByte(eventKeys, k.key)), eventVolume
	if k.step >= eventFrames-1 {
		b[1] |= 0x80
	}
	frames := min(k.step+1, eventFrames)
	binary.BigEndian.PutUint16(b[2:], uint16(frames*k.clock/framesPerSecond))
}

// event sends the event packet of this frame in the place of audio, if a digit
// is on its way. All packets of an event carry the timestamp of its beginning,
// on the time line of the audio whatever the clock of its duration.
func (s *sender) event(via Socket, to netip.AddrPort) bool {
	k := &s.digits
	event := k.next()
	if event {
		s.flush(to)
		s.dispatch(via)
		if k.step == 0 {
			k.ts = s.ts
			s.stats.Digits++
		}
		k.payload(s.buf[headerSize:])
		s.send(k.kind, k.ts, 4, k.step == 0, to)
		s.pause(1)
	}
	k.pass(1)
	return event
}
