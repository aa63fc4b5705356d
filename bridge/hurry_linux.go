package bridge

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// hurryNice is the greatest weight an ordinary thread can have.
	hurryNice = -20
	// hurrySlice is the shortest time a thread can ask the scheduler for at once.
	// Who asks for less than the one that runs is let in as soon as it wakes.
	hurrySlice = 100 * time.Microsecond
)

// Hurry binds the calling goroutine to its thread for good and asks the system to
// run that thread before others (sched_setattr(2)): with the greatest weight, and
// at once when it wakes, which Linux does from 6.12 on. A thread that is not
// scheduled the ordinary way stays as it is.
//
// The error is that of the system when it refuses the weight, as it does to those
// who have neither CAP_SYS_NICE nor a limit on niceness (RLIMIT_NICE) that allows
// it; the thread wakes at once all the same.
func Hurry() error {
	runtime.LockOSThread()
	mine, err := unix.SchedGetAttr(0, 0)
	if err != nil || mine.Policy != unix.SCHED_NORMAL {
		return err
	}
	mine.Runtime = uint64(hurrySlice)
	if err := unix.SchedSetAttr(0, mine, 0); err != nil {
		return err
	}
	mine.Nice = hurryNice
	mine.Flags |= unix.SCHED_FLAG_RESET_ON_FORK // the weight is not for threads that this one starts
	return unix.SchedSetAttr(0, mine, 0)
}
