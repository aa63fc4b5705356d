package media_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
)

// heardFrames is the rig's counting voice as it came out, silence left out at
// the start.
func (r *rig) heardFrames() []int {
	f := frames(r.voice)
	for len(f) > 0 && f[0] < 0 {
		f = f[1:]
	}
	return f
}

// count makes the phone say frames that can be told apart.
func (r *rig) count() *rig {
	r.phone.Voice = r.saying(counting())
	return r
}

// wantRun says that frames count up by one each, for at least n of them.
func wantRun(t *testing.T, f []int, n int) {
	t.Helper()
	if len(f) < n {
		t.Fatalf("only %d frames were heard, want %d", len(f), n)
	}
	for i := 1; i < len(f); i++ {
		if f[i] != (f[i-1]+1)%100 {
			t.Fatalf("frame %d of %d: %d follows %d", i, len(f), f[i], f[i-1])
		}
	}
}

func TestR01_NewSSRC(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	before := len(r.voice)
	r.phone.Header.SSRC++
	r.phone.Header.SequenceNumber = 40000
	r.phone.Header.Timestamp = 7
	r.run(50)
	wantEqual(t, "SSRC changes", r.rx().SSRCChanges, 1)
	f := frames(r.voice[before:])
	first := slices.IndexFunc(f[2:], func(n int) bool { return n >= 51 }) + 2
	if first < 2 || first > 5 {
		t.Errorf("audio again after %d frames: %v", first, f[:10])
	}
	wantRun(t, f[first:], 40)
	if d := r.rx().PlayoutDelay; d > 30*time.Millisecond {
		t.Errorf("delay %v", d)
	}
}

func TestR01_TwoSSRCsAtOnce(t *testing.T) {
	r := newRig(t).count()
	other := rtp.Header{Version: 2, SSRC: 99, SequenceNumber: 5}
	r.after = func(int) {
		for range 2 { // in a row, as after a change
			r.phone.SendRaw(other, make([]byte, frame), r.now)
			other.SequenceNumber++
			other.Timestamp += frame
		}
	}
	r.run(100)
	wantNone(t, "SSRC changes", r.rx().SSRCChanges)
	wantRun(t, r.heardFrames(), 95)
}

func TestR02_SequenceWraps(t *testing.T) {
	r := newRig(t).count()
	r.phone.Header.SequenceNumber = 65500
	r.run(100)
	wantClean(t, r.rx())
	wantRun(t, r.heardFrames(), 95)
}

func TestR03_TimestampWraps(t *testing.T) {
	r := newRig(t).count()
	r.phone.Header.Timestamp = 1<<32 - 20*frame
	r.run(100)
	wantClean(t, r.rx())
	wantRun(t, r.heardFrames(), 95)
}

func TestR04_TimestampJumpsAhead(t *testing.T) {
	for _, marker := range []bool{false, true} {
		r := newRig(t).count()
		r.run(50)
		r.phone.Header.Timestamp += 10 * 8000
		r.phone.Header.Marker = marker
		r.run(50)
		wantRun(t, r.heardFrames(), 95)
		wantEqual(t, "timestamp jumps", r.rx().TimestampJumps, 1)
	}
}

func TestR05_TimestampGoesBack(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	r.phone.Header.Timestamp -= 10 * 8000
	r.run(50)
	wantRun(t, r.heardFrames(), 95)
	wantEqual(t, "timestamp jumps", r.rx().TimestampJumps, 1)
}

func TestR05_TimestampStandsStill(t *testing.T) {
	r := newRig(t).count()
	ts := r.phone.Header.Timestamp
	r.after = func(int) { r.phone.Header.Timestamp = ts }
	r.run(100)
	wantRun(t, r.heardFrames(), 95)
	if n := r.rx().TimestampJumps; n < 95 {
		t.Errorf("%d timestamp jumps counted", n)
	}
}

func TestR06_Reordered(t *testing.T) {
	for depth := 1; depth <= 5; depth++ {
		r := newRig(t).count()
		// Every eighth packet is overtaken by depth others.
		r.net.SetLinkFrom(r.phone.Addr().Addr(), shaped(func(n int) time.Duration {
			if n%8 == 3 {
				return time.Duration(depth)*framely + time.Millisecond
			}
			return 0
		}))
		r.run(700)
		f := r.heardFrames()
		wantRun(t, f[len(f)-100:], 100)
		late := r.rx().Late
		r.run(100)
		wantEqual(t, "late once adapted", r.rx().Late, late)
	}
}

func TestR07_EveryPacketTwice(t *testing.T) {
	r := newRig(t).count()
	r.net.SetLinkFrom(r.phone.Addr().Addr(), duplicated())
	r.run(100)
	wantRun(t, r.heardFrames(), 95)
	if n := r.rx().Duplicate; n < 98 {
		t.Errorf("%d duplicates", n)
	}
	wantNone(t, "late", r.rx().Late)
	wantNone(t, "concealed", r.rx().Concealed)
}

func TestR08_LossIsCountedAndTheRestIsExact(t *testing.T) {
	for _, loss := range []float64{0.01, 0.03, 0.05, 0.1, 0.2} {
		r := newRig(t)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), lossy(loss))
		r.run(2000)
		s := r.rx()
		if got := float64(s.Lost) / 2000; math.Abs(got-loss) > loss/3 {
			t.Errorf("loss %v measured as %v", loss, got)
		}
		if s.Concealed > s.Lost+2 || s.Concealed+2 < s.Lost {
			t.Errorf("%d lost, %d concealed", s.Lost, s.Concealed)
		}
		wantNone(t, "late", s.Late)
		wantNone(t, "inserted", s.Inserted)
		wantNone(t, "dropped", s.Dropped)
	}
}

func TestR09_BurstsFadeWithin60ms(t *testing.T) {
	for _, burst := range []int{3, 5, 10} {
		r := newRig(t)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), shaped(func(n int) time.Duration {
			if n >= 100 && n < 100+burst {
				return -1
			}
			return 0
		}))
		r.run(100)
		before, delay := len(r.voice), r.rx().PlayoutDelay
		r.run(40)
		quiet := 0 // silent samples beyond the fade
		for i, s := range r.voice[before : before+14*frame] {
			if s == 0 && i > 3*frame {
				quiet++
			}
		}
		if want := max(0, burst-3) * frame; quiet < want-frame {
			t.Errorf("burst of %d: %d samples of silence after the fade, want %d", burst, quiet, want)
		}
		wantEqual(t, "delay after the burst", r.rx().PlayoutDelay, delay)
	}
}

func TestR10_JitterIsFollowedAndForgotten(t *testing.T) {
	for _, jitter := range []time.Duration{20, 50, 100, 200} {
		jitter *= time.Millisecond
		r := newRig(t)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), jittery(jitter))
		r.run(250)
		before := r.rx()
		var most time.Duration
		r.after = func(int) { most = max(most, r.rx().PlayoutDelay) }
		r.run(1500)
		s := r.rx()
		if late := float64(s.Late-before.Late) / 1500; late >= 0.01 {
			t.Errorf("jitter %v: %.2f %% late", jitter, 100*late)
		}
		r.after = nil
		r.net.SetLinkFrom(r.phone.Addr().Addr(), jittery(0))
		r.run(1500)
		if d := r.rx().PlayoutDelay; d > 45*time.Millisecond {
			t.Errorf("jitter %v: delay %v after 30 s of calm", jitter, d)
		}
		if most > jitter*99/100+40*time.Millisecond {
			t.Errorf("jitter %v: delay %v", jitter, most)
		}
	}
}

func TestR11_FivePacketsAtOnce(t *testing.T) {
	r := newRig(t).count()
	r.net.SetLinkFrom(r.phone.Addr().Addr(), shaped(func(n int) time.Duration {
		return time.Duration(4-n%5) * framely
	}))
	r.run(50)
	before, s := len(r.voice), r.rx()
	r.run(500)
	wantRun(t, frames(r.voice[before:]), 500)
	wantEqual(t, "concealed", r.rx().Concealed, s.Concealed)
	wantNone(t, "overflow", r.rx().Overflow)
}

func TestR12_SpeechAfterAPause(t *testing.T) {
	for _, tc := range []struct {
		name          string
		marker, still bool
	}{{"marker", true, false}, {"no marker", false, false}, {"timestamp stands still", true, true}} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t).count()
			r.run(50)
			delay := r.rx().PlayoutDelay
			voice, ts := r.phone.Voice, r.phone.Header.Timestamp
			for range 5 {
				r.phone.Voice = nil
				r.run(100)
				r.phone.Voice = voice
				r.phone.Header.Marker = tc.marker
				if tc.still {
					r.phone.Header.Timestamp = ts
				}
				before := len(r.voice)
				r.run(50)
				ts = r.phone.Header.Timestamp
				f := frames(r.voice[before:])
				first := slices.IndexFunc(f, func(n int) bool { return n >= 0 })
				if first < 0 || first > 2 {
					t.Fatalf("speech after %d frames: %v", first, f)
				}
				if f[first]%50 != 0 {
					t.Errorf("the first frame heard is %d", f[first])
				}
				wantRun(t, f[first:], 45)
			}
			if d := r.rx().PlayoutDelay - delay; d > framely || d < -framely {
				t.Errorf("delay changed by %v", d)
			}
		})
	}
}

func TestR13_ComfortNoiseIsNotSpeech(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	r.phone.Voice = nil
	before := len(r.voice)
	r.after = func(i int) {
		if i%10 == 0 {
			h := r.phone.Header
			h.PayloadType = 13
			r.phone.SendRaw(h, []byte{70}, r.now)
			r.phone.Header.SequenceNumber++
		}
	}
	r.run(101)
	for i, n := range frames(r.voice[before:])[5:] {
		if n >= 0 {
			t.Fatalf("frame %d is not silent", i)
		}
	}
	wantEqual(t, "comfort noise", r.rx().ComfortNoise, 10)
	wantNone(t, "bad payload type", r.rx().BadPayloadType)
}

// A packet of comfort noise or of a digit in place of audio is a pause: with
// more audio waiting behind it, nothing is made up for it.
func TestR13_R15_QuietPacketsAreNotLost(t *testing.T) {
	for _, quiet := range []struct {
		pt      uint8
		payload []byte
	}{{13, []byte{70}}, {netsim.EventType, []byte{7, 0x80, 0, 160}}} {
		r := newRig(t).count()
		r.net.SetLinkFrom(r.phone.Addr().Addr(), shaped(func(n int) time.Duration {
			return time.Duration(4-n%5) * framely // makes the buffer deep
		}))
		r.run(50)
		s, before, sent := r.rx(), len(r.voice), 0
		voice := r.phone.Voice
		r.after = func(tick int) {
			r.phone.Voice = voice
			if tick%10 != 0 {
				return
			}
			r.phone.Voice = nil // while its timestamp goes on
			h := r.phone.Header
			h.PayloadType = quiet.pt
			r.phone.SendRaw(h, quiet.payload, r.now)
			r.phone.Header.SequenceNumber++
			sent++
		}
		r.run(400)
		e := r.rx()
		wantEqual(t, "concealed", e.Concealed, s.Concealed)
		wantNone(t, "lost", e.Lost)
		silence := 0
		for at := before; at < len(r.voice); at += frame {
			const faint = 60 // comfort noise of -70 dBov is 10
			if slices.Max(r.voice[at:at+frame]) < faint && slices.Min(r.voice[at:at+frame]) > -faint {
				silence++
			}
		}
		if silence < 30 {
			t.Errorf("payload type %d: %d of %d quiet packets are silence", quiet.pt, silence, sent)
		}
	}
}

func TestR17_PacketTimes(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60} {
		r := newRig(t)
		voice := counting()
		r.phone.Voice = nil
		var said []int16
		sent := 0
		r.after = func(tick int) {
			for len(said) < (tick+5)*frame { // the phone has said this much when it sends
				var f [frame]int16
				voice(f[:])
				said = append(said, f[:]...)
			}
			for n := ms * 8; sent+n <= tick*frame; sent += n {
				h := r.phone.Header
				h.Timestamp = uint32(sent)
				r.phone.SendRaw(h, media.EncodeFrame(media.PCMU, nil, said[sent:sent+n]), r.now)
				r.phone.Header.SequenceNumber++
			}
		}
		r.run(600)
		f := r.heardFrames()
		if ms%20 == 0 {
			wantRun(t, f, 500)
			wantNone(t, "concealed", r.rx().Concealed)
		} else {
			wantRun(t, f[len(f)-300:], 300)
		}
	}
}

func TestR18_OddPayloadSizes(t *testing.T) {
	for _, n := range []int{1, 37, 159, 161, 333, 480} {
		r := newRig(t)
		r.phone.Voice = nil
		voice := tone(440, 8000)
		sent := 0
		r.after = func(tick int) {
			for ; sent+n <= tick*frame; sent += n {
				pcm := make([]int16, n)
				voice(pcm)
				h := r.phone.Header
				h.Timestamp = uint32(sent)
				r.phone.SendRaw(h, media.EncodeFrame(media.PCMU, nil, pcm), r.now)
				r.phone.Header.SequenceNumber++
			}
		}
		r.run(300)
		s := r.rx()
		r.run(1000)
		if c := r.rx().Concealed - s.Concealed; c > 0 {
			t.Errorf("%d bytes: %d frames concealed", n, c)
		}
		if d := r.rx().PlayoutDelay; d > 100*time.Millisecond {
			t.Errorf("%d bytes: delay %v", n, d)
		}
	}
}

func TestR19_OtherPayloadTypes(t *testing.T) {
	r := newRig(t).count()
	r.after = func(int) {
		h := r.phone.Header
		h.PayloadType = 18
		r.phone.SendRaw(h, make([]byte, 20), r.now)
	}
	r.run(100)
	wantEqual(t, "bad payload type", r.rx().BadPayloadType, 99)
	wantRun(t, r.heardFrames(), 95)
	wantEqual(t, "source", r.rx().Source, r.phone.Addr())
}

func TestR20_R22_Malformed(t *testing.T) {
	good := func(b0 byte, size int) []byte {
		b := make([]byte, size)
		b[0] = b0
		return b
	}
	for name, b := range map[string][]byte{
		"empty":                  {},
		"one byte":               {0x80},
		"11 bytes":               good(0x80, 11),
		"version 0":              good(0x00, 172),
		"version 1":              good(0x40, 172),
		"version 3":              good(0xC0, 172),
		"CSRCs past the end":     good(0x8F, 40),
		"extension past the end": append(good(0x90, 12), 0, 0, 0xFF, 0xFF, 1, 2, 3, 4),
		"no room for extension":  append(good(0x90, 12), 0, 0),
		"padding of 0":           good(0xA0, 172),
		"padding past the start": append(good(0xA0, 12), 9),
		"padding without octet":  good(0xA0, 12),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).count()
			r.run(20)
			r.phone.SendBytes(b, r.now)
			r.run(20)
			s := r.rx()
			wantEqual(t, "malformed", s.Malformed, 1)
			wantRun(t, r.heardFrames(), 35)
		})
	}
}

func TestR20_HeaderWithoutPayload(t *testing.T) {
	r := newRig(t).count()
	r.run(20)
	r.phone.SendRaw(r.phone.Header, nil, r.now)
	r.phone.Header.SequenceNumber++
	r.run(20)
	wantNone(t, "malformed", r.rx().Malformed)
	wantRun(t, r.heardFrames(), 35)
}

func TestR21_PaddingExtensionAndCSRCs(t *testing.T) {
	r := newRig(t)
	voice := counting()
	r.phone.Voice = nil
	r.after = func(int) {
		var pcm [frame]int16
		voice(pcm[:])
		h := r.phone.Header
		h.CSRC = make([]uint32, 15)
		h.Extension, h.ExtensionProfile = true, 0x1234
		if err := h.SetExtension(0, []byte{1, 2, 3, 4, 5, 6, 7, 8}); err != nil {
			t.Fatal(err)
		}
		h.Padding, h.PaddingSize = true, 5
		p := rtp.Packet{Header: h, Payload: media.EncodeFrame(media.PCMU, nil, pcm[:])}
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		r.phone.SendBytes(b, r.now)
		r.phone.Header.SequenceNumber++
		// With no voice the phone's timestamp goes on by itself.
	}
	r.run(100)
	wantClean(t, r.rx())
	wantRun(t, r.heardFrames(), 95)
}

func TestR23_RTCPOnTheRTPSocket(t *testing.T) {
	for _, mux := range []bool{false, true} {
		r := newRig(t).count()
		r.phone.Mux = mux
		r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
		r.after = func(i int) {
			b := make([]byte, 28)
			b[0], b[1], b[3] = 0x80, byte(200+i%5), 6
			r.phone.SendBytes(b, r.now)
		}
		r.run(100)
		wantRun(t, r.heardFrames(), 95)
		if mux {
			wantNone(t, "stray RTCP", r.rx().StrayRTCP)
		} else {
			wantEqual(t, "stray RTCP", r.rx().StrayRTCP, 99)
		}
		wantEqual(t, "packets", r.rx().Packets, 100)
	}
}

func TestR38_OversizeIsDroppedWhole(t *testing.T) {
	r := newRig(t).count()
	r.after = func(i int) {
		if i == 50 || i == 60 {
			r.phone.SendRaw(r.phone.Header, make([]byte, 1488+(i-50)*752), r.now)
		}
	}
	r.run(100)
	wantEqual(t, "oversize", r.rx().Oversize, 2)
	wantRun(t, r.heardFrames(), 95)
}

func TestR33_R34_ClockDrift(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{200, -200, 1000, -1000} {
		r := newRig(t)
		r.phone.Voice = looped(440, 8000) // never silent: the hard case
		r.phone.Drift = ppm
		deaf := r.phone.Params() // an hour goes faster when the phone hears nothing
		deaf.Direction = media.RecvOnly
		r.leg.Configure(netsim.Setup(deaf), r.now)
		minutes := 60
		if math.Abs(ppm) > 500 {
			minutes = 10
		}
		r.run(500)
		low, high := time.Hour, time.Duration(0)
		s := r.rx()
		r.after = func(tick int) {
			if tick%1000 == 0 {
				r.voice, r.flags = r.voice[:0], r.flags[:0]
			}
			if tick%5 == 0 {
				d := r.leg.Stats().Rx.PlayoutDelay
				low, high = min(low, d), max(high, d)
			}
		}
		r.run(minutes * 3000)
		if high-low > 40*time.Millisecond {
			t.Errorf("%v ppm: delay from %v to %v", ppm, low, high)
		}
		e := r.rx()
		wrong, right := e.Inserted-s.Inserted, e.Dropped-s.Dropped
		if ppm < 0 {
			wrong, right = right, wrong
		}
		due := math.Abs(ppm) / 1e6 * float64(minutes) * 3000
		if math.Abs(float64(right)-due) > 2 {
			t.Errorf("%v ppm: %d corrections, want %.0f", ppm, right, due)
		}
		wantNone(t, "corrections the other way", wrong)
		wantEqual(t, "concealed", e.Concealed, s.Concealed)
		wantNone(t, "late", e.Late)
	}
}

func TestR35_SenderAtTwiceTheSpeed(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	r.phone.Drift = 500000
	var most time.Duration
	r.after = func(int) { most = max(most, r.rx().PlayoutDelay) }
	r.run(500)
	if most > 400*time.Millisecond {
		t.Errorf("delay grew to %v", most)
	}
	r.phone.Drift = 0
	r.after = nil
	r.run(50)
	before := len(r.voice)
	r.run(100)
	f := frames(r.voice[before:])
	wantRun(t, f, 100)
}

func TestR36_TheBridgeStops(t *testing.T) {
	r := newRig(t)
	r.run(100)
	delay := r.rx().PlayoutDelay
	last := r.phone.Packets()[len(r.phone.Packets())-1]
	for range 10 { // the phone goes on, the leg does not
		r.now = r.now.Add(13 * time.Millisecond)
		r.phone.Tick(r.now)
		r.now = r.now.Add(7 * time.Millisecond)
	}
	r.leg.Skip(10)
	sent := len(r.phone.Packets())
	r.run(50)
	p := r.phone.Packets()[sent:]
	wantEqual(t, "sequence", p[0].SequenceNumber, last.SequenceNumber+2)
	wantEqual(t, "timestamp", p[0].Timestamp, last.Timestamp+12*frame)
	wantEqual(t, "packets in 50 ticks", len(p), 49)
	wantEqual(t, "delay", r.rx().PlayoutDelay, delay)
	wantEqual(t, "skipped", r.leg.Stats().Tx.Skipped, 10)
}

// One stray packet of another SSRC, or far from the sequence, proves nothing.
func TestR30_OnePacketOffTheSequence(t *testing.T) {
	r := newRig(t).count()
	r.after = func(tick int) {
		h := r.phone.Header
		switch tick % 10 {
		case 3:
			h.SSRC = uint32(tick)
		case 6:
			h.SequenceNumber += 20000
		default:
			return
		}
		r.phone.SendRaw(h, make([]byte, frame), r.now)
	}
	r.run(200)
	wantRun(t, r.heardFrames(), 195)
	wantEqual(t, "packets on probation", r.rx().Probation, 40)
}

func TestR04_SequenceJumps(t *testing.T) {
	r := newRig(t).count()
	r.run(50)
	r.phone.Header.SequenceNumber += 20000
	before := len(r.voice)
	r.run(50)
	wantEqual(t, "sequence jumps", r.rx().SequenceJumps, 1)
	f := frames(r.voice[before:])
	wantRun(t, f[5:], 40)
}
