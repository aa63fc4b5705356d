//go:build interop

package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/thesyncim/gopus/container/ogg"
)

// ffmpeg runs it with in on its standard input and returns what it writes.
func ffmpeg(t *testing.T, in []byte, args string) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error"}, strings.Fields(args)...)...)
	cmd.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v: %s", args, err, complaint.Bytes())
	}
	return out
}

// raw is pcm as ffmpeg's s16le.
func raw(pcm []int16) (b []byte) {
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// cooked is ffmpeg's s16le as PCM.
func cooked(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// sounds are two seconds of what the codecs are tried with, at rate.
func sounds(rate int) map[float64][]int16 {
	all := map[float64][]int16{0: nil}
	for i, v := range voiceLike(2*48000, 0) {
		if i%(48000/rate) == 0 {
			all[0] = append(all[0], v)
		}
	}
	for _, hz := range []float64{300, 1000, 3400, 7000} {
		all[hz] = toneFrame(2*rate, 0, rate, hz, 8000)
	}
	return all
}

// wantAlike compares what two decoders made of the same packets, and the level
// of a tone with what went in.
func wantAlike(t *testing.T, way string, hz float64, ours, theirs []int16, rate int, least float64) {
	t.Helper()
	n := min(len(ours), len(theirs))
	if n < rate*19/10 {
		t.Fatalf("%s, %v Hz: %d samples here, %d there", way, hz, len(ours), len(theirs))
	}
	var diff, all float64
	for i := range n {
		diff += sq(ours[i], theirs[i])
		all += float64(theirs[i]) * float64(theirs[i])
	}
	if snr := 10 * math.Log10((all+1)/(diff+1)); snr < least {
		t.Errorf("%s, %v Hz: the decoders agree to %.1f dB, want %v", way, hz, snr, least)
	} else {
		t.Logf("%s, %v Hz: the decoders agree to %.1f dB", way, hz, snr)
	}
	if hz == 0 {
		return
	}
	got := 20 * math.Log10(amplitude(theirs[rate/2:][:rate], rate, hz)/8000)
	if math.Abs(got) > 0.5 {
		t.Errorf("%s, %v Hz: %+.2f dB", way, hz, got)
	}
}

func TestInterop_R40_G722WithFFmpeg(t *testing.T) {
	for hz, pcm := range sounds(16000) {
		var coded []byte
		e := testEncoder(t, G722, 16000)
		for i := 0; i < len(pcm); i += 320 {
			coded = e.Encode(coded, pcm[i:i+320])
		}
		theirs := cooked(ffmpeg(t, coded, "-f g722 -i pipe: -f s16le -ar 16000 pipe:"))
		wantAlike(t, "ours decoded by both", hz, decodeG722(t, coded), theirs, 16000, 60)

		coded = ffmpeg(t, raw(pcm), "-f s16le -ar 16000 -ac 1 -i pipe: -f g722 pipe:")
		theirs = cooked(ffmpeg(t, coded, "-f g722 -i pipe: -f s16le -ar 16000 pipe:"))
		wantAlike(t, "theirs decoded by both", hz, decodeG722(t, coded), theirs, 16000, 60)
	}
}

// decodeG722 decodes in packets of 20 ms.
func decodeG722(t *testing.T, coded []byte) (pcm []int16) {
	t.Helper()
	d := testDecoder(t, G722)
	for len(coded) > 0 {
		n := min(160, len(coded))
		pcm = append(pcm, play(t, d, coded[:n])...)
		coded = coded[n:]
	}
	return pcm
}

func TestInterop_R40_OpusWithLibopus(t *testing.T) {
	for hz, pcm := range sounds(48000) {
		var file bytes.Buffer
		w, err := ogg.NewWriter(&file, 48000, 1)
		if err != nil {
			t.Fatal(err)
		}
		e := testEncoder(t, Opus, 48000)
		for i := 0; i < len(pcm); i += 960 {
			if err := w.WritePacket(e.Encode(nil, pcm[i:i+960]), 960); err != nil {
				t.Fatal(err)
			}
		}
		_ = w.Close()
		wantOpusAlike(t, "ours decoded by both", hz, file.Bytes())
		coded := ffmpeg(t, raw(pcm), "-f s16le -ar 48000 -ac 1 -i pipe: -c:a libopus -application voip -b:a 32k -f ogg pipe:")
		wantOpusAlike(t, "theirs decoded by both", hz, coded)
	}
}

// wantOpusAlike has libopus and us decode an Ogg file.
func wantOpusAlike(t *testing.T, way string, hz float64, file []byte) {
	t.Helper()
	r, err := ogg.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	d := testDecoder(t, Opus)
	var ours []int16
	for {
		packet, _, err := r.ReadPacket()
		if err != nil {
			break
		}
		ours = append(ours, play(t, d, packet)...)
	}
	theirs := cooked(ffmpeg(t, file, "-c:a libopus -f ogg -i pipe: -f s16le -ar 48000 pipe:"))
	wantAlike(t, way, hz, ours[r.PreSkip():], theirs, 48000, 40)
}
