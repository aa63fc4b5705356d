package media_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"partyline/media"
)

// mouth is one voice, whatever codec it is sent in: its time goes on from one
// to the other.
type mouth struct {
	hertz, level float64
	seconds      float64
}

// speak returns a voice for a codec.
func (m *mouth) speak(c media.Codec) func([]int16) {
	return func(dst []int16) {
		for i := range dst {
			t := m.seconds + float64(i)/float64(c.SampleRate())
			dst[i] = int16(m.level * math.Sin(2*math.Pi*m.hertz*t))
		}
		m.seconds += float64(len(dst)) / float64(c.SampleRate())
	}
}

// A phone that changes its codec in the middle of a tone is not heard to click:
// the coders differ in delay, so the tone bends, and no more (RFC 3264 section
// 8.3.2). The phone's coder begins anew each time, which an old state of the
// decoder would answer with a burst of full scale.
func TestS77_ACodecChangeDoesNotClick(t *testing.T) {
	orders := [][2]media.Codec{{media.PCMU, media.G722}, {media.PCMU, media.Opus}, {media.G722, media.Opus}, {media.L16at8k, media.L16at48k}, {media.PCMU, media.PCMA}}
	for _, pair := range orders {
		for _, rate := range []int{8000, 16000, 48000} {
			t.Run(fmt.Sprintf("%v-%v/%d", pair[0], pair[1], rate), func(t *testing.T) {
				const hertz, level = 400, 3000
				h := newHall(t, pair[0], rate, nil)
				m := &mouth{hertz: hertz, level: level}
				ts := uint32(0)
				for i := range 20 {
					c := pair[i%2]
					h.phone.Codec = c
					e, err := media.NewEncoder(media.Format{Codec: c}) // a phone begins anew
					if err != nil {
						t.Fatal(err)
					}
					e.SetRate(c.SampleRate())
					voice, pcm := m.speak(c), make([]int16, c.SampleRate()/50)
					for range 9 + i%3 {
						voice(pcm)
						h.phone.Header.Timestamp = ts // its own goes on by itself
						h.phone.SendAt(e.Encode(nil, pcm), h.now.Add(13*time.Millisecond))
						ts = h.phone.Header.Timestamp
						h.run(1)
					}
				}
				own, most := 2*math.Pi*hertz/float64(rate)*level, 0.0
				for i := rate / 5; i < len(h.heard); i++ {
					most = max(most, math.Abs(float64(h.heard[i])-float64(h.heard[i-1])))
				}
				if most-own > 32768*0.00316 { // -50 dB
					t.Errorf("a step of %.0f, the tone's own is %.0f", most, own)
				}
				wantClean(t, h.leg.Stats().Rx)
			})
		}
	}
}
