package media_test

import (
	"testing"

	"github.com/zaf/g711"

	"partyline/media"
)

// The tables hold what the computed code gives, for every sample there is.
func TestG711_Tables(t *testing.T) {
	var code []byte
	for s := -32768; s <= 32767; s++ {
		pcm := []int16{int16(s)}
		code = media.EncodeFrame(media.PCMU, code[:0], pcm)
		code = media.EncodeFrame(media.PCMA, code, pcm)
		if code[0] != g711.EncodeUlawFrame(int16(s)) || code[1] != g711.EncodeAlawFrame(int16(s)) {
			t.Fatalf("sample %d became % x", s, code)
		}
	}
}

// M01 rests on this: what is decoded and encoded again is the same byte.
func TestM01_EveryCodeSurvives(t *testing.T) {
	for _, c := range []media.Codec{media.PCMU, media.PCMA} {
		for i := range 256 {
			var pcm [1]int16
			media.DecodeFrame(c, pcm[:], []byte{byte(i)})
			want := byte(i)
			if c == media.PCMU && i == 0x7F {
				want = 0xFF // the negative zero
			}
			if got := media.EncodeFrame(c, nil, pcm[:])[0]; got != want {
				t.Errorf("%v code %#x comes back as %#x", c, i, got)
			}
		}
	}
}

// The error of a round trip is at most half a step: 1/32 of the sample and a
// bit.
func TestG711_Error(t *testing.T) {
	for _, c := range []media.Codec{media.PCMU, media.PCMA} {
		for s := -32000; s <= 32000; s++ {
			var out [1]int16
			media.DecodeFrame(c, out[:], media.EncodeFrame(c, nil, []int16{int16(s)}))
			if d := abs(int(out[0]) - s); d > abs(s)/32+16 {
				t.Fatalf("%v: %d becomes %d", c, s, out[0])
			}
		}
	}
}

func TestG711_Lengths(t *testing.T) {
	dst := make([]int16, 4)
	wantEqual(t, "short payload", media.DecodeFrame(media.PCMU, dst, []byte{1, 2}), 2)
	wantEqual(t, "long payload", media.DecodeFrame(media.PCMA, dst, make([]byte, 9)), 4)
	wantEqual(t, "no codec", media.DecodeFrame(media.NoCodec, dst, make([]byte, 9)), 0)
	wantEqual(t, "appended", len(media.EncodeFrame(media.PCMU, make([]byte, 3), dst)), 7)
	wantEqual(t, "no codec appended", len(media.EncodeFrame(media.NoCodec, nil, dst)), 0)
}

func abs(n int) int { return max(n, -n) }
