package tone

import "math"

// Align finds by cross-correlation how many samples later than in sent a
// signal appears in heard, from 0 to most. Likeness is 1 for a perfect copy
// at any gain, near 0 for unrelated signals. A noise or a sweep aligns
// sharply; a pure tone does so only to within its period.
func Align(sent, heard []int16, most int) (delay int, likeness float64) {
	for d := range min(most+1, len(heard)) {
		if c := correlation(sent, heard[d:]); c > likeness {
			delay, likeness = d, c
		}
	}
	return delay, likeness
}

// correlation is the normalised correlation of the common start of a and b.
func correlation(a, b []int16) float64 {
	n := min(len(a), len(b))
	var ab, aa, bb float64
	for i, v := range a[:n] {
		x, y := float64(v), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
