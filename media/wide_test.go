package media_test

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
	tones "partyline/mixer/tone"
)

// hall is one leg and a phone of any codec; the leg gives frames of any rate
// and sends the phone nothing.
type hall struct {
	came  media.Datagram
	t     *testing.T
	now   time.Time
	net   *netsim.Network
	leg   *media.Leg
	phone *netsim.Phone
	rate  int
	heard []int16
}

func newHall(t *testing.T, c media.Codec, rate int, voice func([]int16)) *hall {
	h := &hall{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), rate: rate}
	h.net = netsim.New(func() time.Time { return h.now }, 1)
	rtp, rtcp, err := h.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	h.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1})
	h.phone = netsim.NewPhone(h.net, netip.MustParseAddrPort("127.0.0.2:4000"), c, voice)
	h.phone.Call(h.leg.LocalAddr())
	h.configure()
	h.leg.SetRate(rate)
	return h
}

// configure puts in force what the phone offers; every codec stays agreed on.
func (h *hall) configure() {
	p := h.phone.Params()
	p.Direction = media.RecvOnly
	p.Rx = nil
	for c := media.PCMU; c < media.NumCodecs; c++ {
		p.Rx = append(p.Rx, media.PayloadCodec{Type: netsim.PayloadType(c), Codec: c})
	}
	h.leg.Configure(netsim.Setup(p), h.now)
}

// run lets ticks pass; the phone speaks 7 ms before each.
func (h *hall) run(ticks int) {
	frame := make([]int16, h.rate/50)
	for range ticks {
		h.now = h.now.Add(13 * time.Millisecond)
		h.phone.Tick(h.now)
		h.now = h.now.Add(7 * time.Millisecond)
		h.leg.Receive(h.now, &h.came)
		h.leg.ReadFrame(frame)
		h.leg.WriteFrame(nil, h.now)
		h.heard = append(h.heard, frame...)
	}
}

// sineAt is a tone at the sample rate of a codec.
func sineAt(c media.Codec, hertz int, level float64) func([]int16) {
	s := tones.Sine{Hz: hertz, Rate: c.SampleRate(), Level: level}
	return s.Fill
}

var everyCodec = []media.Codec{media.PCMU, media.PCMA, media.G722, media.Opus, media.L16at8k, media.L16at16k, media.L16at48k}

// TestR40_EveryCodecAtEveryRate: whatever a phone speaks arrives at the pitch
// and the level it was spoken at, at every rate of a conference, without a hole.
func TestR40_EveryCodecAtEveryRate(t *testing.T) {
	t.Parallel()
	for _, c := range everyCodec {
		for _, rate := range []int{8000, 16000, 48000} {
			for _, hertz := range []int{300, 1000, 3400, 7000} {
				if hertz >= min(c.SampleRate(), rate)/2 || c == media.Opus && hertz > 3400 {
					continue // Opus at telephone bit rates bends high tones
				}
				t.Run(fmt.Sprintf("%v/%d/%d", c, rate, hertz), func(t *testing.T) {
					h := newHall(t, c, rate, sineAt(c, hertz, -20))
					h.run(150)
					got := tones.Level(h.heard[rate:2*rate], rate, hertz)
					tolerance := 0.5
					if c == media.Opus {
						tolerance = 1
					}
					if got < -20-tolerance || got > -20+tolerance {
						t.Errorf("%d Hz at %.2f dBov, want -20", hertz, got)
					}
					wantClean(t, h.leg.Stats().Rx)
				})
			}
		}
	}
}

// TestS77_CodecChange: a phone changes its codec from packet to packet. The
// time line goes on, nothing is lost, and nothing sounds of the wrong codec.
func TestS77_CodecChange(t *testing.T) {
	h := newHall(t, media.PCMU, 16000, nil)
	for i := range 30 {
		h.phone.Codec = []media.Codec{media.PCMU, media.G722, media.PCMA, media.L16at8k}[i%4]
		h.phone.Voice = sineAt(h.phone.Codec, 1000, -20)
		h.run(10)
	}
	rx := h.leg.Stats().Rx
	wantClean(t, rx)
	wantNone(t, "undecodable", rx.Undecodable)
	// The phone's tone begins anew with every codec: that, and nothing louder.
	if step := tones.MaxStep(h.heard[8000:]); step > 0.16 {
		t.Errorf("a step of %.3f of full scale; the tone's own is 0.05", step)
	}
	if level := tones.Level(h.heard[16000:48000], 16000, 1000); level < -26 {
		t.Errorf("the tone is at %.1f dBov", level)
	}
}

// TestR08_OpusRedundancy: with in-band FEC a lost packet comes back out of the
// one behind it.
func TestR08_OpusRedundancy(t *testing.T) {
	h := newHall(t, media.Opus, 48000, nil)
	h.phone.Opus = media.OpusParams{FEC: true, MaxPlaybackRate: 16000}
	h.phone.Voice = hum(48000)
	h.configure()
	h.net.SetLinkFrom(h.phone.Addr().Addr(), netsim.Link{Shape: func(n int, _ time.Time) time.Duration {
		if n > 100 && n%10 == 5 {
			return -1 // lost
		}
		return time.Duration(n%2) * 30 * time.Millisecond // a buffer deep enough to wait for the next
	}})
	h.run(600)
	rx := h.leg.Stats().Rx
	if rx.Lost == 0 || rx.Recovered == 0 {
		t.Fatalf("lost %d, recovered %d", rx.Lost, rx.Recovered)
	}
	if rx.Recovered < rx.Lost/2 {
		t.Errorf("%d of %d lost packets were recovered", rx.Recovered, rx.Lost)
	}
}

// hum is something like a voice: harmonics that swell and fade.
func hum(rate int) func([]int16) {
	n := 0
	return func(dst []int16) {
		for i := range dst {
			t := float64(n) / float64(rate)
			v := 0.0
			for k := 1.0; k < 12; k++ {
				v += math.Sin(2*math.Pi*150*k*t) / k
			}
			dst[i] = int16(4000 * v * (1 + 0.5*math.Sin(2*math.Pi*4*t)))
			n++
		}
	}
}

// TestR10_JitterBufferSizes: within the size asked for jitter is followed and
// nothing is late; beyond it the delay stays bounded.
func TestR10_JitterBufferSizes(t *testing.T) {
	bounds := map[media.JitterBufferSize]time.Duration{
		media.JitterOff: 60 * time.Millisecond, media.JitterSmall: 95 * time.Millisecond,
		media.JitterMedium: 155 * time.Millisecond, media.JitterLarge: 255 * time.Millisecond,
	}
	late := map[media.JitterBufferSize]uint64{}
	for size, bound := range bounds {
		h := newHall(t, media.PCMU, 8000, sineAt(media.PCMU, 400, -20))
		h.leg.SetJitterBufferSize(size)
		h.net.SetLinkFrom(h.phone.Addr().Addr(), netsim.Link{Jitter: 160 * time.Millisecond})
		h.run(1000)
		before := h.leg.Stats().Rx.Late
		most := time.Duration(0)
		for range 1000 {
			h.run(1)
			most = max(most, h.leg.Stats().Rx.PlayoutDelay)
		}
		late[size] = h.leg.Stats().Rx.Late - before
		if most > bound {
			t.Errorf("size %d: delay up to %v, want %v at most", size, most, bound)
		}
	}
	if !(late[media.JitterOff] > late[media.JitterSmall] && late[media.JitterSmall] > late[media.JitterMedium] && late[media.JitterMedium] > late[media.JitterLarge]) || late[media.JitterLarge] > 10 {
		t.Errorf("late of 1,000 packets, by size: %v", late)
	}
}

// TestR13_ComfortNoiseAsAnnounced: noise of the level a phone announces fills
// its pause, and stops when it speaks.
func TestR13_ComfortNoiseAsAnnounced(t *testing.T) {
	h := newHall(t, media.PCMU, 16000, sineAt(media.PCMU, 400, -20))
	h.run(50)
	h.phone.Voice = nil
	head := h.phone.Header
	head.PayloadType = 13
	h.phone.SendRaw(head, []byte{50}, h.now)
	h.phone.Header.SequenceNumber++
	h.run(100)
	noise := h.heard[len(h.heard)-16000:]
	if level := tones.Power(noise); level < -53 || level > -47 {
		t.Errorf("noise at %.1f dBov, want -50", level)
	}
	h.phone.Voice = sineAt(media.PCMU, 400, -20)
	h.run(100)
	if others := tones.Level(h.heard[len(h.heard)-16000:], 16000, 1234); others > -75 {
		t.Errorf("noise goes on under speech: %.1f dBov at 1,234 Hz", others)
	}
	wantNone(t, "concealed", h.leg.Stats().Rx.Concealed)
}

// TestRateChangesAreNotHeard: a conference that changes its rate under a
// talker leaves no hole in what the talker says.
func TestRateChangesAreNotHeard(t *testing.T) {
	h := newHall(t, media.PCMU, 8000, sineAt(media.PCMU, 400, -20))
	h.run(50)
	for _, rate := range []int{16000, 48000, 8000, 48000, 16000, 8000} {
		h.leg.SetRate(rate)
		h.rate, h.heard = rate, nil
		h.run(5)
		for i := range 5 {
			frame := h.heard[i*rate/50 : (i+1)*rate/50]
			if level := tones.Power(frame); level < -21.5 || level > -18.5 {
				t.Errorf("at %d Hz, frame %d: %.1f dBov", rate, i, level)
			}
		}
	}
}

// TestLegAllocatesNothing: neither in nor out, whatever the codec and the rate.
func TestLegAllocatesNothing(t *testing.T) {
	for _, c := range everyCodec {
		for _, rate := range []int{8000, 48000} {
			h := newHall(t, c, rate, nil)
			voice := sineAt(c, 400, -20)
			h.phone.Voice = voice
			h.run(60)
			// The phone is silent from here on: its allocations are its own. What
			// the Opus library makes up for lost packets costs some of its own.
			h.phone.Voice = nil
			h.run(10)
			frame := make([]int16, rate/50)
			payload := make([]byte, 160)
			n := testing.AllocsPerRun(20, func() {
				h.now = h.now.Add(framely)
				h.leg.Receive(h.now, &h.came)
				h.leg.ReadFrame(frame)
				h.leg.WriteFrame(payload, h.now)
			})
			if n != 0 {
				t.Errorf("%v at %d Hz: %.1f allocations per tick", c, rate, n)
			}
		}
	}
}
