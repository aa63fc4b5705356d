//go:build interop

package media

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// said is what the sentences of a talk-off test speak of: many vowels, many
// pitches.
const said = `The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.
It is easy to tell the depth of a well. These days a chicken leg is a rare dish. Rice is often served in round bowls.
The juice of lemons makes fine punch. The box was thrown beside the parked truck. Four hours of steady work faced us.
A large size in stockings is hard to sell. Nine, eight, one, zero, hash, star: no, no, oh no, are you all away?`

// TestInterop_R16_SpokenWordsAreNoDigits lets espeak-ng speak for some minutes
// in many voices.
func TestInterop_R16_SpokenWordsAreNoDigits(t *testing.T) {
	seconds := 0
	for _, voice := range []string{"m1", "m3", "m7", "f1", "f2", "f4", "f5", "croak", "klatt", "klatt4", "whisper", "grandma"} {
		for _, pitch := range []int{20, 50, 80} {
			cmd := exec.Command("espeak-ng", "-v", "en+"+voice, "-p", fmt.Sprint(pitch), "--stdout")
			cmd.Stdin = strings.NewReader(said)
			wav, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			pcm := spoken(wav)
			seconds += len(pcm) / 8000
			if digits, at, _ := clamped(pcm, 8000); digits != "" {
				t.Errorf("voice %s at pitch %d: heard %q, first at %.2f s", voice, pitch, digits, float64(at)/8000)
			}
		}
	}
	if seconds < 600 {
		t.Errorf("only %d s of speech", seconds)
	}
}

// spoken is a WAV file of espeak-ng's, mono at 22,050 Hz, at 8 kHz: averages of
// the samples around each, good enough below 2 kHz.
func spoken(wav []byte) (pcm []int16) {
	const step = 22050.0 / 8000
	b := wav[44:]
	for at := step; int(at+step)*2+1 < len(b); at += step {
		sum, n := 0, 0
		for i := int(at - step/2); i < int(at+step/2); i++ {
			sum += int(int16(binary.LittleEndian.Uint16(b[2*i:])))
			n++
		}
		pcm = append(pcm, int16(sum/n))
	}
	return pcm
}
