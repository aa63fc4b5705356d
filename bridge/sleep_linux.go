package bridge

import (
	"time"

	"golang.org/x/sys/unix"
)

// SleepUntil returns at t, some 0.05 ms late on a machine that has nothing else to
// do. The runtime's own timers wait in whole milliseconds when the process has
// nothing else to do, and are up to one late.
func SleepUntil(t time.Time) {
	for d := time.Until(t); d > 0; d = time.Until(t) {
		left := unix.NsecToTimespec(int64(d))
		if err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &left, nil); err != nil && err != unix.EINTR {
			time.Sleep(d)
		}
	}
}
