package media

import (
	"testing"
	"unsafe"
)

// A leg of G.711 keeps within the 24 KiB that a leg may cost.
func TestLeg_G711IsSmall(t *testing.T) {
	s, err := Prepare(Params{Tx: PayloadCodec{0, PCMU}, Rx: []PayloadCodec{{0, PCMU}, {8, PCMA}}})
	if err != nil {
		t.Fatal(err)
	}
	size := int(unsafe.Sizeof(Leg{})) + len(s.arena.buf) + 2*cap(s.pcm) + 2*cap(s.loop)
	if size > 24<<10 {
		t.Errorf("a leg takes %d bytes", size)
	}
	t.Log(size, "bytes")
}
