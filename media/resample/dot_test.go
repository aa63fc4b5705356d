package resample

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The vector code adds up the same products, at every length and place.
func TestDot8(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	a, b := make([]float32, 400), make([]float32, 400)
	for i := range a {
		a[i], b[i] = rng.Float32()-0.5, float32(rng.IntN(65536)-32768)
	}
	for n := 0; n <= 256; n += 8 {
		for at := range 20 {
			x, y := a[at:at+n], b[2*at:2*at+n]
			want, sum := 0.0, 0.0
			for i := range x {
				want += float64(x[i]) * float64(y[i])
				sum += math.Abs(float64(x[i]) * float64(y[i]))
			}
			for name, got := range map[string]float32{"vector": dot8(x, y), "plain": dotPlain(x, y)} {
				if math.Abs(float64(got)-want) > sum*1e-6 {
					t.Fatalf("%s: %d products from %d on are %v, want %v", name, n, at, got, want)
				}
			}
		}
	}
}
