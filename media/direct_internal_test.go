package media

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// twin is two playouts that are told the same. The second never plays directly:
// all it hears goes through its store.
type twin struct {
	plays [2]*playout
	stats [2]RxStats
	now   time.Time
	words []byte // mu-law
	seq   int    // of the next packet sent
	calm  int    // frames played directly
}

func newTwin(t testing.TB, words []byte) *twin {
	w := &twin{now: time.Unix(1e9, 0), words: words}
	for i := range w.plays {
		w.plays[i] = allCodecs(t, &w.stats[i])
	}
	return w
}

// each does the same to both.
func (w *twin) each(do func(p *playout)) {
	for _, p := range w.plays {
		do(p)
	}
}

// send hands packet seq of c to both, as late as said.
func (w *twin) send(seq int, c Codec, late time.Duration) {
	at := seq * frameSamples % (len(w.words) - frameSamples)
	w.each(func(p *playout) {
		p.take(Seq(seq), Timestamp(seq*frameSamples), c, w.words[at:at+frameSamples], w.now.Add(late))
	})
}

// tick plays a frame of both, which must be the same.
func (w *twin) tick(t interface{ Fatalf(string, ...any) }) {
	var frames [2][mediaRate / framesPerSecond]int16
	var voice [2]bool
	w.now = w.now.Add(time.Second / framesPerSecond)
	for i, p := range w.plays {
		if i == 1 {
			p.settle()
		}
		voice[i] = p.frame(frames[i][:p.outHz/framesPerSecond], w.now)
	}
	if frames[0] != frames[1] || voice[0] != voice[1] || w.stats[0] != w.stats[1] {
		t.Fatalf("before packet %d: voice is %v, statistics are %+v", w.seq, voice, w.stats)
	}
	if w.plays[0].delay() != w.plays[1].delay() {
		t.Fatalf("delays are %v and %v", w.plays[0].delay(), w.plays[1].delay())
	}
	if w.plays[0].lately.n > 0 {
		w.calm++
	}
}

// What is played directly is what would have come out of the store, and so is
// what is concealed, stretched, converted and led on from after it.
func TestPlayout_DirectIsNotHeard(t *testing.T) {
	words := EncodeFrame(PCMU, nil, slices.Concat(speech(t)...))
	calm := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newTwin(t, words)
		codec := PCMU
		for range rapid.IntRange(10, 80).Draw(r, "steps") {
			switch rapid.IntRange(0, 13).Draw(r, "what") {
			default: // a while without events
				for range rapid.IntRange(1, 12).Draw(r, "calm") {
					w.send(w.seq, codec, time.Duration(w.seq%5)*time.Millisecond)
					w.seq++
					w.tick(r)
				}
			case 6: // lost, one or several
				w.seq += rapid.IntRange(1, 4).Draw(r, "lost")
			case 7: // late, and then all at once
				n := rapid.IntRange(1, 20).Draw(r, "held up")
				for range n {
					w.tick(r)
				}
				for range n {
					w.send(w.seq, codec, 0)
					w.seq++
				}
			case 8: // overtaken
				w.send(w.seq+1, codec, 0)
				w.tick(r)
				w.send(w.seq, codec, 0)
				w.tick(r)
				w.seq += 2
			case 9:
				codec = rapid.SampledFrom([]Codec{PCMU, PCMA, PCMA, L16at8k, G722}).Draw(r, "codec")
			case 10:
				hz := rapid.SampledFrom([]int{8000, 8000, 16000, 48000}).Draw(r, "rate")
				w.each(func(p *playout) { p.setRate(hz) })
			case 11:
				w.each(func(p *playout) { p.pushQuiet(Seq(w.seq), []byte{50}) })
				w.seq++
				w.tick(r)
			case 12:
				n := rapid.IntRange(1, 3).Draw(r, "skipped")
				w.each(func(p *playout) { p.skip(n) })
				w.now = w.now.Add(time.Duration(n) * time.Second / framesPerSecond)
			case 13:
				w.each([]func(p *playout){(*playout).restart, (*playout).reset}[rapid.IntRange(0, 1).Draw(r, "reset")])
			}
		}
		calm += w.calm
	})
	if calm == 0 {
		t.Error("nothing was played directly")
	}
}

// In a calm network every frame is played directly, whether there is sound or
// not, and nothing is decoded twice.
func TestPlayout_CalmIsDirect(t *testing.T) {
	w := newTwin(t, append(EncodeFrame(PCMU, nil, speech(t)[0][:8000]), bytes.Repeat([]byte{0xFF}, 8000)...))
	for range 1000 {
		w.send(w.seq, PCMU, time.Duration(w.seq*7%4)*time.Millisecond)
		w.seq++
		w.tick(t)
	}
	if w.calm < 990 {
		t.Errorf("%d of 1000 frames are played directly", w.calm)
	}
}
