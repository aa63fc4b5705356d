//go:build amd64 || arm64

package bridge

import (
	"testing"
	"time"
	"unsafe"
)

// TestPartyIsCompact: what every tick looks at lies in two cache lines of a
// party, and the allocator keeps to such lines.
func TestPartyIsCompact(t *testing.T) {
	const line = 64
	if size := unsafe.Sizeof(party{}); size > 2*line || size <= 112 {
		t.Errorf("a party has %d bytes, want two lines, and no smaller class of the allocator", size)
	}
	if size := unsafe.Sizeof(piece{}); size != line {
		t.Errorf("a piece has %d bytes, want a line", size)
	}
	c := newConference(newBridge(Config{Network: &wire{}, Clocks: 1}), "AC1", "sales", time.Unix(1e9, 0))
	for range 100 {
		p := newParty(c, JoinRequest{}, "CA1", time.Unix(1e9, 0))
		if at := uintptr(unsafe.Pointer(p)); at%line != 0 {
			t.Fatalf("a party is at %#x", at)
		}
	}
}
