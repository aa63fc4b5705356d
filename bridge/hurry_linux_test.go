package bridge

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHurry: a thread in a hurry asks for short slices, for the greatest weight
// where the system grants it, and keeps both to itself.
func TestHurry(t *testing.T) {
	before := attributes(t)
	done := make(chan struct{})
	go func() { // a goroutine that ends locked takes its thread along
		defer close(done)
		err := Hurry()
		a := attributes(t)
		if a.Runtime != uint64(hurrySlice) && a.Runtime != 0 { // 0: before Linux 6.12
			t.Errorf("slices of %d ns, want %d", a.Runtime, hurrySlice)
		}
		switch {
		case err == nil && (a.Nice != hurryNice || a.Flags&unix.SCHED_FLAG_RESET_ON_FORK == 0):
			t.Errorf("%+v, want niceness %d, for this thread alone", a, hurryNice)
		case err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES):
			t.Error(err)
		case err != nil && a.Nice != before.Nice:
			t.Errorf("refused, niceness %d all the same; was %d", a.Nice, before.Nice)
		}
	}()
	<-done
	if after := attributes(t); after.Nice != before.Nice || after.Runtime != before.Runtime {
		t.Errorf("another thread is at %+v, was at %+v", after, before)
	}
}

func attributes(t *testing.T) *unix.SchedAttr {
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Error(err)
		return &unix.SchedAttr{}
	}
	return a
}
