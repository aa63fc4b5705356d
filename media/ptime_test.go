package media_test

import (
	"fmt"
	"testing"
	"time"

	"partyline/media"
	tones "partyline/mixer/tone"
)

// chunker lets a hall's phone send packets of any length: what the encoder
// makes of 20 ms at a time is cut anew. For codecs whose payload has no frames.
type chunker struct {
	h     *hall
	voice func([]int16)
	coded []byte
	next  time.Time
	ts    uint32
}

// run lets ticks pass while packets of ptime go out, each when its last sample
// has been said.
func (k *chunker) run(ticks int, ptime time.Duration) {
	c := k.h.phone.Codec
	size := int(ptime/time.Millisecond) * c.SampleRate() / 1000 * bytesPerSample(c) / 2
	pcm := make([]int16, c.SampleRate()/50)
	for range ticks {
		end := k.h.now.Add(framely)
		if k.next.IsZero() {
			k.next = end
		}
		for ; k.next.Before(end); k.next = k.next.Add(ptime) {
			for len(k.coded) < size {
				k.voice(pcm)
				k.coded = append(k.coded, k.h.phone.Encode(pcm)...)
			}
			k.h.phone.Header.Timestamp = k.ts // the phone's own goes on by itself
			k.h.phone.SendAt(k.coded[:size], k.next)
			k.ts = k.h.phone.Header.Timestamp
			k.coded = k.coded[size:]
		}
		k.h.run(1)
	}
}

// bytesPerSample is twice that of the payload, for G.722 has half a byte.
func bytesPerSample(c media.Codec) int {
	switch c {
	case media.G722:
		return 1
	case media.PCMU, media.PCMA:
		return 2
	}
	return 4
}

// Packets of every length play without a hole in every codec, and a phone may
// change their length in the middle of a call. The delay is then again what
// the length asks for.
func TestR17_EveryPacketTimeInEveryCodec(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.PCMU, media.G722, media.L16at8k, media.L16at16k, media.L16at48k} {
		for _, ms := range []time.Duration{10, 20, 30, 40, 60} {
			if c == media.L16at48k && ms > 20 {
				continue // does not fit a datagram
			}
			t.Run(fmt.Sprintf("%v/%d/%d", c, c.SampleRate(), ms), func(t *testing.T) {
				h := newHall(t, c, 16000, nil)
				k := &chunker{h: h, voice: sineAt(c, 1000, -20)}
				k.run(50, framely)
				k.run(600, ms*time.Millisecond)
				wantTone(t, h, ms)
				before := h.leg.Stats().Rx
				k.run(600, framely)
				wantTone(t, h, 20)
				rx := h.leg.Stats().Rx
				wantEqual(t, "concealed after packets got shorter", rx.Concealed, before.Concealed)
				wantNone(t, "lost", rx.Lost)
				wantNone(t, "late", rx.Late)
				wantNone(t, "timestamp jumps", rx.TimestampJumps)
				wantNone(t, "undecodable", rx.Undecodable)
			})
		}
	}
}

// wantTone says that the last second was the tone of 1,000 Hz and nothing else,
// and the delay short.
func wantTone(t *testing.T, h *hall, ptime time.Duration) {
	t.Helper()
	last := h.heard[len(h.heard)-16000:]
	if level := tones.Level(last, 16000, 1000); level < -20.5 || level > -19.5 {
		t.Errorf("%d ms: the tone is at %.2f dBov, want -20", ptime, level)
	}
	if c := tones.Click(last, 16000, 1000); c > 0.02 {
		t.Errorf("%d ms: a click of %.3f", ptime, c)
	}
	if d := h.leg.Stats().Rx.PlayoutDelay; d > 45*time.Millisecond+ptime*time.Millisecond%framely {
		t.Errorf("%d ms: delay %v", ptime, d)
	}
}

// What a decoder knows of the voice it goes on knowing when a re-INVITE keeps
// its codec: G.722 and Opus play on as if nothing had been.
func TestConfigure_ADecoderGoesOn(t *testing.T) {
	for _, c := range []media.Codec{media.G722, media.Opus} {
		var heard [2][]int16
		for again := range heard {
			h := newHall(t, c, c.SampleRate(), sineAt(c, 300, -20))
			for range 20 {
				h.run(11)
				if again > 0 {
					h.configure()
				}
			}
			heard[again] = h.heard
		}
		for i, want := range heard[0] {
			if heard[1][i] != want {
				t.Errorf("%v: sample %d is %d after a re-INVITE, %d without", c, i, heard[1][i], want)
				break
			}
		}
	}
}
