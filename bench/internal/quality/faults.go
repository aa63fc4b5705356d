package quality

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

// faultCases are about what the counters tell of faults.
func faultCases() []Case {
	return []Case{{ID: "Q23", Sent: "one fault of each kind in an otherwise clean call", Run: counters}}
}

// faults are things that happen once, and the counters that must tell, and no
// others. What is played in place of audio (concealed, underrun, inserted,
// dropped) is a consequence and not looked at here.
var faults = []struct {
	name, counters string
	// link, when set, treats packet n.
	link func(n int) time.Duration
	// happen, when set, runs before tick 100.
	happen func(c *call)
}{
	{"lost", "Lost", func(n int) time.Duration { return only(n, -1) }, nil},
	{"late", "Late", func(n int) time.Duration { return only(n, 150*time.Millisecond) }, nil},
	{"twice", "Duplicate", nil, func(c *call) {
		h := c.talker.phone.Header
		h.SequenceNumber--
		h.Timestamp -= frame
		c.talker.phone.SendRaw(h, pcmuFrame(), c.now)
	}},
	{"cut short", "Malformed", nil, func(c *call) { c.talker.phone.SendBytes(make([]byte, 11), c.now) }},
	{"too long", "Oversize", nil, func(c *call) { c.talker.phone.SendRaw(c.talker.phone.Header, make([]byte, 1400), c.now) }},
	{"stranger", "BadSource", nil, func(c *call) { c.attacker("127.0.0.66:5000").SendAt(loud, c.now) }},
	{"one packet of another SSRC", "Probation", nil, func(c *call) {
		h := c.talker.phone.Header
		h.SSRC++
		c.talker.phone.SendRaw(h, pcmuFrame(), c.now)
	}},
	{"payload type", "BadPayloadType", nil, func(c *call) {
		h := c.talker.phone.Header
		h.PayloadType = 18
		c.talker.phone.SendRaw(h, pcmuFrame(), c.now)
	}},
	{"RTCP astray", "StrayRTCP", nil, func(c *call) {
		c.talker.phone.SendBytes([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, c.now)
	}},
	{"timestamp", "TimestampJumps", nil, func(c *call) { c.talker.phone.Header.Timestamp += 10 * rate }},
	{"burst", "Overflow", nil, func(c *call) {
		for range 30 {
			c.talker.packet(c.now)
		}
	}},
}

// only is d for packet 100 and no delay for the others.
func only(n int, d time.Duration) time.Duration {
	if n == 100 {
		return d
	}
	return 0
}

func counters(t *Trial) {
	for _, f := range faults {
		c := newCall(1, noise(1))
		if f.link != nil {
			c.link(c.talker, netsim.Link{Shape: func(n int, _ time.Time) time.Duration { return f.link(n) }})
		}
		c.before = func() {
			if c.ticks == 100 && f.happen != nil {
				f.happen(c)
			}
		}
		c.run(200)
		t.text(f.name, moved(c.rx()), f.counters)
	}
}

// consequences are the counters of what was done about a fault, and of what
// is none.
var consequences = []string{"Packets", "Bytes", "Concealed", "Underrun", "Inserted", "Dropped", "SourceChange"}

// moved names the counters that are not 0.
func moved(s media.RxStats) string {
	var names []string
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Uint64 && v.Field(i).Uint() > 0 && !slices.Contains(consequences, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
