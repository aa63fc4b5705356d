package media

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// events are the telephone-event packets that went out.
func (x *post) events() (all []wirePacket) {
	for _, p := range x.out.packets {
		if p.kind == 101 {
			all = append(all, p)
		}
	}
	return all
}

// duration and end are those of an event packet.
func (p *wirePacket) duration() int { return int(binary.BigEndian.Uint16(p.payload[2:])) }
func (p *wirePacket) end() bool     { return p.payload[1]&0x80 != 0 }

func TestSendDigits_OneEvent(t *testing.T) {
	for _, tc := range []struct {
		codec Codec
		clock int // of telephone-event
	}{{PCMU, 8000}, {G722, 8000}, {Opus, 48000}, {Opus, 8000}, {L16at16k, 16000}, {L16at48k, 48000}} {
		p := txParams(96, tc.codec, 20)
		p.DTMFClock = tc.clock
		x := newPost(p)
		x.speak(3)
		audio := len(x.out.packets)
		x.digits.add("#")
		before := x.timestamp()
		x.speak(10)
		sent := x.out.packets[audio:]
		for i, e := range sent[:7] {
			frames := min(i+1, 5)
			want(t, "payload type", e.kind, 101)
			want(t, "event", e.payload[0], 11)
			want(t, "volume", e.payload[1]&0x3F, 10)
			want(t, "marker", e.marker, i == 0)
			want(t, "timestamp", e.ts, before)
			want(t, "sequence", e.seq, sent[0].seq+uint16(i))
			want(t, "duration", e.duration(), frames*tc.clock/50)
			want(t, "end", e.end(), i >= 4)
		}
		want(t, "audio after it", sent[7].kind, 96)
		want(t, "its timestamp", sent[7].ts, before+7*uint32(tc.codec.ClockRate())/50)
		want(t, "its marker", sent[7].marker, true)
		want(t, "counted", x.stats.Digits, 1)
		want(t, "busy", x.digits.busy(), false)
	}
}

// Digits keep 100 ms from each other, whatever the packet time; audio that
// waited for a full packet goes out before them.
func TestSendDigits_InARow(t *testing.T) {
	for _, ptime := range []int{10, 20, 30, 40, 60} {
		x := newPost(txParams(0, PCMU, ptime))
		x.speak(4)
		x.digits.add("11w2W3")
		x.speak(150)
		var starts []uint32
		var keys []byte
		for _, e := range x.events() {
			if e.marker {
				starts, keys = append(starts, e.ts), append(keys, e.payload[0])
			}
		}
		want(t, "digits", string(keys), "\x01\x01\x02\x03")
		want(t, "events", len(x.events()), 4*7)
		for i, ms := range []uint32{200, 200 + 500, 200 + 1000} {
			want(t, "milliseconds to the next", (starts[i+1]-starts[i])/8, ms)
		}
		end := uint32(1<<32 - 100)
		for _, p := range x.out.packets {
			if p.kind == 0 {
				if p.ts != end && !p.marker {
					t.Errorf("ptime %d: a hole before %d", ptime, p.ts)
				}
				end = p.ts + uint32(len(p.payload))
			} else if p.marker {
				want(t, "audio until the digit", p.ts, end)
			}
		}
	}
}

// What waits for an address or for the end of a hold is sent then; what has
// begun passes in time.
func TestSendDigits_WhileNothingMayBeSent(t *testing.T) {
	x := newPost(txParams(0, PCMU, 20))
	to := x.to
	x.digits.add("12")
	x.to = netip.AddrPort{}
	x.speak(50)
	want(t, "sent to nowhere", len(x.out.packets), 0)
	x.to = to
	x.speak(3)
	x.to = netip.AddrPort{}
	x.speak(100)
	x.to = to
	x.speak(20)
	keys := map[byte]int{}
	for _, e := range x.events() {
		keys[e.payload[0]]++
	}
	want(t, "packets of 1", keys[1], 3)
	want(t, "packets of 2", keys[2], 7)
	want(t, "digits", x.stats.Digits, 2)
}

// A frame without audio leaves room for digits too.
func TestSendDigits_WithoutAudio(t *testing.T) {
	x := newPost(txParams(0, PCMU, 20))
	x.digits.add("A")
	for range 20 {
		x.frame(nil, false, &x.out, x.to)
		x.dispatch(&x.out)
	}
	want(t, "packets", len(x.out.packets), 7)
	want(t, "event", x.out.packets[0].payload[0], 12)
	want(t, "time", x.ts, x.start()+20*160)
}

func TestSendDigits_Errors(t *testing.T) {
	l := NewLeg(LegConfig{})
	if err := l.SendDigits("1"); err != ErrNoEvents {
		t.Errorf("before Configure: %v", err)
	}
	l.params.DTMFTx = 101
	l.tx.digits.configure(101, 8000)
	for _, bad := range []string{"1x", "1 2", "é", "a", "+1", "\x00", "\xff"} {
		if err := l.SendDigits(bad); !errors.Is(err, ErrBadDigit) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := l.SendDigits("12é"); err == nil || !strings.Contains(err.Error(), "'é'") {
		t.Errorf("the bad digit is not named: %v", err)
	}
	want(t, "sending after errors", l.SendingDigits(), false)
	if err := l.SendDigits("0123456789*#ABCDwW"); err != nil {
		t.Error(err)
	}
	want(t, "sending", l.SendingDigits(), true)
	if err := l.SendDigits(strings.Repeat("1", maxDigits)); err != ErrTooManyDigits {
		t.Errorf("too many: %v", err)
	}
	if err := l.SendDigits(strings.Repeat("1", maxDigits-18)); err != nil {
		t.Errorf("just enough: %v", err)
	}
	l.tx.digits.configure(0, 0)
	want(t, "sending without telephone-event", l.SendingDigits(), false)
}
