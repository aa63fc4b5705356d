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

// examined is how much audio an ear takes in.
const examined = 1200 * time.Millisecond

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
	caller   int
	open     atomic.Bool
	payloads [][]byte
}

func (e *ear) hear(payload []byte, _ int64) {
	if e.open.Load() {
		e.payloads = append(e.payloads, slices.Clone(payload))
	}
}

// lend gives caller i an ear if it is one of those whose audio is examined.
func (r *run) lend(k *caller, i int) {
	if !r.plan.ears[i] {
		return
	}
	e := &ear{caller: i}
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
	r.cfg.tell("listening to what %d callers hear", len(r.ears))
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
	who := fmt.Sprintf("caller %d of conference %d", e.caller/r.cfg.Conferences, e.caller%r.cfg.Conferences)
	pcm, rate, err := decode(r.cfg.Codec, e.payloads)
	if err != nil {
		return err.Error()
	}
	if len(pcm) < rate {
		return fmt.Sprintf("%s heard %d ms", who, len(pcm)*1000/rate)
	}
	pcm = pcm[len(pcm)-rate:]
	var wrong []string
	present, absent := bounds(r.cfg.Codec)
	must, may := r.plan.hears(&r.cfg, e.caller)
	for _, hz := range r.cfg.tones() {
		level := tone.Level(pcm, rate, hz)
		wanted := slices.Contains(must, hz)
		if wanted && level < present || !wanted && !slices.Contains(may, hz) && level > absent {
			wrong = append(wrong, fmt.Sprintf("%s at %.1f dBov", r.cfg.nameOf(hz), level))
		}
	}
	if wrong == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", who, strings.Join(wrong, ", "))
}

// nameOf says whose tone it is.
func (c *Config) nameOf(hz int) string {
	switch hz {
	case coachHz:
		return "a coach"
	case unheardHz:
		return "a caller muted or on hold"
	case holdHz:
		return "the hold prompt"
	case announceHz:
		return "an announcement"
	}
	n := hz - tone0
	return fmt.Sprintf("talker %d of conference %d", n/toneStep, n%toneStep/30)
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
