package proc

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time of a process and all its threads, to the
// nanosecond: its processor time clock, as clock_getcpuclockid(3) makes it.
func cpuTime(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// Thread is the processor time of the thread that asks. The goroutine must be
// locked to it for two answers to be comparable.
func Thread() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
