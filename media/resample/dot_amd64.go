package resample

import "golang.org/x/sys/cpu"

// vectors says that the processor has the instructions of dotFMA.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// dot8 is the inner product of two slices of the same length, a multiple of 8.
func dot8(a, b []float32) float32 {
	if !vectors || len(a) == 0 || len(b) < len(a) {
		return dotPlain(a, b)
	}
	return dotFMA(&a[0], &b[0], len(a)&^7)
}

// dotFMA is dotPlain for n values, a multiple of 8 above 0. It adds them up in
// another order.
//
//go:noescape
func dotFMA(a, b *float32, n int) float32
