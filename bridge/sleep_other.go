//go:build !linux

package bridge

import "time"

// SleepUntil returns at t, as exactly as the runtime's timers do.
func SleepUntil(t time.Time) { time.Sleep(time.Until(t)) }
