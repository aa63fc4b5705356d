package media

import (
	"testing"
	"time"
)

// allCodecs is a playout that takes every codec.
func allCodecs(t testing.TB, stats *RxStats) *playout {
	t.Helper()
	var p Params
	for c := PCMU; c < NumCodecs; c++ {
		p.Rx = append(p.Rx, PayloadCodec{uint8(c), c})
	}
	s, err := Prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	play := &playout{}
	play.stats = stats
	play.init()
	play.adopt(s)
	return play
}

// FuzzPlayout has one sender jump between codecs, sequence numbers, timestamps
// and lengths, while the conference changes its rate. Each packet takes six
// octets of the input: codec, steps of sequence and timestamp, length, arrival
// and what else happens; its payload is what follows.
func FuzzPlayout(f *testing.F) {
	for c := byte(PCMU); c < byte(NumCodecs); c++ {
		var calm, wild []byte
		for i := range byte(60) {
			calm = append(calm, c, 1, 20, 40, 20, 0)
			wild = append(wild, c+i%3, i*7, i*i, i*4, i%41, i)
		}
		f.Add(calm)
		f.Add(wild)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4000 {
			return
		}
		var stats RxStats
		p := allCodecs(t, &stats)
		now := time.Unix(1e9, 0)
		seq, ts := Seq(65500), Timestamp(1<<32-5000)
		var dst [960]int16
		due := now
		for ; len(data) >= 6; data = data[6:] {
			codec := PCMU + Codec(data[0])%(NumCodecs-PCMU)
			seq = seq.Add(int(int8(data[1])))
			ts = ts.Add(int(int8(data[2])) * codec.ClockRate() / 1000)
			payload := data[6:min(len(data), 6+int(data[3])*8)]
			now = now.Add(time.Duration(data[4]%64) * time.Millisecond)
			happen(p, data[5], seq, payload)
			if len(payload) <= p.stride {
				p.take(seq, ts, codec, payload, now)
			}
			for ; !due.After(now); due = due.Add(20 * time.Millisecond) {
				frame := dst[:p.outHz/framesPerSecond]
				if sound := p.frame(frame, due); sound == silent(frame) {
					t.Fatalf("sound is %v, silent %v", sound, silent(frame))
				}
			}
			check(t, p)
		}
	})
}

// happen lets other things happen between packets.
func happen(p *playout, what byte, seq Seq, payload []byte) {
	switch what {
	case 1, 2, 3:
		p.setRate([]int{8000, 16000, 48000}[what-1])
	case 4:
		p.restart()
	case 5:
		p.reset()
	case 6:
		p.skip(3)
	case 7:
		p.pushQuiet(seq, payload)
	case 8, 9, 10, 11:
		p.size = JitterBufferSize(what - 8)
	}
}

// check says what must hold whatever comes.
func check(t *testing.T, p *playout) {
	t.Helper()
	var used uint64
	use := func(at uint8, n int) {
		mask := p.arena.mask(at, n)
		if used&mask != 0 {
			t.Fatal("two payloads in one place")
		}
		used |= mask
	}
	for i := range p.ring {
		if s := &p.ring[i]; s.content != holdsNothing && s.size > 0 {
			use(s.at, int(s.size))
		}
	}
	for _, at := range p.lately.at[:p.lately.n] {
		use(at, frameSamples)
	}
	if used != p.arena.used {
		t.Fatalf("chunks %b are used, %b are counted", used, p.arena.used)
	}
	if n := p.store.pending(); n < 0 || n > len(p.store.buf) {
		t.Fatalf("%d samples are pending", n)
	}
}
