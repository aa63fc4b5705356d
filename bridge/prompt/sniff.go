package prompt

import (
	"bytes"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// format is what an answer's body turned out to be.
type format string

// The formats that are told apart.
const (
	formatNone     format = "" // not one of ours
	formatDocument format = "document"
	formatWAV      format = "wav"
	formatMP3      format = "mp3"
)

// sniffLen is how many bytes of a body decide its format.
const sniffLen = 512

// sniff decides the format of a body by its first bytes. The Content-Type only
// helps where they say nothing, as when a broadcast begins in mid-frame.
func sniff(head []byte, contentType string) format {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch {
	case bytes.HasPrefix(text, []byte("<")),
		bytes.HasPrefix(head, []byte("\xFE\xFF\x00<")), bytes.HasPrefix(head, []byte("\xFF\xFE<\x00")):
		return formatDocument
	case len(head) >= 12 && string(head[8:12]) == "WAVE" && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64"):
		return formatWAV
	case bytes.HasPrefix(head, []byte("ID3")), isFrameSync(head):
		return formatMP3
	}
	detected := mimetype.Detect(head)
	switch {
	case detected.Is("audio/mpeg"):
		return formatMP3
	case detected.Is("application/octet-stream") && isMP3Type(strings.TrimSpace(kind)):
		return formatMP3
	}
	return formatNone
}

// isFrameSync reports whether b begins like an MPEG audio layer III frame.
func isFrameSync(b []byte) bool {
	return len(b) >= 4 && b[0] == 0xFF && b[1]&0xE0 == 0xE0 && // sync
		b[1]&0x06 == 0x02 && b[1]&0x18 != 0x08 && // layer III, version known
		b[2]&0xF0 != 0xF0 && b[2]&0x0C != 0x0C // bit rate and sampling rate valid
}

// isMP3Type reports whether a media type is one of the names of MP3.
func isMP3Type(t string) bool {
	switch t {
	case "audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/x-mp3", "audio/mpg":
		return true
	}
	return false
}
