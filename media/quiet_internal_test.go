package media

import "testing"

func TestR13_ComfortNoiseInThePlaceOfSilence(t *testing.T) {
	for _, ptime := range []int{10, 20, 30, 60} {
		p := txParams(0, PCMU, ptime)
		p.ComfortNoise = true
		x := newPost(p)
		x.speak(6)
		quiet := x.timestamp()
		x.hushed(60)
		sound := x.timestamp()
		x.speak(6)
		var noise []wirePacket
		last := uint16(65529)
		for _, p := range x.out.packets {
			want(t, "sequence", p.seq, last+1)
			last = p.seq
			switch {
			case p.kind == 13:
				noise = append(noise, p)
			case p.ts == sound || p.ts == 1<<32-100:
				want(t, "marker of the first audio", p.marker, true)
			case p.marker:
				t.Errorf("ptime %d: a marker at %d", ptime, p.ts)
			case int32(p.ts-quiet) >= 1600 && int32(p.ts-sound) < 0:
				t.Errorf("ptime %d: audio at %d", ptime, p.ts)
			}
		}
		want(t, "packets", len(noise), 5)
		want(t, "counted", x.stats.ComfortNoise, 5)
		for i, p := range noise {
			want(t, "timestamp", p.ts, quiet+uint32(1600*(i+1)))
			want(t, "payload", string(p.payload), "\x7f")
		}
	}
}

// A codec of another clock has no payload type 13, nor has a phone that did
// not offer it. With G.722, whose decoder has to hear the silence that is coded,
// the next word would begin distorted.
func TestR13_NoComfortNoiseUnlessNegotiated(t *testing.T) {
	for c := PCMU; c < NumCodecs; c++ {
		for _, agreed := range []bool{false, true} {
			p := txParams(96, c, 20)
			p.ComfortNoise = agreed
			x := newPost(p)
			x.hushed(50)
			want(t, c.String(), x.stats.ComfortNoise > 0, agreed && (c == PCMU || c == PCMA || c == L16at8k))
		}
	}
}

// Silence that is short, or has a digit in it, is sent as it is.
func TestR13_ShortSilenceIsSent(t *testing.T) {
	p := txParams(0, PCMU, 20)
	p.ComfortNoise = true
	x := newPost(p)
	for range 5 {
		x.hushed(10)
		x.speak(1)
	}
	want(t, "packets", len(x.out.packets), 55)
	want(t, "comfort noise", x.stats.ComfortNoise, 0)
	x.digits.add("5")
	x.hushed(30)
	want(t, "packets of the digit", len(x.events()), 7)
}
