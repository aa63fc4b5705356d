package media_test

import (
	"math"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

// digits takes all that wait.
func (r *rig) digits() string {
	var s []byte
	for {
		d, ok := r.leg.NextDigit()
		if !ok {
			return string(s)
		}
		s = append(s, d)
	}
}

// event sends one telephone-event packet with the phone's next sequence number.
func (r *rig) event(key byte, end bool, ts uint32, duration int) {
	h := r.phone.Header
	h.PayloadType, h.Timestamp = netsim.EventType, ts
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	r.phone.SendRaw(h, []byte{key, flags, byte(duration >> 8), byte(duration)}, r.now)
	r.phone.Header.SequenceNumber++
}

func TestR14_EachDigitOnce(t *testing.T) {
	for _, tc := range []struct {
		name string
		want string
		send func(r *rig)
	}{
		{"all sixteen", "0123456789*#ABCD", func(r *rig) {
			for k := range byte(16) {
				r.phone.Press(k, 5, r.now)
				r.run(3)
			}
		}},
		{"lost ends", "55", func(r *rig) {
			for range 2 {
				ts := r.phone.Header.Timestamp
				for i := range 5 {
					r.event(5, false, ts, (i+1)*frame)
				}
				r.phone.Header.Timestamp += 8 * frame
				r.run(3)
			}
		}},
		{"only ends", "55", func(r *rig) {
			for range 2 {
				ts := r.phone.Header.Timestamp
				for range 3 {
					r.event(5, true, ts, 5*frame)
				}
				r.phone.Header.Timestamp += 8 * frame
				r.run(3)
			}
		}},
		{"one end of three", "7", func(r *rig) {
			r.event(7, true, r.phone.Header.Timestamp, 5*frame)
		}},
		{"longer than 65,535 units", "3", func(r *rig) {
			ts := r.phone.Header.Timestamp
			r.event(3, false, ts, 0x8000)
			r.event(3, false, ts, 0xFFFF)
			ts += 0xFFFF
			r.event(3, false, ts, 160)
			r.event(3, false, ts, 320)
			r.event(3, true, ts, 480)
			r.event(3, true, ts, 480)
		}},
		{"back to back", "11", func(r *rig) {
			ts := r.phone.Header.Timestamp
			for range 2 {
				r.event(1, false, ts, 160)
				for range 3 {
					r.event(1, true, ts, 320)
				}
				ts += 320
			}
		}},
		{"40 ms short", "99", func(r *rig) {
			r.phone.Press(9, 2, r.now)
			r.phone.Press(9, 2, r.now)
		}},
		{"reordered ends", "24", func(r *rig) {
			ts := r.phone.Header.Timestamp
			r.event(2, false, ts, 160)
			r.event(4, false, ts+800, 160)
			r.event(2, true, ts, 480)
			r.event(4, true, ts+800, 480)
			r.event(2, true, ts, 480)
		}},
		{"timestamp wraps", "68", func(r *rig) {
			r.event(6, true, 1<<32-100, 160)
			r.event(8, true, 100, 160)
		}},
		{"too short, unknown, flash", "", func(r *rig) {
			r.event(16, true, r.phone.Header.Timestamp, 160)
			h := r.phone.Header
			h.PayloadType = netsim.EventType
			for n := range 4 {
				r.phone.SendRaw(h, make([]byte, n), r.now)
				h.SequenceNumber++
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			r.run(20)
			tc.send(r)
			r.run(20)
			wantEqual(t, "digits", r.digits(), tc.want)
			wantEqual(t, "counted", r.rx().Digits, uint64(len(tc.want)))
		})
	}
}

func TestR14_DigitsNobodyFetches(t *testing.T) {
	r := newRig(t)
	for range 40 {
		r.phone.Press(1, 2, r.now)
		r.run(1)
	}
	wantEqual(t, "dropped", r.rx().DigitsDropped, 8)
	wantEqual(t, "kept", len(r.digits()), 32)
}

// A phone that sends the tone as audio too, on an SSRC of its own.
func TestR15_ToneIsNotHeard(t *testing.T) {
	for _, ssrc := range []uint32{0, 999} {
		r := newRig(t)
		r.phone.Voice = nil
		dtmf := tone(941, 8000)
		event := r.phone.Header
		event.PayloadType = netsim.EventType
		if ssrc != 0 {
			event.SSRC = ssrc
			event.SequenceNumber = 7
		}
		r.after = func(tick int) {
			if tick > 40 && tick < 60 {
				r.phone.Voice = dtmf
				if ssrc == 0 {
					event.SequenceNumber = r.phone.Header.SequenceNumber
					r.phone.Header.SequenceNumber++
				}
				d := (tick - 40) * frame
				r.phone.SendRaw(event, []byte{0, 10, byte(d >> 8), byte(d)}, r.now)
				event.SequenceNumber++
			} else {
				r.phone.Voice = func(dst []int16) { clear(dst) }
			}
		}
		r.run(100)
		wantEqual(t, "digits", r.digits(), "0")
		leaked := 0
		for _, s := range r.voice {
			if s > 100 || s < -100 {
				leaked++
			}
		}
		if leaked > 2*frame {
			t.Errorf("SSRC %d: %d samples of the tone are heard", ssrc, leaked)
		}
		wantNone(t, "SSRC changes", r.rx().SSRCChanges)
		wantNone(t, "lost", r.rx().Lost)
	}
}

// Speech goes on after a digit without a gap in its numbering being taken for loss.
func TestR14_SpeechAfterADigit(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	voice := r.phone.Voice
	r.phone.Voice = nil
	h := r.phone.Header
	h.PayloadType = netsim.EventType
	for i := range 8 {
		r.phone.SendRaw(h, []byte{5, 10, 0, byte(i)}, r.now)
		h.SequenceNumber++
		r.run(1)
	}
	r.phone.Header.SequenceNumber = h.SequenceNumber
	r.phone.Voice = voice
	before := len(r.voice)
	r.run(60)
	s := r.rx()
	wantNone(t, "lost", s.Lost)
	wantNone(t, "concealed", s.Concealed)
	wantNone(t, "timestamp jumps", s.TimestampJumps)
	f := frames(r.voice[before:])
	wantRun(t, f[5:], 50)
}

// key is the tone of the key 5, from sample at on.
func key(dst []int16, at int) {
	for i := range dst {
		t := 2 * math.Pi * float64(at+i) / 8000
		dst[i] = int16(6000*math.Sin(770*t) + 6000*math.Sin(1336*t))
	}
}

// louder counts the samples of pcm beyond a peak.
func louder(pcm []int16, peak int16) (n int) {
	for _, s := range pcm {
		if s > peak || s < -peak {
			n++
		}
	}
	return n
}

// On a network that needs a long playout delay the tone is played long after
// its events came.
func TestR15_ToneIsNotHeardBehindALongDelay(t *testing.T) {
	for _, jitter := range []time.Duration{0, 60 * time.Millisecond, 150 * time.Millisecond} {
		r := newRig(t)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), jittery(jitter))
		h := r.phone.Header
		h.PayloadType, h.SSRC = netsim.EventType, 999
		pressed, at := false, 0
		r.phone.Voice = func(dst []int16) {
			if clear(dst); pressed {
				key(dst, at)
				at += len(dst)
			}
		}
		r.run(500) // the delay finds its length
		before := len(r.voice)
		pressed, h.Timestamp = true, r.phone.Header.Timestamp
		for i := range 10 {
			d := (i + 1) * frame
			r.phone.SendRaw(h, []byte{5, 10, byte(d >> 8), byte(d)}, r.now)
			h.SequenceNumber++
			r.run(1)
		}
		pressed = false
		r.run(50)
		wantEqual(t, "digits", r.digits(), "5")
		if n := louder(r.voice[before:], 100); n > 2*frame {
			t.Errorf("jitter %v, delay %v: %d samples of the tone are heard", jitter, r.rx().PlayoutDelay, n)
		}
	}
}

// clamping is a rig whose leg clamps tones.
func clamping(t *testing.T, events bool) *rig {
	r := newRig(t)
	rtp, rtcp, err := r.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1, CNAME: "leg", ClampDTMF: true})
	r.phone.Call(r.leg.LocalAddr())
	p := r.phone.Params()
	if !events {
		p.DTMFRx = 0
	}
	r.leg.Configure(netsim.Setup(p), r.now)
	return r
}

func TestR16_ToneInTheAudioIsMuted(t *testing.T) {
	for _, events := range []bool{false, true} {
		for _, ms := range []int{60, 100, 400} {
			r := clamping(t, events)
			n := 0
			r.phone.Voice = func(dst []int16) {
				clear(dst)
				for i := range dst { // it begins in the middle of a frame
					if at := n - 100*frame - 64; at >= 0 && at < ms*8 {
						key(dst[i:i+1], at)
					}
					n++
				}
			}
			r.run(150)
			want := "5"
			if events { // a phone that knows telephone-event presses keys by it
				want = ""
			}
			wantEqual(t, "digits", r.digits(), want)
			wantEqual(t, "in the audio", r.rx().InBandDigits, 1)
			if n := louder(r.voice, 100); n > 40*8 {
				t.Errorf("%d ms: %d samples of the tone are heard", ms, n)
			}
		}
	}
}

// The clamp leaves everything but digits as it is, byte for byte.
func TestR16_SpeechIsUntouched(t *testing.T) {
	r, plain := clamping(t, false), newRig(t)
	for _, r := range []*rig{r, plain} {
		a, b := tone(211, 7000), tone(1336, 7000)
		r.phone.Voice = func(dst []int16) {
			var other [frame]int16
			a(dst)
			b(other[:])
			for i := range dst {
				dst[i] += other[i]
			}
		}
		r.run(300)
	}
	for i, s := range plain.voice {
		if r.voice[i] != s {
			t.Fatalf("sample %d is %d, not %d", i, r.voice[i], s)
		}
	}
	wantNone(t, "digits", r.rx().InBandDigits)
}

// A whole pad goes out in packets of one sequence.
func TestSendDigits_WholePad(t *testing.T) {
	r := newRig(t)
	r.run(20)
	if err := r.leg.SendDigits("0123456789*#ABCD"); err != nil {
		t.Fatal(err)
	}
	r.run(200)
	wantEqual(t, "sending", r.leg.SendingDigits(), false)
	wantEqual(t, "sent", r.leg.Stats().Tx.Digits, 16)
	events := 0
	for i, h := range r.phone.Packets() {
		wantEqual(t, "sequence", h.SequenceNumber, r.phone.Packets()[0].SequenceNumber+uint16(i))
		if h.PayloadType == netsim.EventType {
			events++
		}
	}
	wantEqual(t, "event packets", events, 16*7)
}
