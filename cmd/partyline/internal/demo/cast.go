package demo

import (
	"image/color"
	"slices"

	"partyline/mixer/tone"
)

// rate is the sample rate of everything here, in Hz.
const rate = 8000

// names are the phones, in the order they are shown.
var names = []string{"alice", "bob", "carol"}

// A source is something a phone may hear. All but the built-in music and the
// beep carry a tone of their own.
type source struct {
	name  string
	hz    int // 0: recognised otherwise
	label string
	color color.RGBA
}

var (
	promptColor = color.RGBA{0x8a, 0x5c, 0xd6, 0xff}
	noticeColor = color.RGBA{0xc2, 0x4d, 0x9a, 0xff}
)

// The names of the sources that need special treatment.
const (
	music = "music" // the built-in one
	beep  = "beep"
	gone  = "hung up" // not a source, but what became of the call
)

// sources are all there are. tone.Set keeps them apart.
var sources = []source{
	{"alice", tone.Set[0], "alice", color.RGBA{0x2f, 0x7e, 0xd8, 0xff}},
	{"bob", tone.Set[1], "bob", color.RGBA{0xe0, 0x7b, 0x24, 0xff}},
	{"carol", tone.Set[2], "carol", color.RGBA{0x2c, 0xa0, 0x67, 0xff}},
	{music, 0, "music", promptColor},
	{"wait", tone.Set[4], "wait.wav", promptColor},
	{"hold", tone.Set[5], "hold.wav", promptColor},
	{"document", tone.Set[6], "hold.xml", promptColor},
	{"news", tone.Set[7], "news.wav", noticeColor},
	{"notice", tone.Set[8], "notice.xml", noticeColor},
	{beep, 0, "beep", color.RGBA{0xd4, 0xa0, 0x17, 0xff}},
}

// sourceNamed panics when there is none.
func sourceNamed(name string) source {
	i := slices.IndexFunc(sources, func(s source) bool { return s.name == name })
	return sources[i]
}

// hz is the tone of a source.
func hz(name string) int { return sourceNamed(name).hz }

// voiceLevel and promptLevel are the levels of the tones, in dBov.
const (
	voiceLevel  = -20
	promptLevel = -26
)
