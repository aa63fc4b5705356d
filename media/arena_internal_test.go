package media

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is taken and given back, in whatever order, no two lie in the same
// bytes, and all that was given back can be had again.
func TestArena_KeepsPayloadsApart(t *testing.T) {
	type piece struct {
		at      uint8
		n, name int
	}
	rapid.Check(t, func(t *rapid.T) {
		a := newArena(80)
		var held []piece
		for i := range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(held) > 0 && rapid.Bool().Draw(t, "give back") {
				k := rapid.IntRange(0, len(held)-1).Draw(t, "which")
				a.free(held[k].at, held[k].n)
				held = append(held[:k], held[k+1:]...)
				continue
			}
			n := rapid.IntRange(0, 480).Draw(t, "bytes")
			at, ok := a.take(n)
			if !ok {
				continue
			}
			copy(a.bytes(at, n), bytes.Repeat([]byte{byte(i)}, n))
			held = append(held, piece{at, n, i})
		}
		for _, p := range held {
			if b := a.bytes(p.at, p.n); !bytes.Equal(b, bytes.Repeat([]byte{byte(p.name)}, p.n)) {
				t.Fatalf("piece %d of %d bytes was overwritten", p.name, p.n)
			}
			a.free(p.at, p.n)
		}
		if a.used != 0 {
			t.Fatalf("chunks %b are left", a.used)
		}
		if _, ok := a.take(arenaChunks * 80); !ok {
			t.Fatal("it is not all there again")
		}
	})
}
