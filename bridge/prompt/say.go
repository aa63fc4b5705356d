package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode"
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
		ctx, cancel := context.WithTimeoutCause(ctx, speakTimeout, errTooSlow)
		defer cancel()
		select {
		case l.speaking <- struct{}{}:
		case <-ctx.Done():
			land(result{}, nil, &Error{Kind: SayUnavailable, Reason: "timeout", Err: context.Cause(ctx)})
			return
		}
		wav, err := l.speaker.Speak(ctx, s.voice, s.language, s.text)
		<-l.speaking
		if err != nil {
			land(result{}, nil, &Error{Kind: SayUnavailable, Reason: "failed", Err: err})
			return
		}
		l.landWAV(wav, s.rate, land)
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

// findSpeaker returns the first engine that is installed, or nil.
func findSpeaker(log *slog.Logger) Speaker {
	for _, name := range []string{"espeak-ng", "flite"} {
		if path, err := exec.LookPath(name); err == nil {
			return &program{name: name, path: path}
		}
	}
	log.Warn("prompt: neither espeak-ng nor flite is installed: Say will fail")
	return nil
}

// maxSpeaking returns how many engines may run at the same time.
func maxSpeaking() int { return 2 * runtime.GOMAXPROCS(0) }

// program is a speech engine that is run for every text.
type program struct{ name, path string }

// Name implements Speaker.
func (p *program) Name() string { return p.name }

// Speak implements Speaker. The text goes through standard input or after an
// argument of its own, never through a shell.
func (p *program) Speak(ctx context.Context, voice, language, text string) ([]byte, error) {
	text = strings.Map(printable, text)
	var cmd *exec.Cmd
	if p.name == "flite" {
		cmd = exec.CommandContext(ctx, p.path, append(fliteArgs(voice), "-t", text, "-o", "/dev/stdout")...)
	} else {
		cmd = exec.CommandContext(ctx, p.path, append(espeakArgs(voice, language), "--stdin", "--stdout")...)
		cmd.Stdin = strings.NewReader(text)
	}
	out := &cappedBuffer{limit: maxSpeech}
	cmd.Stdout = out
	cmd.WaitDelay = time.Second
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	if err := cmd.Run(); err != nil {
		return nil, errors.New(p.name + ": " + err.Error())
	}
	return out.Bytes(), nil
}

// espeakArgs maps a document's voice and language to those of espeak-ng.
func espeakArgs(voice, language string) []string {
	lang := "en"
	if validLanguage(language) {
		lang = strings.ToLower(language)
	}
	switch strings.ToLower(voice) {
	case "woman", "alice", "female":
		lang += "+f3"
	}
	return []string{"-v", lang}
}

// fliteArgs maps a document's voice to one of flite, which speaks English only.
func fliteArgs(voice string) []string {
	switch strings.ToLower(voice) {
	case "woman", "alice", "female":
		return []string{"-voice", "slt"}
	}
	return []string{"-voice", "kal16"}
}

// validLanguage reports whether s looks like a language tag.
func validLanguage(s string) bool {
	ok := func(r rune) bool {
		return r == '-' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	return len(s) >= 2 && len(s) <= 16 && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0
}

// printable drops control characters.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// cappedBuffer is a bytes.Buffer that refuses to grow beyond its limit.
type cappedBuffer struct {
	bytes.Buffer
	limit int
}

// Write implements io.Writer.
func (b *cappedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, errors.New("too much output")
	}
	return b.Buffer.Write(p)
}
