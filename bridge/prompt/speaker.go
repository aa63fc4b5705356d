package prompt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode"
)

// findSpeaker returns the first engine that is installed, or nil.
func findSpeaker(log *slog.Logger) Speaker {
	for _, name := range []string{"espeak-ng", "flite"} {
		if path, err := exec.LookPath(name); err == nil {
			return &program{name: name, path: path}
		}
	}
	log.Warn("prompt: neither espeak-ng nor flite is installed, Say will fail")
	return nil
}

// maxSpeaking returns how many engines may run at the same time.
func maxSpeaking() int { return 2 * runtime.GOMAXPROCS(0) }

// program is a speech engine that is run once for every text.
type program struct{ name, path string }

// Name implements Speaker.
func (p *program) Name() string { return p.name }

// Speak implements Speaker. An engine that does not know a language is asked
// for its relatives, then for English.
func (p *program) Speak(ctx context.Context, voice, language, text string) ([]byte, error) {
	text = strings.Map(printable, text)
	if p.name == "flite" {
		if !isEnglish(language) {
			return nil, fmt.Errorf("flite does not speak %q", language)
		}
		return p.run(ctx, "", append(fliteVoice(voice), "-t", text, "-o", "/dev/stdout")...)
	}
	var err error
	for _, lang := range relatives(language) {
		var wav []byte
		wav, err = p.run(ctx, text, "-v", lang+espeakVariant(voice), "--stdin", "--stdout")
		if err == nil || ctx.Err() != nil {
			return wav, err
		}
	}
	return nil, err
}

// run runs the engine, without a shell and with nothing of our environment. The
// text goes through stdin or is an argument of its own.
func (p *program) run(ctx context.Context, stdin string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	cmd.WaitDelay = time.Second
	out := &cappedBuffer{limit: maxSpeech}
	cmd.Stdout = out
	switch err := cmd.Run(); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", p.name, err)
	case len(out.b) == 0:
		return nil, fmt.Errorf("%s said nothing", p.name)
	}
	return out.b, nil
}

// relatives returns the languages to try, as espeak-ng spells them.
func relatives(language string) []string {
	if !validLanguage(language) {
		return []string{"en"}
	}
	tag := strings.ToLower(language)
	if base, _, found := strings.Cut(tag, "-"); found {
		return []string{tag, base, "en"}
	}
	return []string{tag, "en"}
}

// espeakVariant maps a document's voice to a variant of espeak-ng's voices.
func espeakVariant(voice string) string {
	if isFemale(voice) {
		return "+f3"
	}
	return ""
}

// fliteVoice maps a document's voice to one of flite's.
func fliteVoice(voice string) []string {
	if isFemale(voice) {
		return []string{"-voice", "slt"}
	}
	return []string{"-voice", "kal16"}
}

// isFemale reports whether a document asks for a woman's voice.
func isFemale(voice string) bool {
	switch strings.ToLower(voice) {
	case "woman", "alice", "female":
		return true
	}
	return false
}

// isEnglish reports whether a language is English or not given.
func isEnglish(language string) bool {
	return language == "" || strings.HasPrefix(strings.ToLower(language), "en")
}

// validLanguage reports whether s looks like a language tag.
func validLanguage(s string) bool {
	foreign := func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	return len(s) >= 2 && len(s) <= 16 && s[0] != '-' && !strings.ContainsFunc(s, foreign)
}

// printable replaces control characters.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// cappedBuffer keeps what is written to it up to a limit, and fails beyond. It
// is no more than an io.Writer, so that nothing can be copied past Write.
type cappedBuffer struct {
	b     []byte
	limit int
}

// Write implements io.Writer.
func (c *cappedBuffer) Write(p []byte) (int, error) {
	if len(c.b)+len(p) > c.limit {
		return 0, errors.New("too much output")
	}
	c.b = append(c.b, p...)
	return len(p), nil
}
