package bridge

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SleepUntil returns at t, some 0.05 ms late on a machine that has nothing else to
// do. The runtime's own timers wait in whole milliseconds when the process has
// nothing else to do, and are up to one late.
//
// The runtime is not told of the system call: to take the processor from a thread
// that comes back within a millisecond costs more than it gives, 4 % of what a
// thousand legs cost. When it wants the thread all the same, for a collection,
// its signal ends the call.
func SleepUntil(t time.Time) {
	for d := time.Until(t); d > 0; d = time.Until(t) {
		left := unix.NsecToTimespec(int64(d))
		_, _, errno := unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, 0, uintptr(unsafe.Pointer(&left)), 0, 0, 0)
		if errno != 0 && errno != unix.EINTR {
			time.Sleep(d)
		}
	}
}
