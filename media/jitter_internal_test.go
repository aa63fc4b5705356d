package media

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowBuffer is a jitter buffer without a ring, wrap-around or cleverness: it
// keeps every packet for ever and looks at all of them for every sample.
type slowBuffer struct {
	packets []slowPacket // by sequence, from 0
	cursor  int
	dry     bool
	playing bool
	high    int // newest that came

	late, duplicate uint64
}

type slowPacket struct {
	pos, n int
	came   bool // or was turned away
	kept   bool
}

func (b *slowBuffer) push(i int) {
	p := &b.packets[i]
	if p.came {
		b.duplicate++
		return
	}
	p.came = true
	newest := i > b.high // may hold up the playout, but not for longer than is followed
	b.high = max(b.high, i)
	if newest && b.playing && b.dry && p.pos < b.cursor {
		b.cursor = max(p.pos, b.cursor-spreads[JitterLarge]*8)
		b.dry = false // once, even if it is too late all the same
	}
	if !b.playing {
		b.cursor = min(b.cursor, p.pos)
	} else if p.pos+p.n <= b.cursor {
		b.late++
		return
	}
	p.kept = true
	b.dry = false
}

// frame is the next n samples: packet number, or a negative segmentKind.
func (b *slowBuffer) frame(n int) []int {
	var out []int
	for len(out) < n {
		who, kind := b.at(b.cursor)
		if who < 0 && kind == segPause {
			out = append(out, -int(segPause))
			if next, _ := b.at(b.cursor + 1); next >= 0 { // a talkspurt begins with a frame
				for len(out) < n {
					out = append(out, -int(segPause))
				}
			}
		} else if who < 0 {
			out = append(out, -int(kind))
		} else {
			out = append(out, who)
		}
		b.dry = who < 0 && kind == segDry
		b.cursor++
	}
	return out
}

// at is the packet that covers a position, or what the hole there is.
func (b *slowBuffer) at(pos int) (packet int, kind segmentKind) {
	previous, next := -1, -1
	for i, p := range b.packets {
		switch {
		case !p.kept:
		case p.pos <= pos && pos < p.pos+p.n:
			return i, segAudio
		case p.pos+p.n <= pos:
			previous = i
		case next < 0:
			next = i
		}
	}
	if next < 0 {
		return -1, segDry
	}
	for i := previous + 1; i < next; i++ {
		if !b.packets[i].kept {
			return -1, segLost
		}
	}
	return -1, segPause
}

// TestJitter_AgainstSlowBuffer walks both through the same lives: packets of
// odd sizes, lost, late, twice and out of order, with pauses between.
func TestJitter_AgainstSlowBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stats RxStats
		fast := newJitterBuffer(&stats)
		slow := slowBuffer{high: -1}
		firstSeq := Seq(rapid.Uint16().Draw(t, "sequence"))
		firstTS := Timestamp(rapid.Uint32().Draw(t, "timestamp"))
		size := rapid.SampledFrom([]int{80, 160, 160, 160, 240, 320, 37}).Draw(t, "size")
		origin := time.Unix(1e9, 0)
		pos := 0
		deliver := func(i int) {
			p := slow.packets[i]
			payload := make([]byte, p.n)
			for k := range payload {
				payload[k] = byte(i)
			}
			at := origin.Add(time.Duration(p.pos) * time.Second / 8000)
			slow.push(i)
			fast.push(firstSeq.Add(i), firstTS.Add(p.pos), PCMU, p.n*unit8k, payload, at)
		}
		send := func(pause int) int {
			pos += pause
			slow.packets = append(slow.packets, slowPacket{pos: pos, n: size})
			pos += size
			return len(slow.packets) - 1
		}
		deliver(send(0))
		fast.playing, slow.playing = true, true
		ahead := []int{}       // decoded by the fast one, not yet asked for
		held := map[int]bool{} // sent and still on their way
		for step := range rapid.IntRange(1, 120).Draw(t, "steps") {
			what := rapid.IntRange(0, 9).Draw(t, "what")
			if pos-slow.cursor > (ringSize-12)*size {
				what = 9 // the ring must not run over here
			}
			switch what {
			case 0, 1, 2, 3:
				if i := send(0); len(held) == 0 || rapid.Bool().Draw(t, "at once") {
					deliver(i)
				} else {
					held[i] = true
				}
			case 4:
				held[send(rapid.IntRange(1, 500).Draw(t, "pause"))] = true
			case 5:
				deliver(max(0, len(slow.packets)-1-rapid.IntRange(0, 20).Draw(t, "again")))
			case 6:
				for i := range len(slow.packets) {
					if held[i] {
						deliver(i)
						delete(held, i)
						break
					}
				}
			default:
				ahead = compare(t, step, ahead, fast, &slow)
			}
			// What has fallen behind the ring is lost for good.
			for i := range held {
				if i < slow.high-ringSize/2 {
					delete(held, i)
				}
			}
		}
		if stats.Late != slow.late || stats.Duplicate != slow.duplicate {
			t.Fatalf("late %d, want %d; duplicates %d, want %d", stats.Late, slow.late, stats.Duplicate, slow.duplicate)
		}
		if stats.TimestampJumps != 0 {
			t.Fatalf("%d timestamp jumps", stats.TimestampJumps)
		}
	})
}

// unit8k is a sample at 8 kHz in media time.
const unit8k = mediaRate / 8000

func newJitterBuffer(stats *RxStats) *jitterBuffer {
	j := &jitterBuffer{stats: stats}
	j.adopt(newArena(480), 480) // the ring runs over first
	return j
}

// compare plays one frame of both. The fast one gives whole packets: what goes
// beyond the frame is returned, for the next.
func compare(t *rapid.T, step int, ahead []int, fast *jitterBuffer, slow *slowBuffer) []int {
	want := slow.frame(160)
	got := ahead
	for len(got) < 160 {
		s := fast.next((160 - len(got)) * unit8k)
		for k := range s.n / unit8k {
			if s.kind == segAudio {
				got = append(got, int(fast.payload(s.slot)[k+s.skip/unit8k]))
			} else {
				got = append(got, -int(s.kind))
			}
		}
	}
	for i := range want {
		w := want[i]
		if w >= 0 {
			w &= 0xFF
		}
		if got[i] != w {
			t.Fatalf("step %d, sample %d: got %d, want %d\n%s", step, i, got[i], w, fmt.Sprint(slow.packets))
		}
	}
	if at := int(fast.cursor)/unit8k - (len(got) - 160); at != slow.cursor {
		t.Fatalf("step %d: cursor %d, want %d", step, at, slow.cursor)
	}
	return got[160:]
}

// The estimate is the same as that of a sorted list of the packets in full
// blocks, as many of the newest as there is room for and are young enough; of
// all packets while no block is full.
func TestTransits_AgainstSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-500, 500), 1, 1500).Draw(t, "transits")
		var w transits
		every := rapid.SampledFrom([]int{1, 2, 3, 6, 50}).Draw(t, "time between, in 10 ms")
		for i, v := range values {
			w.add(v, int64(math.MaxUint16-500+i*every)) // the clock wraps
		}
		last := values
		if full := len(values) / transitBlock; full > 0 {
			last = values[:full*transitBlock]
			young := transitSpan/(every*transitBlock) + 1
			least := (transitLeast + transitBlock - 1) / transitBlock
			last = last[max(0, full-min(transitBlocks, max(young, least)))*transitBlock:]
		}
		low, over, atLeast := last[0], 0, 0
		for _, v := range last {
			low = min(low, v)
			if v > w.high {
				over++
			}
			if v >= w.high {
				atLeast++
			}
		}
		if w.low != low || over > len(last)/outliersPer {
			t.Fatalf("low %d, want %d; %d of %d over high %d", w.low, low, over, len(last), w.high)
		}
		if atLeast <= len(last)/outliersPer {
			t.Fatalf("high %d is higher than need be", w.high)
		}
	})
}

// What is forgotten does not count any more; the newest packet does.
func TestTransits_ForgetAllButTheNewest(t *testing.T) {
	for n := range 3 * transitBlock {
		var w transits
		for i := range n {
			w.add(1000+i, int64(2*i))
		}
		w.add(7, int64(2*n))
		w.forget()
		if w.low != 7 || w.high != 7 {
			t.Fatalf("after %d packets and one of 7: low %d, high %d", n, w.low, w.high)
		}
		w.add(9, int64(2*n+2))
		if w.low != 7 || w.high != 9 {
			t.Fatalf("after one more, of 9: low %d, high %d", w.low, w.high)
		}
	}
}

// What finds no room pushes out the oldest, and that is counted.
func TestJitter_RingRunsOver(t *testing.T) {
	var stats RxStats
	j := newJitterBuffer(&stats)
	at := time.Unix(1e9, 0)
	for i := range ringSize + 10 {
		j.push(Seq(i-5), Timestamp(i*80), PCMU, 80*unit8k, make([]byte, 80), at)
		at = at.Add(10 * time.Millisecond)
	}
	if stats.Overflow != 10 || stats.Late != 0 {
		t.Errorf("%d pushed out, want 10; %d late", stats.Overflow, stats.Late)
	}
}

// Where the payloads find no room, the oldest make some, and that is counted.
func TestJitter_ArenaRunsOver(t *testing.T) {
	var stats RxStats
	j := jitterBuffer{stats: &stats}
	j.adopt(newArena(80), 480)
	at := time.Unix(1e9, 0)
	const fit = arenaChunks / 6 // packets of 60 ms
	for i := range fit + 5 {
		payload := make([]byte, 480)
		payload[0] = byte(i)
		j.push(Seq(i-5), Timestamp(i*480), PCMU, 480*unit8k, payload, at)
		at = at.Add(60 * time.Millisecond)
	}
	if stats.Overflow != 5 || stats.Late != 0 {
		t.Errorf("%d pushed out, want 5; %d late", stats.Overflow, stats.Late)
	}
	j.playing, j.cursor = true, 5*480*unit8k
	for i := 5; i < fit+5; i++ {
		if s := j.next(frameUnits); s.kind != segAudio || int(j.payload(s.slot)[0]) != i {
			t.Fatalf("packet %d: got %v", i, s)
		}
	}
}
