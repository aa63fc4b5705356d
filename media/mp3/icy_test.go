package mp3

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// withMetadata puts a title behind every metaint bytes of audio.
func withMetadata(audio []byte, metaint int) []byte {
	var out []byte
	for i := 0; len(audio) > 0; i++ {
		n := min(metaint, len(audio))
		out = append(out, audio[:n]...)
		audio = audio[n:]
		if n < metaint {
			break
		}
		title := strings.Repeat("StreamTitle='x';", i%3)
		out = append(out, byte(i%3))
		out = append(out, title...)
	}
	return out
}

func TestF06_ICYMetadataIsTakenOut(t *testing.T) {
	audio := fixture(t, "cbr128_44k_stereo.mp3")
	for _, metaint := range []int{1, 100, 8192, len(audio), 1 << 20} {
		src := withMetadata(audio, metaint)
		for name, r := range map[string]io.Reader{
			"at once":      bytes.NewReader(src),
			"byte by byte": iotest.OneByteReader(bytes.NewReader(src)),
			"data and EOF": iotest.DataErrReader(bytes.NewReader(src)),
		} {
			got, err := io.ReadAll(NewICYReader(r, metaint))
			if err != nil || !slices.Equal(got, audio) {
				t.Errorf("metaint %d, %s: %d bytes and %v, want %d", metaint, name, len(got), err, len(audio))
			}
		}
	}
}

func TestICYWithoutMetadata(t *testing.T) {
	got, err := io.ReadAll(NewICYReader(strings.NewReader("audio"), 0))
	if err != nil || string(got) != "audio" {
		t.Errorf("got %q and %v", got, err)
	}
}
