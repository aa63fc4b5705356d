package mixer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBlocksEqualSamples checks every loop over blocks against one over
// samples, at all lengths a frame has at a multiple of 1,000 Hz, with samples as
// large as they get.
func TestBlocksEqualSamples(t *testing.T) {
	rnd := rand.New(rand.NewPCG(23, 1))
	for n := 20; n <= 960; n += 20 {
		frame, sum := make([]int16, n), make([]int32, n)
		top := []int32{1 << 14, 1 << 16, 1 << 29}[n/20%3]
		for i := range frame {
			frame[i] = int16(rnd.Uint32()) >> (n / 20 % 2)
			sum[i] = rnd.Int32N(2*top) - top
		}
		each := func(f func(s int32, v int16) int32) []int32 {
			out := make([]int32, n)
			for i, v := range frame {
				out[i] = f(sum[i], v)
			}
			return out
		}
		low := func(acc []int32) []int16 {
			out := make([]int16, n)
			for i, v := range acc {
				out[i] = int16(v)
			}
			return out
		}
		var energy int64
		for _, v := range frame {
			energy += int64(v) * int64(v)
		}
		with := each(func(s int32, v int16) int32 { return s + int32(v) })
		without := each(func(s int32, v int16) int32 { return s - int32(v) })
		fits := func(acc []int32) bool { return slices.Max(acc) <= 32767 && slices.Min(acc) >= -32768 }

		got, out := slices.Clone(sum), make([]int16, n)
		if e := addMeasured(got, frame); e != energy || !slices.Equal(got, with) {
			t.Errorf("%d samples: addMeasured", n)
		}
		if energyOf(frame) != energy {
			t.Errorf("%d samples: energyOf", n)
		}
		if add(copied(got, sum), frame); !slices.Equal(got, with) {
			t.Errorf("%d samples: add", n)
		}
		if subtract(copied(got, sum), frame); !slices.Equal(got, without) {
			t.Errorf("%d samples: subtract", n)
		}
		if difference(got, sum, frame); !slices.Equal(got, without) {
			t.Errorf("%d samples: difference", n)
		}
		if ok := tryMinus(out, sum, frame); ok != fits(without) || !slices.Equal(out, low(without)) {
			t.Errorf("%d samples: tryMinus", n)
		}
		if minus(out, sum, frame); !slices.Equal(out, low(without)) {
			t.Errorf("%d samples: minus", n)
		}
		if ok := narrow(out, sum); ok != fits(sum) || !slices.Equal(out, low(sum)) {
			t.Errorf("%d samples: narrow", n)
		}
		if p := peak(sum); p != max(slices.Max(sum), ^slices.Min(sum)) {
			t.Errorf("%d samples: peak %d", n, p)
		}
	}
}

// TestEverySampleIsLookedAt puts the one that does not fit at every place.
func TestEverySampleIsLookedAt(t *testing.T) {
	for _, n := range []int{20, 160, 220, 320} {
		sum, none, out := make([]int32, n), make([]int16, n), make([]int16, n)
		for i := range sum {
			for v, want := range map[int32]bool{32767: true, -32768: true, 32768: false, -32769: false} {
				sum[i] = v
				if narrow(out, sum) != want || tryMinus(out, sum, none) != want || (peak(sum) <= peakMax) != want {
					t.Errorf("%d as sample %d of %d fits: want %v", v, i, n, want)
				}
			}
			sum[i] = 0
		}
	}
}

func copied(dst, src []int32) []int32 {
	copy(dst, src)
	return dst
}
