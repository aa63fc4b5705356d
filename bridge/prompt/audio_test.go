package prompt

import (
	"fmt"
	"testing"
	"time"

	"partyline/bridge/prompt/misbehave"
)

func TestF01_MP3(t *testing.T) {
	for _, path := range []string{"/f01/cbr.mp3", "/f01/vbr.mp3", "/f01/cover.mp3"} {
		inBubble(t, func(r *rig) {
			s := r.open(path)
			pcm := r.hear(s, time.Second)
			wantTone(t, path, pcm[800:])
			r.wantTold("")
		})
	}
}

func TestF02_DamagedMP3(t *testing.T) {
	for path, want := range map[string]string{
		"/f02/truncated.mp3": "",
		"/f02/garbage.mp3":   "",
		"/f02/noise.mp3":     "unsupported-audio:mp3 fell-back:mp3",
		"/f02/mpeg25.mp3":    "unsupported-audio:mp3 fell-back:mp3",
	} {
		inBubble(t, func(r *rig) {
			pcm := r.hear(r.open(path), 3*time.Second)
			r.wantTold(want)
			if want == "" {
				if level, _ := toneAndRest(pcm[1600:4000]); level < -23 {
					t.Errorf("%s: the tone is at %.1f dBov", path, level)
				}
			} else {
				wantMusic(t, path, pcm[rate:])
			}
		})
	}
}

func TestF03_WAVFormats(t *testing.T) {
	rates := []int{8000, 11025, 16000, 22050, 44100, 48000, 96000}
	for i, f := range misbehave.Formats {
		hear := func(hz, channels int) {
			path := fmt.Sprintf("/f03/%s.wav?rate=%d&channels=%d", f.Name, hz, channels)
			inBubble(t, func(r *rig) {
				wantTone(t, path, r.hear(r.open(path), 500*time.Millisecond)[400:3800])
				r.wantTold("")
			})
		}
		hear(8000, 1)
		hear(rates[i%len(rates)], i%6+1)
		if f.Name != "pcm16" {
			continue
		}
		for j, hz := range rates {
			hear(hz, j%6+1)
		}
	}
}

func TestF03_UnsupportedWAV(t *testing.T) {
	inBubble(t, func(r *rig) {
		pcm := r.hear(r.open("/f03/gsm.wav"), time.Second)
		r.wantTold("unsupported-audio:wav fell-back:wav")
		wantMusic(t, "instead of GSM", pcm)
	})
}

func TestF04_WAVHeaders(t *testing.T) {
	for _, path := range []string{"/f04/zero.wav", "/f04/huge.wav", "/f04/odd.wav", "/f04/list.wav"} {
		inBubble(t, func(r *rig) {
			wantTone(t, path, r.hear(r.open(path), 2*time.Second)[160:8160])
			r.wantTold("")
		})
	}
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f04/nofmt.wav"), time.Second)
		r.wantTold("unsupported-audio:wav fell-back:wav")
	})
}

func TestF05_Sniffing(t *testing.T) {
	for _, path := range []string{"/f05/mp3-octets", "/f05/mp3-html", "/f05/mp3-midframe", "/f05/wav-text",
		"/f05/wav-mpeg", "/f05/wav-none", "/f05/doc-octets", "/f05/doc-mpeg"} {
		inBubble(t, func(r *rig) {
			wantTone(t, path, r.hear(r.open(path), time.Second)[1600:])
			r.wantTold("")
		})
	}
	inBubble(t, func(r *rig) {
		r.hear(r.open("/f05/picture"), time.Second)
		r.wantTold("unsupported-audio:format fell-back:format")
	})
}
