//go:build amd64 || arm64

package mixer

import (
	"testing"
	"unsafe"
)

// TestPartyIsCompact: what every tick needs of a talker lies in two cache
// lines, its past in the next two, and the allocator keeps to such lines.
func TestPartyIsCompact(t *testing.T) {
	var p Party
	const line = 64
	if at := unsafe.Offsetof(p.State); at != line {
		t.Errorf("the first line ends at %d", at)
	}
	if at := unsafe.Offsetof(p.near); at != 2*line {
		t.Errorf("the second line ends at %d", at)
	}
	if size := unsafe.Sizeof(p); size > 7*line || size <= 6*line {
		t.Errorf("a party has %d bytes", size)
	}
	for range 100 {
		if at := uintptr(unsafe.Pointer(New(8000).Add())); at%line != 0 {
			t.Fatalf("a party is at %#x", at)
		}
	}
}
