package media

import (
	"bytes"
	"embed"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The words in testdata were spoken by espeak-ng, by a low and a high English
// voice and a German one, and coded in mu-law at 8 kHz:
//
//	espeak-ng -v en-us -s 165 -p 35, -v en-us+f3 -s 170 -p 60, -v de+m3 -s 170 -p 45
//
//go:embed testdata/speech-*.wav
var speechFiles embed.FS

// speech returns the words of all voices.
func speech(t testing.TB) [][]int16 {
	t.Helper()
	var voices [][]int16
	for _, name := range []string{"low", "high", "german"} {
		file, err := speechFiles.ReadFile("testdata/speech-" + name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		payload := file[bytes.Index(file, []byte("data"))+8:]
		pcm := make([]int16, len(payload)/160*160)
		DecodeFrame(PCMU, pcm, payload[:len(pcm)])
		voices = append(voices, pcm)
	}
	return voices
}

// losses is a pattern of lost packets, in bursts of a fixed length.
type losses struct {
	percent float64
	burst   int
}

func (l losses) String() string { return fmt.Sprintf("%2.0f %% in bursts of %d", l.percent, l.burst) }

func (l losses) pattern(seed uint64, packets int) []bool {
	rng := rand.New(rand.NewPCG(seed, 42))
	lost := make([]bool, packets)
	share := l.percent / 100
	begin := share / (float64(l.burst) * (1 - share))
	for i := 5; i < packets; i++ {
		if rng.Float64() < begin {
			for end := min(packets, i+l.burst); i < end; i++ {
				lost[i] = true
			}
		}
	}
	return lost
}

// A repairer fills the lost frames of pcm, where zeros stand. It hears the
// frames in turn.
type repairer func(pcm []int16, lost []bool)

func repairSilence([]int16, []bool) {}

// repairRepeat plays the last packet again, at 1, 1/2, 1/4 and 0.
func repairRepeat(pcm []int16, lost []bool) {
	run := 0
	for i, gone := range lost {
		if !gone {
			run = 0
			continue
		}
		if run++; run <= 3 {
			for k := range 160 {
				pcm[i*160+k] = pcm[(i-run)*160+k] >> (run - 1)
			}
		}
	}
}

func repairOurs(pcm []int16, lost []bool) {
	l := newListener(8000)
	for i, gone := range lost {
		frame := pcm[i*160 : i*160+160]
		if gone {
			l.conceal(frame)
		} else {
			l.audio(frame)
		}
	}
}

// repairAppendixI is ITU-T G.711 Appendix I (09/99) as the text describes it.
// Its 3.75 ms of delay are taken off: it may change the end of what came.
func repairAppendixI(pcm []int16, lost []bool) {
	var a appendixI
	for i, gone := range lost {
		if gone {
			a.lost(pcm, i*160)
		} else {
			a.good(pcm, i*160)
		}
	}
}

// appendixI is the state of that model.
type appendixI struct {
	past   []int16 // 48.75 ms before the erasure
	period int
	at     int
	cycles int
	erased int // frames of 10 ms
	loop   []float64
}

func (a *appendixI) lost(pcm []int16, at int) {
	for end := at + 160; at < end; at += 80 {
		switch a.erased {
		case 0:
			a.begin(pcm[:at])
			for i, q := 0, a.period/4; i < q; i++ { // the opening joint
				k := at - q + i
				pcm[k] = int16((float64(pcm[k])*float64(q-i) + a.before(i-q)*float64(i)) / float64(q))
			}
			a.synthesize(pcm[at : at+80])
		case 1, 2:
			old := *a // what would follow without the change
			old.loop = append([]float64(nil), a.loop...)
			tail := make([]int16, a.period/4)
			old.synthesize(tail)
			a.build(a.cycles + 1)
			a.at %= a.period
			a.synthesize(pcm[at : at+80])
			for i := range tail {
				f := float64(i) / float64(len(tail))
				pcm[at+i] = int16(float64(tail[i])*(1-f) + float64(pcm[at+i])*f)
			}
		default:
			a.synthesize(pcm[at : at+80])
		}
		for i := range 80 {
			gain := 1.0
			if a.erased > 0 {
				gain = max(0, 1-0.2*(float64(a.erased-1)+float64(i)/80))
			}
			pcm[at+i] = int16(float64(pcm[at+i]) * gain)
		}
		a.erased++
	}
}

// good blends what came with what would have been made up.
func (a *appendixI) good(pcm []int16, at int) {
	if a.erased == 0 || a.erased > 6 {
		a.erased = 0
		return
	}
	n := min(a.period/4+32*(a.erased-1), 80)
	tail := make([]int16, n)
	a.synthesize(tail)
	gain := max(0, 1-0.2*float64(a.erased-1))
	for i := range n {
		f := float64(i) / float64(n)
		pcm[at+i] = int16(float64(tail[i])*gain*(1-f) + float64(pcm[at+i])*f)
	}
	a.erased = 0
}

func (a *appendixI) begin(pcm []int16) {
	a.past = make([]int16, 390)
	copy(a.past[390-min(390, len(pcm)):], pcm[max(0, len(pcm)-390):])
	best := math.Inf(-1)
	for lag := 40; lag <= 120; lag++ {
		var cross, energy float64
		for i := 230; i < 390; i++ {
			cross += float64(a.past[i]) * float64(a.past[i-lag])
			energy += float64(a.past[i-lag]) * float64(a.past[i-lag])
		}
		if c := cross / math.Sqrt(max(energy, 1)); c > best {
			best, a.period = c, lag
		}
	}
	a.at = 0
	a.build(1)
}

// before is the loop at i samples before its beginning.
func (a *appendixI) before(i int) float64 {
	return float64(a.past[390-a.period+i])
}

// build makes the loop of the last n periods, its end overlapped with what was
// before its beginning.
func (a *appendixI) build(n int) {
	a.cycles = n
	size, q := n*a.period, a.period/4
	a.loop = make([]float64, size)
	for i := range a.loop {
		a.loop[i] = float64(a.past[390-size+i])
	}
	for i := range q {
		f := float64(i) / float64(q)
		a.loop[size-q+i] = a.loop[size-q+i]*(1-f) + float64(a.past[390-size-q+i])*f
	}
}

func (a *appendixI) synthesize(dst []int16) {
	for i := range dst {
		dst[i] = int16(a.loop[a.at])
		a.at = (a.at + 1) % len(a.loop)
	}
}

// judged says which of the lost frames count: where the words are louder than
// -45 dBov.
func judged(clean []int16, lost []bool) (frames []int) {
	for i, gone := range lost {
		if gone && power(clean[i*160:i*160+160], 1) > 160*184*184 {
			frames = append(frames, i)
		}
	}
	return frames
}

// segmentalSNR is the mean signal-to-noise ratio of 20 ms frames in dB, each
// held within -10 and 35 dB.
func segmentalSNR(clean, heard []int16, frames []int) float64 {
	sum := 0.0
	for _, i := range frames {
		sum -= max(-35, min(10, errorLevel(clean[i*160:i*160+160], heard[i*160:i*160+160])))
	}
	return sum / float64(len(frames))
}

// spectralDistance is the mean difference in dB between short spectra in
// sixteen bands about as wide as the ear's. It is deaf to phase.
func spectralDistance(clean, heard []int16, frames []int) float64 {
	sum := 0.0
	for _, i := range frames {
		a, b := bands(clean[i*160:i*160+160]), bands(heard[i*160:i*160+160])
		for k := range a {
			sum += math.Abs(a[k] - b[k])
		}
	}
	return sum / float64(len(frames)*len(bandEdges[1:]))
}

// bandEdges are Bark bands in bins of 50 Hz.
var bandEdges = [...]int{2, 4, 6, 8, 10, 13, 15, 18, 22, 25, 30, 34, 40, 46, 54, 63, 74}

func bands(pcm []int16) (level [len(bandEdges) - 1]float64) {
	for k := range level {
		e := 1e3 // about -60 dBov: what is fainter does not count
		for bin := bandEdges[k]; bin < bandEdges[k+1]; bin++ {
			var re, im float64
			for i, v := range pcm {
				x := float64(v) * bandWindow[i]
				re += x * bandTurn[(i*bin)%160]
				im += x * bandTurn[(i*bin+120)%160]
			}
			e += (re*re + im*im) / 160
		}
		level[k] = 10 * math.Log10(e)
	}
	return level
}

var bandWindow, bandTurn = func() (w, c [160]float64) {
	for i := range w {
		c[i] = math.Cos(2 * math.Pi * float64(i) / 160)
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/160)
	}
	return w, c
}()

// The words are closer to those spoken than with the bars of the field: never
// behind G.711 Appendix I, and ahead of silence and repetition.
func TestR08_R09_ConcealmentBeatsTheField(t *testing.T) {
	t.Parallel()
	voices := speech(t)
	repairers := []repairer{repairSilence, repairRepeat, repairAppendixI, repairOurs}
	t.Log("                        segmental SNR, dB                  spectral distance, dB")
	t.Log("                        silence repeat  App. I  ours       silence repeat  App. I  ours")
	for _, l := range []losses{{1, 1}, {3, 1}, {5, 1}, {10, 1}, {20, 1}, {5, 3}, {10, 5}} {
		var snr, far [4]float64
		const seeds = 12
		for _, clean := range voices {
			for k, repair := range repairers {
				var heard, said []int16
				var frames []int
				for seed := range uint64(seeds) {
					lost := l.pattern(seed, len(clean)/160)
					pcm := withHoles(clean, lost)
					repair(pcm, lost)
					for _, i := range judged(clean, lost) {
						frames = append(frames, i+len(said)/160)
					}
					said, heard = append(said, clean...), append(heard, pcm...)
				}
				snr[k] += segmentalSNR(said, heard, frames) / float64(len(voices))
				far[k] += spectralDistance(said, heard, frames) / float64(len(voices))
			}
		}
		t.Logf("%v  %7.2f %7.2f %7.2f %7.2f    %7.2f %7.2f %7.2f %7.2f", l, snr[0], snr[1], snr[2], snr[3], far[0], far[1], far[2], far[3])
		wantAhead(t, l, snr, far)
	}
}

// wantAhead holds ours, the last, against the bars.
func wantAhead(t *testing.T, l losses, snr, far [4]float64) {
	t.Helper()
	if snr[3] < snr[2] || far[3] > far[2] {
		t.Errorf("%v: behind Appendix I", l)
	}
	if snr[3] < snr[1]+0.3 || far[3] > far[1] {
		t.Errorf("%v: not ahead of repetition", l)
	}
	if l.burst == 1 && snr[3] < snr[0]+0.3 || far[3] > far[0]-0.5 {
		t.Errorf("%v: not ahead of silence", l)
	}
}

// withHoles is clean with zeros for what was lost.
func withHoles(clean []int16, lost []bool) []int16 {
	pcm := append([]int16(nil), clean...)
	for i, gone := range lost {
		if gone {
			clear(pcm[i*160 : i*160+160])
		}
	}
	return pcm
}
