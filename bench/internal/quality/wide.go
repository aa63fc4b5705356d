package quality

import (
	"fmt"
	"math"
	"net/netip"
	"time"

	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer"
	"partyline/mixer/tone"
)

// wideCases are about phones of several rates in one conference.
func wideCases() []Case {
	return []Case{
		{ID: "R40", Sent: "PCMU, G.722, L16 at 16 and 48 kHz and Opus in one conference, each with a tone", Run: everyPair},
		{ID: "M16", Sent: "tones from 300 Hz to 10 kHz between phones of 8, 16 and 48 kHz", Run: response},
	}
}

// hall is a conference at any rate of phones with any codec, without the
// bridge, in virtual time. Nothing goes wrong in it.
type hall struct {
	came  media.Datagram
	now   time.Time
	net   *netsim.Network
	rate  int
	mixer *mixer.Mixer
	seats []*hallSeat
}

type hallSeat struct {
	codec   media.Codec
	phone   *netsim.Phone
	leg     *media.Leg
	party   *mixer.Party
	encoder *media.Encoder
	payload []byte
}

func newHall(rate int) *hall {
	h := &hall{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), rate: rate, mixer: mixer.New(rate)}
	h.net = netsim.New(func() time.Time { return h.now }, 1)
	return h
}

// seat brings in a phone that says a tone of a level, in dBov; 0 Hz is silence.
func (h *hall) seat(c media.Codec, hz int, level float64) *hallSeat {
	i := byte(len(h.seats) + 2)
	rtp, rtcp, err := h.net.Open()
	if err != nil {
		panic(fmt.Sprintf("quality: a simulated network has no more addresses: %v", err))
	}
	p := &hallSeat{codec: c, party: h.mixer.Add()}
	voice := &tone.Sine{Hz: hz, Rate: c.SampleRate(), Level: level}
	fill := voice.Fill
	if hz == 0 {
		fill = func(pcm []int16) { clear(pcm) }
	}
	p.phone = netsim.NewPhone(h.net, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 1, i}), 4000), c, fill)
	p.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: uint32(i)})
	p.phone.Call(p.leg.LocalAddr())
	setup := netsim.Setup(p.phone.Params())
	p.encoder = setup.Encoder()
	p.encoder.SetRate(h.rate)
	p.leg.Configure(setup, h.now)
	p.leg.SetRate(h.rate)
	h.seats = append(h.seats, p)
	return p
}

// run lets ticks pass; phones speak 7 ms before each.
func (h *hall) run(ticks int) {
	for range ticks {
		h.now = h.now.Add(13 * time.Millisecond)
		for _, p := range h.seats {
			p.phone.Tick(h.now)
		}
		h.now = h.now.Add(7 * time.Millisecond)
		for _, p := range h.seats {
			p.leg.Receive(h.now, &h.came)
			p.party.Live = p.leg.ReadFrame(p.party.In)
		}
		h.mixer.Mix(mixer.ConferenceAudio{})
		for _, p := range h.seats {
			p.payload = p.encoder.Encode(p.payload[:0], p.party.Out)
			p.leg.WriteFrame(p.payload, h.now)
		}
	}
}

// hears is the level of a tone in the last second that a phone heard, in dBov.
func (p *hallSeat) hears(hz int) float64 {
	pcm, rate := p.phone.Heard(), p.codec.SampleRate()
	return tone.Level(pcm[max(0, len(pcm)-rate):], rate, hz)
}

// everyPair has each phone say a tone that every other can hear.
func everyPair(t *Trial) {
	kinds := []media.Codec{media.PCMU, media.G722, media.L16at16k, media.L16at48k, media.Opus}
	h := newHall(48000)
	for i, c := range kinds {
		h.seat(c, 500+370*i, -24)
	}
	h.run(150)
	for i, from := range h.seats {
		exact, coded, own := 0.0, 0.0, tone.Silence
		for _, to := range h.seats {
			level := to.hears(500 + 370*i)
			switch off := math.Abs(level + 24); {
			case to == from:
				own = level
			case from.codec == media.Opus || to.codec == media.Opus:
				coded = max(coded, off) // it codes for the ear, not for the meter
			default:
				exact = max(exact, off)
			}
		}
		t.part(fmt.Sprintf("%v %d kHz", from.codec, from.codec.SampleRate()/1000))
		if from.codec != media.Opus {
			t.atMost("off by", exact, 0.5, " dB")
		}
		t.atMost("through Opus", coded, 1.5, " dB")
		t.atMost("own voice", own, -60, " dBov")
	}
}

// response measures the way from linear phones of one rate to those of
// another, so that no codec hides what the conversion does.
func response(t *Trial) {
	linear := []media.Codec{media.L16at8k, media.L16at16k, media.L16at48k}
	for _, from := range linear {
		for _, to := range linear {
			flat, alias := pairResponse(from, to)
			t.part(fmt.Sprintf("%d to %d kHz", from.SampleRate()/1000, to.SampleRate()/1000))
			t.atMost("uneven by", flat, 0.5, " dB")
			if to.SampleRate() < from.SampleRate() {
				t.atMost("alias", alias, -50, " dB")
			}
		}
	}
}

// pairResponse is by how much the level of tones up to 3.4 or 7 kHz differs
// from what was sent, at most, and the loudest thing heard of tones that the
// listener's rate cannot hold, against what was sent.
func pairResponse(from, to media.Codec) (flat, alias float64) {
	const level = -20.0
	narrow := min(from.SampleRate(), to.SampleRate())
	pass := 3400
	if narrow > 8000 {
		pass = 7000
	}
	alias = -120
	for _, hz := range []int{300, 1000, 2000, 3000, 3400, 5000, 6000, 7000, 9000, 10000} {
		holds := hz <= pass
		if hz >= from.SampleRate()/2 || !holds && hz < narrow*6/10 {
			continue
		}
		h := newHall(max(from.SampleRate(), to.SampleRate()))
		h.seat(from, hz, level)
		ear := h.seat(to, 0, 0)
		h.run(75)
		if holds {
			flat = max(flat, ear.hears(hz)-level, level-ear.hears(hz))
			continue
		}
		pcm := ear.phone.Heard()
		alias = max(alias, tone.Power(pcm[len(pcm)/2:])-level)
	}
	return flat, alias
}
