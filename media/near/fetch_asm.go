//go:build amd64 || arm64

package near

import "unsafe"

// fetch is in assembly: the language has no word for it.
//
//go:noescape
func fetch(p unsafe.Pointer, size uintptr)
