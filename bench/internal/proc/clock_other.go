//go:build !linux

package proc

import (
	"errors"
	"time"
)

func cpuTime(int) (time.Duration, error) { return 0, errors.ErrUnsupported }

var start = time.Now()

// Thread is the time that has passed, where the system is not asked for that of
// a thread.
func Thread() time.Duration { return time.Since(start) }
