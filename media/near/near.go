// Package near has the processor fetch memory into its caches before it is
// needed, while it is busy with something else.
//
// A tick walks through the memory of thousands of legs, which is never in the
// caches when it comes, and spends most of its time in system calls. What is
// asked for before a system call is there after it.
package near

import "unsafe"

// Line is how much memory comes at a time, in bytes, on the processors of today.
const Line = 64

// Fetch asks for the size bytes from p on. It changes nothing and waits for
// nothing; where the processor cannot be asked it does nothing.
func Fetch[T any](p *T, size uintptr) { fetch(unsafe.Pointer(p), size) }

// Span asks for what lies between two fields of a struct, the first byte of the
// second included.
func Span[A, B any](from *A, to *B) {
	fetch(unsafe.Pointer(from), uintptr(unsafe.Pointer(to))-uintptr(unsafe.Pointer(from))+1)
}
