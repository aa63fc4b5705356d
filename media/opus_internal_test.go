package media

import (
	"math"
	"testing"

	"github.com/thesyncim/gopus"
)

// What samples says by the rules of the RFC, the library decodes; what it says
// cannot be played, the library does not decode either.
func TestOpusSamplesAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	d := testDecoder(t, Opus)
	dst := make([]int16, maxDecoded*48)
	x := uint32(1)
	good := 0
	for range 20000 {
		x = x*1664525 + 1013904223
		packet := make([]byte, x>>16%40)
		for i := range packet {
			x = x*1664525 + 1013904223
			packet[i] = byte(x >> 24)
		}
		info, err := gopus.ParsePacket(packet)
		want := info.FrameCount * opusFrameSamplesOf(packet)
		if err != nil || want > maxDecoded*48 {
			want = 0
		}
		n := d.samples(packet)
		if n != want {
			t.Fatalf("% x: %d samples, the library says %d, %v", packet, n, want, err)
		}
		if n > 0 {
			good++
			d.decode(dst, packet)
		}
	}
	if good < 1000 {
		t.Errorf("only %d of the packets were good", good)
	}
}

func opusFrameSamplesOf(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	return opusFrameSamples(packet[0])
}

// Table 2 of RFC 6716: the length of a frame of each configuration, in 2.5 ms.
func TestOpusFrameLengths(t *testing.T) {
	want := [32]int{4, 8, 16, 24, 4, 8, 16, 24, 4, 8, 16, 24, 4, 8, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8}
	for config, steps := range want {
		if got := opusFrameSamples(byte(config << 3)); got != steps*120 {
			t.Errorf("configuration %d: %d samples, want %d", config, got, steps*120)
		}
	}
}

func TestOpusFraming(t *testing.T) {
	frame := make([]byte, 300)
	for _, c := range []struct {
		name string
		head []byte
		body int
		want int
	}{
		{"no byte", nil, 0, 0},
		{"one frame, empty (DTX)", []byte{0x48}, 0, 960},
		{"two of one length", []byte{0x49}, 20, 1920},
		{"two of one length, odd", []byte{0x49}, 21, 0},
		{"two lengths", []byte{0x4A, 5}, 20, 1920},
		{"two lengths, the first too long", []byte{0x4A, 50}, 20, 0},
		{"a length of two bytes", []byte{0x4A, 252, 1}, 300, 1920},
		{"a length cut short", []byte{0x4A, 252}, 0, 0},
		{"six frames of 20 ms", []byte{0x4B, 6}, 60, 5760},
		{"seven frames of 20 ms", []byte{0x4B, 7}, 70, 0},
		{"no frame", []byte{0x4B, 0}, 70, 0},
		{"padding", []byte{0x4B, 0x42, 10}, 30, 1920},
		{"more padding than packet", []byte{0x4B, 0x42, 40}, 30, 0},
		{"padding of 255 and more", []byte{0x4B, 0x41, 255, 10}, 300, 960},
		{"lengths of their own", []byte{0x4B, 0x83, 5, 6}, 30, 2880},
		{"lengths beyond the end", []byte{0x4B, 0x83, 50, 6}, 30, 0},
	} {
		if got := opusSamples(append(c.head, frame[:c.body]...)); got != c.want {
			t.Errorf("%s: %d samples, want %d", c.name, got, c.want)
		}
	}
}

// A lost packet comes back out of the next one's redundancy, much nearer to
// what was sent than concealment.
func TestOpusRecovers(t *testing.T) {
	enc, err := newOpusCoder(OpusParams{FEC: true, MaxPlaybackRate: 16000})
	if err != nil {
		t.Fatal(err)
	}
	whole, fec, plc := testDecoder(t, Opus), testDecoder(t, Opus), testDecoder(t, Opus)
	var errFEC, errPLC float64
	recovered := 0
	want, got, made := make([]int16, 960), make([]int16, 960), make([]int16, 960)
	packets := make([][]byte, 0, 100)
	for i := range 100 {
		packets = append(packets, enc.encode(nil, voiceLike(960, i*960)))
	}
	for i, p := range packets {
		whole.decode(want, p)
		if i%5 != 4 || i+1 == len(packets) {
			fec.decode(got, p)
			plc.decode(made, p)
			continue
		}
		plc.conceal(made)
		if fec.recover(got, packets[i+1]) {
			recovered++
		} else {
			fec.conceal(got)
		}
		for k := range want {
			errFEC += sq(got[k], want[k])
			errPLC += sq(made[k], want[k])
		}
	}
	if recovered < 12 {
		t.Errorf("%d of 19 packets were recovered", recovered)
	}
	if gain := 10 * math.Log10(errPLC/errFEC); gain < 6 {
		t.Errorf("redundancy is %.1f dB nearer than concealment, want 6", gain)
	}
}

func sq(a, b int16) float64 { d := float64(a) - float64(b); return d * d }

// voiceLike is n samples at 48 kHz of a sound with gliding pitch and syllables,
// from sample at on.
func voiceLike(n, at int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		s := float64(at+i) / 48000
		phase := 2 * math.Pi * (130*s + 6*math.Sin(2*math.Pi*1.3*s))
		v := 0.0
		for h := 1.0; h <= 20; h++ {
			v += math.Sin(h*phase) / h * (1 + math.Cos(2*math.Pi*h/5+7*s))
		}
		pcm[i] = int16(2500 * v * (0.55 + 0.45*math.Sin(2*math.Pi*3.7*s)))
	}
	return pcm
}

// Stereo comes out mixed down.
func TestOpusStereoIsMixedDown(t *testing.T) {
	enc, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: 48000, Channels: 2, Application: gopus.ApplicationAudio})
	if err != nil {
		t.Fatal(err)
	}
	_ = enc.SetBitrate(96000)
	d := testDecoder(t, Opus)
	pcm, dst, packet := make([]int16, 1920), make([]int16, 960), make([]byte, 1500)
	var left, right float64
	for k := range 20 {
		for i := range 960 {
			at := float64(k*960+i) / 48000
			pcm[2*i] = int16(8000 * math.Sin(2*math.Pi*600*at))
			pcm[2*i+1] = int16(8000 * math.Sin(2*math.Pi*1000*at))
		}
		n, err := enc.EncodeInt16(pcm, packet)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.decode(dst, packet[:n]); got != 960 {
			t.Fatalf("decoded %d samples", got)
		}
		left, right = amplitude(dst, 48000, 600), amplitude(dst, 48000, 1000)
	}
	for _, peak := range []float64{left, right} {
		if peak < 3700 || peak > 4300 {
			t.Errorf("peaks of %.0f and %.0f, want 4000", left, right)
		}
	}
}

// amplitude is the peak of the tone of hz in s, which holds whole periods.
func amplitude(s []int16, rate int, hz float64) float64 {
	var re, im float64
	for i, v := range s {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(s))
}

// An Opus encoder stays within what the phone wished for.
func TestOpusParamsAreKept(t *testing.T) {
	for _, p := range []OpusParams{{MaxBitRate: 12000}, {MaxBitRate: 20000, FEC: true}, {}, {MaxPlaybackRate: 8000}} {
		c, err := newOpusCoder(p)
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for i := range 200 {
			packet := c.encode(nil, voiceLike(960, i*960))
			bytes += len(packet)
			if config := packet[0] >> 3; p.MaxPlaybackRate == 8000 && config > 3 && (config < 16 || config > 19) {
				t.Fatalf("configuration %d is no narrowband", config)
			}
		}
		most := p.MaxBitRate
		if most == 0 {
			most = 40000
		}
		if rate := bytes * 8 / 4; float64(rate) > 1.15*float64(most) {
			t.Errorf("%+v: %d bit/s", p, rate)
		}
	}
}
