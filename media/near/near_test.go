package near_test

import (
	"testing"

	"partyline/media/near"
)

// Fetch neither changes memory nor minds where it ends.
func TestFetch(t *testing.T) {
	b := make([]byte, 1000)
	for i := range b {
		b[i] = byte(i)
	}
	for _, size := range []uintptr{0, 1, 63, 64, 65, 1000, 1 << 20} {
		for i := 0; i < len(b); i += 7 {
			near.Fetch(&b[i], size)
		}
	}
	for i := range b {
		if b[i] != byte(i) {
			t.Fatalf("byte %d changed to %d", i, b[i])
		}
	}
	var none *[64]byte
	near.Fetch(none, 64)
	if n := testing.AllocsPerRun(100, func() { near.Fetch(&b[0], 64) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
