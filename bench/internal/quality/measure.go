package quality

import (
	"math"
	"math/cmplx"

	"partyline/bench/internal/speech"
)

// talking is the mean square from which on a piece of text is speech: -50 dBov.
const talking = 100 * 100

// voices are the two that are used to judge concealment.
func voices() []*clip {
	return []*clip{newClip(speech.Make(11, 110, 60)), newClip(speech.Make(12, 195, 60))}
}

// vowel is an endless one of 137 Hz with three formants and a little noise.
func vowel() *clip {
	pcm := make([]int16, rate)
	breath := noise(5).pcm
	for i := range pcm {
		var v float64
		for h := 1; h <= 20; h++ {
			v += formants(137*float64(h)) * math.Sin(2*math.Pi*137*float64(h)*float64(i)/rate+float64(h*h))
		}
		pcm[i] = int16(4000*v) + breath[i]/100
	}
	return newClip(pcm)
}

// formants is the envelope of an open vowel at a frequency.
func formants(hz float64) (gain float64) {
	for i, f := range []float64{700, 1200, 2500} {
		d := (hz - f) / 150
		gain += 1 / (1 + d*d) / float64(i+1)
	}
	return gain
}

// hurt lists the pieces of speech that were lost, and with behind also those
// that follow, where concealment and voice are joined.
func hurt(clean []int16, lost []bool, behind bool) (pieces []int) {
	for i := range lost {
		if (lost[i] || behind && i > 0 && lost[i-1]) && power(clean[i*frame:(i+1)*frame]) >= talking {
			pieces = append(pieces, i)
		}
	}
	return pieces
}

// power is the mean square.
func power(pcm []int16) (sum float64) {
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}

// segmental is the mean signal-to-noise ratio of the lost pieces in dB, each
// within -10 and 35.
func segmental(clean, got []int16, lost []bool) float64 {
	var sum float64
	n := 0
	for _, i := range hurt(clean, lost, false) {
		if (i+1)*frame > len(got) {
			break
		}
		var noise float64
		for k := i * frame; k < (i+1)*frame; k++ {
			d := float64(clean[k]) - float64(got[k])
			noise += d * d / frame
		}
		signal := power(clean[i*frame : (i+1)*frame])
		sum += max(-10, min(35, 10*math.Log10(signal/max(noise, 1))))
		n++
	}
	return sum / float64(max(n, 1))
}

// bands are the edges of the ear's critical bands up to 4 kHz, in lines of
// 31.25 Hz.
var bands = [...]int{3, 6, 10, 13, 16, 20, 25, 29, 35, 41, 47, 55, 64, 74, 86, 101, 118}

const window = 256 // 32 ms around the middle of a piece

// spectral is the mean difference of the hurt pieces' band levels in dB.
// Levels below -70 dBov are taken for -70: nobody hears the difference.
func spectral(clean, got []int16, lost []bool) float64 {
	var sum float64
	n := 0
	for _, i := range hurt(clean, lost, true) {
		from := i*frame + frame/2 - window/2
		if from < 0 || from+window > min(len(clean), len(got)) {
			continue
		}
		a, b := levels(clean[from:from+window]), levels(got[from:from+window])
		var d float64
		for k := range a {
			d += math.Abs(a[k]-b[k]) / float64(len(a))
		}
		sum += d
		n++
	}
	return sum / float64(max(n, 1))
}

// levels are those of the bands, in dBov.
func levels(pcm []int16) (out [len(bands) - 1]float64) {
	x := make([]complex128, window)
	for i, v := range pcm {
		hann := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/window)
		x[i] = complex(float64(v)/32768*hann, 0)
	}
	fft(x)
	for k := range out {
		var e float64
		for _, v := range x[bands[k]:bands[k+1]] {
			e += real(v)*real(v) + imag(v)*imag(v)
		}
		// A Hann window passes 3/8 of the power; half of it is at negative
		// frequencies.
		out[k] = max(-70, 10*math.Log10(2*e/(window*window*3.0/8)+1e-12))
	}
	return out
}

// fft is the discrete Fourier transform in place; the length is a power of 2.
func fft(x []complex128) {
	n := len(x)
	if n == 1 {
		return
	}
	even, odd := make([]complex128, n/2), make([]complex128, n/2)
	for i := range even {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	fft(even)
	fft(odd)
	for k := range even {
		t := cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n)) * odd[k]
		x[k], x[k+n/2] = even[k]+t, even[k]-t
	}
}
