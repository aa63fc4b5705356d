package media

import "partyline/media/resample"

// recall is the newest frame of PCM, to be had at another rate when the rate of
// what follows it changes. It allocates nothing.
type recall struct {
	rate int // in Hz, 0 when there was nothing
	pcm  [mediaRate / framesPerSecond]int16
}

// maxStreamDelay is the longest delay of a resampler: 2.5 ms at 48 kHz.
const maxStreamDelay = mediaRate / 400

// keep takes in frame, PCM at rate.
func (r *recall) keep(frame []int16, rate int) {
	n := rate / framesPerSecond
	if r.rate != rate {
		r.rate = rate
		clear(r.pcm[:n])
	}
	if len(frame) < n {
		copy(r.pcm[:n], r.pcm[len(frame):n])
	}
	copy(r.pcm[n-min(n, len(frame)):n], frame)
}

// at fills dst, a frame at another rate, with what was kept, and returns it.
// Next is what follows at that rate: its beginning stands for the future that
// the filter looks at, without a filter of its own. The first milliseconds of
// dst lack their past.
func (r *recall) at(dst, next []int16) []int16 {
	rate := len(dst) * framesPerSecond
	n := r.rate / framesPerSecond
	var s resample.Stream
	if r.rate == rate || s.SetRates(r.rate, rate) != nil {
		copy(dst, r.pcm[:n])
		return dst
	}
	var in, out [mediaRate/framesPerSecond + maxStreamDelay]int16
	ahead, late := samplesIn(s.Delay(), r.rate), samplesIn(s.Delay(), rate)
	copy(in[:], r.pcm[:n])
	follow(in[n:n+ahead], next, r.rate, rate)
	s.Frame(out[:len(dst)+late], in[:n+ahead])
	copy(dst, out[late:])
	return dst
}

// follow fills dst, at rate from, with the beginning of next, at rate to, on
// straight lines between samples.
func follow(dst []int16, next []int16, from, to int) {
	if len(next) == 0 {
		return
	}
	for i := range dst {
		k, rest := i*to/from, i*to%from
		a, b := int(next[min(k, len(next)-1)]), int(next[min(k+1, len(next)-1)])
		dst[i] = int16(a + (b-a)*rest/from)
	}
}
