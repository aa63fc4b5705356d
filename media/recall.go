package media

import "partyline/media/resample"

// recallMost is how much a recall holds, in samples: 12 ms at 48 kHz, a frame
// at 16 kHz and less. It is a multiple of every ratio of rates, and enough for
// a filter at one rate whose past comes through a filter from another.
const recallMost = 12 * mediaRate / 1000

// recall is the end of the PCM that was given to an encoder, to be had at
// another rate when the rate of what follows it changes. It allocates nothing.
type recall struct {
	rate int // in Hz
	n    int // samples known
	pcm  [recallMost]int16
}

// known is all there is, the newest last.
func (r *recall) known() []int16 { return r.pcm[:r.n] }

// silence makes r n samples of silence at rate.
func (r *recall) silence(rate, n int) {
	r.rate, r.n = rate, n
	clear(r.pcm[:n])
}

// keep makes r the newest n samples, of which frame are the last; fewer where
// fewer are known or n is more than a frame.
func (r *recall) keep(frame []int16, n int) {
	n = min(n, len(r.pcm), r.rate/framesPerSecond)
	old := min(r.n, max(0, n-len(frame)))
	copy(r.pcm[:old], r.pcm[r.n-old:r.n])
	r.n = old + copy(r.pcm[old:n], frame[len(frame)-min(len(frame), n-old):])
}

// follow makes r the same as other.
func (r *recall) follow(other *recall) {
	r.rate, r.n = other.rate, copy(r.pcm[:], other.known())
}

// at fills dst with the end of what is known at another rate; silence comes
// before it. Next is what follows at that rate: its beginning stands for the
// future that the filter looks at, without a filter of its own. The first
// milliseconds of what is known lack their past.
func (r *recall) at(dst []int16, rate int, next []int16) {
	const most = mediaRate/framesPerSecond + resample.MaxPast // of each rate
	way, err := resample.NewWay(r.rate, rate)
	if err != nil {
		clear(dst)
		return
	}
	known := r.known()
	known = known[len(known)%max(1, r.rate/rate):]
	ahead, late := samplesIn(way.Delay(), r.rate), samplesIn(way.Delay(), rate)
	var in, out [most]int16
	n := copy(in[:], known)
	lookAhead(in[n:n+ahead], next, r.rate, rate)
	m := n * rate / r.rate
	var silence [resample.MaxPast]int16
	way.Convert(out[:m+late], silence[:], in[:n+ahead])
	m = min(m, len(dst))
	clear(dst[:len(dst)-m])
	copy(dst[len(dst)-m:], out[late+n*rate/r.rate-m:])
}

// lookAhead fills dst, at rate from, with the beginning of next, at rate to, on
// straight lines between samples.
func lookAhead(dst []int16, next []int16, from, to int) {
	if len(next) == 0 {
		return
	}
	for i := range dst {
		k, rest := i*to/from, i*to%from
		a, b := int(next[min(k, len(next)-1)]), int(next[min(k+1, len(next)-1)])
		dst[i] = int16(a + (b-a)*rest/from)
	}
}
