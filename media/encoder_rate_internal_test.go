package media

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// linear encodes frames of a tone at the rate that rates gives for each, and
// returns the PCM of L16.
func linear(e *Encoder, frames int, hz, peak float64, rates func(i int) int) (pcm []int16) {
	for i := range frames {
		rate := rates(i)
		e.SetRate(rate)
		if rates(i+1) != rate {
			e.Keep()
		}
		b := e.Encode(nil, toneFrame(rate/framesPerSecond, i*rate/framesPerSecond, rate, hz, peak))
		for ; len(b) > 1; b = b[2:] {
			pcm = append(pcm, int16(binary.BigEndian.Uint16(b)))
		}
	}
	return pcm
}

// A tone goes on over a change of rate, and a frame later it is what it would
// have been had the rate always been that one.
func TestSetRateGoesOn(t *testing.T) {
	const hz, peak, frames = 440, 4634, 12 // -20 dBov
	for _, c := range []Codec{L16at8k, L16at16k, L16at48k} {
		for _, from := range []int{8000, 16000, 48000} {
			for _, to := range []int{8000, 16000, 48000} {
				t.Run(fmt.Sprintf("%d/%d-%d", c.SampleRate(), from, to), func(t *testing.T) {
					got := linear(testEncoder(t, c, from), frames, hz, peak, func(i int) int {
						if i < frames/2 {
							return from
						}
						return to
					})
					want := linear(testEncoder(t, c, to), frames, hz, peak, func(int) int { return to })
					frame := c.SampleRate() / framesPerSecond
					if dB := click(got[frame:], c.SampleRate(), hz, 32768); dB > -58 {
						t.Errorf("a click of %.1f dB", dB)
					}
					for i := (frames/2 + 1) * frame; i < len(got); i++ {
						if got[i] != want[i] {
							t.Fatalf("sample %d is %d, want %d", i, got[i], want[i])
						}
					}
				})
			}
		}
	}
}

// Nothing but the frame that a Keep announces is remembered where no filter
// needs it; a change of rate that nobody announced follows silence.
func TestEncoderRemembersWhatItMust(t *testing.T) {
	e := testEncoder(t, L16at8k, 8000)
	for i, want := range []int{0, 0, 160, 0, 160, 160, 0} {
		if i == 2 || i == 4 || i == 5 {
			e.Keep()
		}
		e.Encode(nil, noisy(160, 1))
		if e.past.n != want {
			t.Errorf("after frame %d %d samples are remembered, want %d", i, e.past.n, want)
		}
	}
	e.SetRate(16000)
	frame := noisy(320, 2)
	if got, want := e.Encode(nil, frame), testEncoder(t, L16at8k, 16000).Encode(nil, frame); string(got) != string(want) {
		t.Error("what nobody announced does not follow silence")
	}
}

// What was kept is had at another rate where it was, to the sample.
func TestRecall(t *testing.T) {
	const hz, peak = 440, 8000
	for _, from := range []int{8000, 16000, 48000} {
		for _, to := range []int{8000, 16000, 48000} {
			r := recall{rate: from}
			n, m := from/framesPerSecond, to/framesPerSecond
			r.keep(toneFrame(n/2, 0, from, hz, peak), recallMost)
			r.keep(toneFrame(n/2, n/2, from, hz, peak), recallMost) // in halves
			got := make([]int16, m)
			r.at(got, to, toneFrame(m, m, to, hz, peak))
			want := toneFrame(m, 0, to, hz, peak)
			for i := m / 2; i < m; i++ {
				if d := int(got[i]) - int(want[i]); d > peak/50 || d < -peak/50 {
					t.Errorf("%d to %d Hz: sample %d is %d, want %d", from, to, i, got[i], want[i])
					break
				}
			}
		}
	}
}

// BenchmarkEncoderSetRate is a frame that changes the rate.
func BenchmarkEncoderSetRate(b *testing.B) {
	e := testEncoder(b, L16at8k, 8000)
	frames := [2][]int16{noisy(960, 1), noisy(320, 2)}
	dst := make([]byte, 0, 2000)
	for i := 0; b.Loop(); i++ {
		e.SetRate([2]int{48000, 16000}[i%2])
		e.Keep()
		e.Encode(dst, frames[i%2])
	}
}
