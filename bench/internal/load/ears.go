package load

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"partyline/media"
	"partyline/mixer/tone"
)

const (
	// maxEars bounds the callers whose audio is examined.
	maxEars = 64
	// examined is how much audio an ear takes in.
	examined = 1200 * time.Millisecond
)

// bounds are the levels, in dBov, that a tone of talkLevel must reach where it
// is to be heard, and must not elsewhere. Codecs for speech blur tones.
func bounds(c media.Codec) (present, absent float64) {
	switch c {
	case media.G722:
		return talkLevel - 2, -40
	case media.Opus:
		return talkLevel - 17, talkLevel - 17
	}
	return talkLevel - 2, -58
}

// ear keeps what one caller hears, for a while.
type ear struct {
	conference, seat int
	open             atomic.Bool
	payloads         [][]byte
}

func (e *ear) hear(payload []byte, _ time.Time) {
	if e.open.Load() {
		e.payloads = append(e.payloads, slices.Clone(payload))
	}
}

// lend gives some callers, spread over the conferences, an ear that listens.
func (r *run) lend(k *caller, conference, seat int) {
	every := max(1, r.cfg.Calls/maxEars)
	if r.cfg.Talkers == 0 || len(r.ears) >= maxEars || (conference+seat*r.cfg.Conferences)%every != 0 {
		return
	}
	e := &ear{conference: conference, seat: seat}
	k.hear = e.hear
	r.ears = append(r.ears, e)
}

// Heard is what the ears found.
type Heard struct {
	Ears     int      `json:"ears"`     // callers examined
	Wrong    int      `json:"wrong"`    // of them, who missed a voice or heard one they must not
	Examples []string `json:"examples"` // the first of those
}

// listen opens the ears for a moment and judges what came.
func (r *run) listen(ctx context.Context) (*Heard, error) {
	if len(r.ears) == 0 {
		return nil, nil
	}
	for _, e := range r.ears {
		e.open.Store(true)
	}
	err := pause(ctx, examined)
	for _, e := range r.ears {
		e.open.Store(false)
	}
	h := &Heard{Ears: len(r.ears)}
	r.pacer.do(func() {}) // what the ears hold is theirs from here on
	for _, e := range r.ears {
		if wrong := r.judge(e); wrong != "" {
			h.Wrong++
			if len(h.Examples) < 3 {
				h.Examples = append(h.Examples, wrong)
			}
		}
	}
	return h, err
}

// judge says what is wrong with what an ear heard, "" for nothing.
func (r *run) judge(e *ear) string {
	pcm, rate, err := decode(r.cfg.Codec, e.payloads)
	if err != nil {
		return err.Error()
	}
	if len(pcm) < rate {
		return fmt.Sprintf("caller %d of conference %d heard %d ms", e.seat, e.conference, len(pcm)*1000/rate)
	}
	pcm = pcm[len(pcm)-rate:]
	var wrong []string
	present, absent := bounds(r.cfg.Codec)
	talkers := min(r.cfg.Talkers, maxTones, r.seats(e.conference))
	for c := range min(6, r.cfg.Conferences) {
		for t := range min(r.cfg.Talkers, maxTones) {
			level := tone.Level(pcm, rate, toneOf(c, t))
			mine := c == e.conference%6 && t < talkers && t != e.seat
			if mine && level < present || !mine && level > absent {
				wrong = append(wrong, fmt.Sprintf("talker %d of conference %d at %.1f dBov", t, c, level))
			}
		}
	}
	if wrong == nil {
		return ""
	}
	return fmt.Sprintf("caller %d of conference %d: %s", e.seat, e.conference, strings.Join(wrong, ", "))
}

// seats is how many callers a conference has.
func (r *run) seats(conference int) int {
	n := r.cfg.Calls / r.cfg.Conferences
	if conference < r.cfg.Calls%r.cfg.Conferences {
		n++
	}
	return n
}

// decode is what payloads sound like.
func decode(c media.Codec, payloads [][]byte) (pcm []int16, rate int, err error) {
	d, err := media.NewDecoder(c)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range payloads {
		frame := make([]int16, d.Samples(p))
		pcm = append(pcm, frame[:d.Decode(frame, p)]...)
	}
	return pcm, c.SampleRate(), nil
}
