package media

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"
)

// Decoding, concealing and resampling allocate nothing, whatever the codec and
// the rate of the conference, while packets come and while they are lost.
func TestPlayout_AllocatesNothing(t *testing.T) {
	for c := PCMU; c < NumCodecs; c++ {
		for _, rate := range []int{8000, 16000, 48000} {
			payloads := coded(t, c, 50)
			var stats RxStats
			p := allCodecs(t, &stats)
			p.setRate(rate)
			frame := make([]int16, rate/framesPerSecond)
			now := time.Unix(1e9, 0)
			n := 0
			sounds := 0
			tick := func() {
				if c == Opus || n%25 != 7 { // the Opus library's own concealment is its own
					p.take(Seq(n), Timestamp(n*c.ClockRate()/framesPerSecond), c, payloads[n%len(payloads)], now)
				}
				now = now.Add(20 * time.Millisecond)
				if p.frame(frame, now) {
					sounds++
				}
				n++
			}
			if a := testing.AllocsPerRun(100, tick); a != 0 {
				t.Errorf("%v at %d Hz: %v allocations per tick", c, rate, a)
			}
			if sounds < 90 {
				t.Errorf("%v at %d Hz: sound in %d of %d frames", c, rate, sounds, n)
			}
		}
	}
}

// A change of the conference's rate allocates nothing, and the tone that the
// phone sends goes on over it without a click, whatever its codec.
func TestPlayout_SetRate(t *testing.T) {
	const hz, peak, changes, between = 300, 8000, 12, 14
	for c := PCMU; c < NumCodecs; c++ {
		payloads := coded(t, c, changes*between)
		var stats RxStats
		p := allCodecs(t, &stats)
		now := time.Unix(1e9, 0)
		n := 0
		tick := func(dst []int16) {
			p.take(Seq(n), Timestamp(n*c.ClockRate()/framesPerSecond), c, payloads[n], now)
			now = now.Add(20 * time.Millisecond)
			p.frame(dst, now)
			n++
		}
		frames, last := make([]int16, 960), int16(0)
		var far [changes]float64 // the steepest step over that of the tone
		change := func() {
			i := n / between
			rate := [...]int{8000, 16000, 48000, 8000, 48000, 16000}[i%6]
			frame := frames[:rate/framesPerSecond]
			steepest := 2 * math.Pi * hz / float64(min(rate, p.outHz)) * peak
			p.setRate(rate)
			for range between {
				tick(frame)
				for _, v := range frame {
					if n > between {
						far[i] = max(far[i], math.Abs(float64(v)-float64(last))/steepest)
					}
					last = v
				}
				steepest = 2 * math.Pi * hz / float64(rate) * peak
			}
		}
		if a := testing.AllocsPerRun(changes-1, change); a != 0 {
			t.Errorf("%v: %v allocations", c, a)
		}
		for i, x := range far {
			if x > 1.6 {
				t.Errorf("%v: change %d steps by %.1f times what the tone does", c, i, x)
			}
		}
	}
}

// What a leg of G.711 keeps to turn packets into frames and frames into payloads
// is 9 KB, and what a calm tick of it touches lies in a few cache lines.
func TestPlayout_G711IsSmall(t *testing.T) {
	s, err := Prepare(Params{Tx: PayloadCodec{0, PCMU}, Rx: []PayloadCodec{{0, PCMU}, {8, PCMA}}})
	if err != nil {
		t.Fatal(err)
	}
	var p playout
	play, encoder := int(unsafe.Sizeof(p)), int(unsafe.Sizeof(*s.encoder))
	buffers := cap(s.arena.buf) + 2*(cap(s.pcm)+cap(s.loop)+cap(s.heard)+cap(s.encoder.pcm))
	if all := play + encoder + buffers; all > 9<<10 {
		t.Errorf("%d bytes: playout %d, encoder %d, buffers %d", all, play, encoder, buffers)
	}
	hot := unsafe.Offsetof(p.transit) + unsafe.Offsetof(p.transit.ring)
	if hot > 4*64 {
		t.Errorf("a calm tick touches the first %d bytes", hot)
	}
	if hot := unsafe.Offsetof(s.encoder.past) + unsafe.Offsetof(s.encoder.past.pcm); hot > 64 {
		t.Errorf("coding touches the first %d bytes of the encoder", hot)
	}
	if size := unsafe.Sizeof(slot{}); size > 16 {
		t.Errorf("a place in the ring is %d bytes long", size)
	}
	t.Log(play, encoder, buffers, "bytes; offset of the rings", hot)
}

// coded is n payloads of a tone, 20 ms each.
func coded(t testing.TB, c Codec, n int) [][]byte {
	t.Helper()
	e, err := NewEncoder(Format{Codec: c})
	if err != nil {
		t.Fatal(err)
	}
	e.SetRate(c.SampleRate())
	pcm := make([]int16, c.SampleRate()/framesPerSecond)
	out := make([][]byte, n)
	at := 0
	for i := range out {
		for k := range pcm {
			pcm[k] = int16(8000 * math.Sin(2*math.Pi*300*float64(at)/float64(c.SampleRate())))
			at++
		}
		out[i] = e.Encode(nil, pcm)
	}
	return out
}

func BenchmarkPlayout(b *testing.B) {
	for c := PCMU; c < NumCodecs; c++ {
		b.Run(fmt.Sprint(c, " ", c.SampleRate()), func(b *testing.B) {
			payload := coded(b, c, 1)[0]
			var stats RxStats
			p := allCodecs(b, &stats)
			p.setRate(c.SampleRate())
			frame := make([]int16, c.SampleRate()/framesPerSecond)
			now := time.Unix(1e9, 0)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				p.take(Seq(n), Timestamp(n*c.ClockRate()/framesPerSecond), c, payload, now)
				now = now.Add(20 * time.Millisecond)
				p.frame(frame, now)
			}
		})
	}
}
