package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The limits of Say.
const (
	maxText      = 3000             // bytes
	speakTimeout = 10 * time.Second // for one text
	maxSpeech    = 32 << 20         // bytes of WAV
)

// Speaker turns text into speech. It is safe for concurrent use.
type Speaker interface {
	// Name identifies the engine among cached results.
	Name() string
	// Speak returns a WAV file. Voice and language are as the document gives
	// them and may be empty or unknown.
	Speak(ctx context.Context, voice, language, text string) ([]byte, error)
}

// speech is what a Say asks for.
type speech struct {
	voice, language, text string
	rate                  int
}

// check refuses what is not spoken.
func (s speech) check(engine Speaker) error {
	switch {
	case engine == nil:
		return &Error{Kind: SayUnavailable, Reason: "no-engine", Err: errors.New("neither espeak-ng nor flite is installed")}
	case len(s.text) > maxText:
		return &Error{Kind: SayUnavailable, Reason: "too-long", Err: errors.New("more than 3000 bytes of text")}
	}
	return nil
}

// key identifies the speech among what is shared.
func (s speech) key(engine Speaker) string {
	return strings.Join([]string{"say", strconv.Itoa(s.rate), engine.Name(), s.voice, s.language, s.text}, "\x00")
}

// speak returns the function that speaks s for all who want it.
func (l *Library) speak(s speech) getFunc {
	return func(ctx context.Context, _ http.Header, land landFunc) {
		wav, err := l.utter(ctx, s)
		if err != nil {
			land(result{}, nil, &Error{Kind: SayUnavailable, Reason: "failed", Err: err})
			return
		}
		l.landWAV(wav, s.rate, land)
	}
}

// utter runs the engine when one more may run.
func (l *Library) utter(ctx context.Context, s speech) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, speakTimeout, errTooSlow)
	defer cancel()
	select {
	case l.speaking <- struct{}{}:
		defer func() { <-l.speaking }()
		return l.speaker.Speak(ctx, s.voice, s.language, s.text)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// landWAV decodes what an engine spoke. The track stays cached while there is
// room for it.
func (l *Library) landWAV(wav []byte, rate int, land landFunc) {
	ctx, cancel := context.WithCancelCause(l.ctx)
	b := newBody(ctx, cancel, io.NopCloser(bytes.NewReader(wav)))
	d, err := l.newDecoder(memoryAnswer(b, int64(len(wav))), rate)
	if err != nil {
		land(result{}, nil, &Error{Kind: SayUnavailable, Reason: "failed", Err: err})
		return
	}
	land(result{track: d.track}, http.Header{"Cache-Control": {"max-age=86400"}}, nil)
	d.run()
}
