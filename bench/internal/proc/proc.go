// Package proc reads what the kernel knows of a running process: the processor
// time it has used, its memory and its switches. Linux only.
package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// hertz is the unit of the times in /proc/PID/stat: USER_HZ, 100 on every
// architecture Go runs on.
const hertz = 100

// Usage is what a process has used since it began.
type Usage struct {
	CPU      time.Duration // user and system, of all threads
	Resident int64         // bytes of memory in use now
}

// Read asks about the process with that id.
func Read(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	u, err := parse(string(stat), int64(os.Getpagesize()))
	if err != nil {
		return Usage{}, err
	}
	if fine, err := cpuTime(pid); err == nil { // the file counts in steps of 10 ms
		u.CPU = fine
	}
	return u, nil
}

// parse reads a line of /proc/PID/stat (proc(5)). The name in it may hold
// blanks and brackets, so counting begins behind the last bracket.
func parse(stat string, page int64) (Usage, error) {
	_, rest, ok := cutLast(stat, ")")
	f := strings.Fields(rest)
	if !ok || len(f) < 22 {
		return Usage{}, errors.New("proc: stat is cut short")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	pages, err3 := strconv.ParseInt(f[21], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return Usage{}, fmt.Errorf("proc: stat: %w", err)
	}
	return Usage{CPU: time.Duration(user+system) * (time.Second / hertz), Resident: pages * page}, nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
