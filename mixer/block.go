package mixer

// Most samples are worked on in blocks, through pointers to arrays: no index
// is checked, and the loops are unrolled by hand. A frame at a rate of
// telephony is one, two or six blocks; what is left of one at another rate goes
// sample by sample.
const blockLen = 160

type (
	block = [blockLen]int16
	wide  = [blockLen]int32
)

// last is the last index at which so many samples remain in a block.
const last = blockLen - 4

// addMeasured adds frame to sum and returns the sum of its squares.
func addMeasured(sum []int32, frame []int16) (energy int64) {
	for len(sum) >= blockLen && len(frame) >= blockLen {
		s, f := (*wide)(sum), (*block)(frame)
		for i := 0; i <= last; i += 4 {
			a, b, c, d := int64(f[i]), int64(f[i+1]), int64(f[i+2]), int64(f[i+3])
			s[i] += int32(a)
			s[i+1] += int32(b)
			s[i+2] += int32(c)
			s[i+3] += int32(d)
			energy += a*a + b*b + c*c + d*d
		}
		sum, frame = sum[blockLen:], frame[blockLen:]
	}
	for i, v := range frame[:len(sum)] {
		sum[i] += int32(v)
		energy += int64(v) * int64(v)
	}
	return energy
}

// energyOf returns the sum of the squares of frame.
func energyOf(frame []int16) (energy int64) {
	for len(frame) >= blockLen {
		f := (*block)(frame)
		for i := 0; i <= last; i += 4 {
			a, b, c, d := int64(f[i]), int64(f[i+1]), int64(f[i+2]), int64(f[i+3])
			energy += a*a + b*b + c*c + d*d
		}
		frame = frame[blockLen:]
	}
	for _, v := range frame {
		energy += int64(v) * int64(v)
	}
	return energy
}

// minus sets out to sum without voice, for a caller who knows that it fits.
func minus(out []int16, sum []int32, voice []int16) {
	for len(out) >= blockLen && len(sum) >= blockLen && len(voice) >= blockLen {
		o, s, v := (*block)(out), (*wide)(sum), (*block)(voice)
		for i := 0; i <= last; i += 4 {
			o[i], o[i+1] = int16(s[i])-v[i], int16(s[i+1])-v[i+1]
			o[i+2], o[i+3] = int16(s[i+2])-v[i+2], int16(s[i+3])-v[i+3]
		}
		out, sum, voice = out[blockLen:], sum[blockLen:], voice[blockLen:]
	}
	for i, s := range sum[:len(out)] {
		out[i] = int16(s) - voice[i]
	}
}

// tryMinus sets out to sum without voice and reports whether that fits.
func tryMinus(out []int16, sum []int32, voice []int16) bool {
	var high uint32
	for len(out) >= blockLen && len(sum) >= blockLen && len(voice) >= blockLen {
		o, s, v := (*block)(out), (*wide)(sum), (*block)(voice)
		for i := 0; i <= last; i += 4 {
			a, b := s[i]-int32(v[i]), s[i+1]-int32(v[i+1])
			c, d := s[i+2]-int32(v[i+2]), s[i+3]-int32(v[i+3])
			high |= uint32(a+1<<15) | uint32(b+1<<15) | uint32(c+1<<15) | uint32(d+1<<15)
			o[i], o[i+1], o[i+2], o[i+3] = int16(a), int16(b), int16(c), int16(d)
		}
		out, sum, voice = out[blockLen:], sum[blockLen:], voice[blockLen:]
	}
	for i, s := range sum[:len(out)] {
		a := s - int32(voice[i])
		high |= uint32(a + 1<<15)
		out[i] = int16(a)
	}
	return high < 1<<16
}

// narrow writes acc to out and reports whether all of it fits.
func narrow(out []int16, acc []int32) bool {
	var high uint32
	for len(out) >= blockLen && len(acc) >= blockLen {
		o, s := (*block)(out), (*wide)(acc)
		for i := 0; i <= last; i += 4 {
			a, b, c, d := s[i], s[i+1], s[i+2], s[i+3]
			high |= uint32(a+1<<15) | uint32(b+1<<15) | uint32(c+1<<15) | uint32(d+1<<15)
			o[i], o[i+1], o[i+2], o[i+3] = int16(a), int16(b), int16(c), int16(d)
		}
		out, acc = out[blockLen:], acc[blockLen:]
	}
	for i, a := range acc[:len(out)] {
		high |= uint32(a + 1<<15)
		out[i] = int16(a)
	}
	return high < 1<<16
}

// difference sets acc to sum without voice, nil for silence.
func difference(acc, sum []int32, voice []int16) {
	if voice == nil {
		copy(acc, sum)
		return
	}
	for len(acc) >= blockLen && len(sum) >= blockLen && len(voice) >= blockLen {
		o, s, v := (*wide)(acc), (*wide)(sum), (*block)(voice)
		for i := 0; i <= last; i += 4 {
			o[i], o[i+1] = s[i]-int32(v[i]), s[i+1]-int32(v[i+1])
			o[i+2], o[i+3] = s[i+2]-int32(v[i+2]), s[i+3]-int32(v[i+3])
		}
		acc, sum, voice = acc[blockLen:], sum[blockLen:], voice[blockLen:]
	}
	for i, s := range sum[:len(acc)] {
		acc[i] = s - int32(voice[i])
	}
}

// add adds frame to acc.
func add(acc []int32, frame []int16) {
	for len(acc) >= blockLen && len(frame) >= blockLen {
		o, v := (*wide)(acc), (*block)(frame)
		for i := 0; i <= last; i += 4 {
			o[i] += int32(v[i])
			o[i+1] += int32(v[i+1])
			o[i+2] += int32(v[i+2])
			o[i+3] += int32(v[i+3])
		}
		acc, frame = acc[blockLen:], frame[blockLen:]
	}
	for i, v := range frame[:len(acc)] {
		acc[i] += int32(v)
	}
}

// subtract takes frame away from acc.
func subtract(acc []int32, frame []int16) {
	for i, v := range frame[:len(acc)] {
		acc[i] -= int32(v)
	}
}
