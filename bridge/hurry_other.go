//go:build !linux

package bridge

import "runtime"

// Hurry binds the calling goroutine to its thread for good; the system is asked
// for nothing.
func Hurry() error {
	runtime.LockOSThread()
	return nil
}
