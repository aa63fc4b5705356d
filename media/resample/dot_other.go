//go:build !amd64

package resample

// dot8 is the inner product of two slices of the same length, a multiple of 8.
func dot8(a, b []float32) float32 { return dotPlain(a, b) }
