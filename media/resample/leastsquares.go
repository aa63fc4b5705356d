package resample

import "math"

// leastSquares returns the n coefficients of Σ c[k]·cos(k·ω) that fit bands
// with the least weighted square of the error. The sum of a band's squares is
// an integral in closed form, so the normal equations are exact.
func leastSquares(n int, bands []designBand, ratio int) []float64 {
	moment := make([]float64, 2*n) // ∫ weight·cos(k·ω)
	target := make([]float64, n)   // ∫ weight·gain·cos(k·ω)
	for k := range moment {
		for _, b := range bands {
			m := b.weight * b.moment(k, ratio)
			moment[k] += m
			if k < n {
				target[k] += b.gain * m
			}
		}
	}
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, i+1)
		for j := range a[i] {
			a[i][j] = (moment[i-j] + moment[i+j]) / 2
		}
	}
	return cholesky(a, target)
}

// moment is ∫ cos(k·ω) over the band at ratio times the lower rate.
func (b designBand) moment(k, ratio int) float64 {
	from, to := 2*math.Pi*b.from/float64(ratio), 2*math.Pi*b.to/float64(ratio)
	if k == 0 {
		return to - from
	}
	return (math.Sin(float64(k)*to) - math.Sin(float64(k)*from)) / float64(k)
}

// cholesky solves a·x = b for a symmetric positive definite matrix, of which it
// is given the lower half. Both arguments are overwritten.
func cholesky(a [][]float64, b []float64) []float64 {
	for i := range a {
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(sum)
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
	for i := range b {
		for k := range i {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for k := i + 1; k < len(b); k++ {
			b[i] -= a[k][i] * b[k]
		}
		b[i] /= a[i][i]
	}
	return b
}
