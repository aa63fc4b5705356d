package media

import "math"

// The tones of digits are looked for at 4 kHz, in windows of 20 ms of which
// one begins every 10 ms.
const (
	bankRate   = 4000
	bankWindow = bankRate / 50
	bankHop    = bankWindow / 2
	// halfTaps is how far the half-band filter in front of it reaches to each
	// side, in samples at 8 kHz. Its stop band of -37 dB begins where sound
	// would fold onto the highest tone.
	halfTaps = 11
	// before8k is how much of the past is kept at 8 kHz: what the filter needs,
	// and half a window.
	before8k = 2*halfTaps + 2*bankHop
	// maxDecimation is the highest rate in units of 8 kHz.
	maxDecimation = 6
)

// digitTones are the frequencies in Hz: four rows, then four columns (ITU-T
// Q.23). digitPad holds the keys.
var (
	digitTones = [8]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633}
	digitPad   = [4]string{"123A", "456B", "789C", "*0#D"}
)

// bank holds the constants of every toneBank.
var bank = newBankTable()

type bankTable struct {
	window [bankWindow]float32     // Hann's
	square [2 * bankWindow]float32 // its square at 8 kHz, of sum 1
	half   [halfTaps/2 + 1]float32 // the odd taps of the half-band filter
	cos    [8]float32              // of each tone's angle per sample
	sin    [8]float32
	hop    [8]float64 // each tone's angle per hop
	scale  float32    // from the squared modulus to the power of a tone
}

func newBankTable() *bankTable {
	t := new(bankTable)
	var sum, square float64
	for i := range t.window {
		w := hann(float64(i)+0.5, bankWindow)
		t.window[i] = float32(w)
		sum += w
	}
	for i := range t.square {
		w := hann(float64(i)+0.5, 2*bankWindow)
		square += w * w
	}
	for i := range t.square {
		w := hann(float64(i)+0.5, 2*bankWindow)
		t.square[i] = float32(w * w / square)
	}
	for i := range t.half {
		k := float64(2*i + 1)
		t.half[i] = float32(math.Sin(math.Pi*k/2) / (math.Pi * k) * kaiser(k/(halfTaps+1), 3))
	}
	for i, hz := range digitTones {
		w := 2 * math.Pi * hz / bankRate
		t.cos[i], t.sin[i] = float32(math.Cos(w)), float32(math.Sin(w))
		t.hop[i] = w * bankHop
	}
	t.scale = float32(2 / (sum * sum))
	return t
}

// hann is Hann's window of length n at x.
func hann(x, n float64) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*x/n) }

// kaiser is Kaiser's window at x, 0 in the middle and 1 at the edge.
func kaiser(x, beta float64) float64 { return bessel(beta*math.Sqrt(1-x*x)) / bessel(beta) }

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-10*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// toneBank measures how much of the tones of digits is in the newest audio.
type toneBank struct {
	rate  int
	boost [8]float32 // what the decimation to 8 kHz took from each tone's power

	before [2 * maxDecimation]int16 // the end of the last frame
	at8k   [before8k + 4*bankHop]float32
	at4k   [3 * bankHop]float32
}

// tones is what one window holds.
type tones struct {
	re, im [8]float32 // of each tone; the phase counts from the window's end
	power  [8]float32 // mean square of each tone
	energy float32    // mean square of everything
}

// tune prepares for frames at another rate and forgets the past.
func (b *toneBank) tune(rate int) {
	*b = toneBank{rate: rate}
	n := float64(rate / 8000)
	for i, hz := range digitTones {
		w := math.Pi * hz / float64(rate)
		loss := math.Sin(n*w) / (n * math.Sin(w)) // of one of two boxes
		b.boost[i] = float32(1 / (loss * loss * loss * loss))
	}
}

// frame takes in 20 ms at rate: 8,000, 16,000 or 48,000 Hz.
func (b *toneBank) frame(pcm []int16, rate int) {
	if rate != b.rate {
		b.tune(rate)
	}
	copy(b.at8k[:], b.at8k[4*bankHop:])
	b.decimate(pcm, rate/8000)
	copy(b.at4k[:], b.at4k[2*bankHop:])
	b.halve()
}

// decimate brings pcm from n times 8 kHz to 8 kHz, through two boxes of n
// samples, which have a zero wherever sound folds to 0 Hz.
func (b *toneBank) decimate(pcm []int16, n int) {
	out := b.at8k[before8k:]
	if n == 1 {
		for i, s := range pcm {
			out[i] = float32(s)
		}
		return
	}
	scale := 1 / float32(n*n)
	at := func(i int) int {
		if i < 0 {
			return int(b.before[len(b.before)+i])
		}
		return int(pcm[i])
	}
	// The triangle of the first output ends with the first sample; from each
	// output to the next, two running sums of n samples move on.
	for i := range out {
		last, sum := i*n, 0
		for j := range n {
			sum += (j+1)*at(last-(2*n-2)+j) + j*at(last-j+1)
		}
		out[i] = float32(sum) * scale
	}
	copy(b.before[:], pcm[len(pcm)-len(b.before):])
}

// halve brings 8 kHz to 4 kHz.
func (b *toneBank) halve() {
	out, h := b.at4k[bankHop:], &bank.half
	for i := range out {
		x := b.at8k[before8k-2*halfTaps+2*i:][:2*halfTaps+1]
		sum := x[halfTaps] / 2
		for k, c := range h {
			sum += c * (x[halfTaps-1-2*k] + x[halfTaps+1+2*k])
		}
		out[i] = sum
	}
}

// energy is the mean square of a window: 0 has its middle where the last frame
// begins, 1 in the middle of the frame.
func (b *toneBank) energy(window int) (sum float32) {
	x := b.at8k[halfTaps+2*bankHop*window:][:4*bankHop]
	for i, w := range bank.square {
		sum += w * x[i] * x[i]
	}
	return sum
}

// measure finds the tones of a window.
func (b *toneBank) measure(window int, t *tones) {
	var x [bankWindow]float32
	for i, v := range b.at4k[bankHop*window:][:bankWindow] {
		x[i] = v * bank.window[i]
	}
	goertzel(&x, t, 0)
	goertzel(&x, t, 2)
	goertzel(&x, t, 4)
	goertzel(&x, t, 6)
	for i := range t.power {
		t.power[i] = (t.re[i]*t.re[i] + t.im[i]*t.im[i]) * bank.scale * b.boost[i]
	}
}

// goertzel runs the resonators of tones k and k+1 over x, with the phase turned
// to the end of x.
func goertzel(x *[bankWindow]float32, t *tones, k int) {
	var a1, a2, b1, b2 float32
	ca, cb := 2*bank.cos[k], 2*bank.cos[k+1]
	for _, v := range x {
		a1, a2 = v+ca*a1-a2, a1
		b1, b2 = v+cb*b1-b2, b1
	}
	t.re[k], t.im[k] = a1-a2*bank.cos[k], a2*bank.sin[k]
	t.re[k+1], t.im[k+1] = b1-b2*bank.cos[k+1], b2*bank.sin[k+1]
}
