package proc

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	line := "17 (a) b (c)) S 1 17 17 0 -1 4194560 2512 0 1 0 250 50 0 0 20 0 9 0 4711 1284505600 2048 18446744073709551615 1 1 0"
	got, err := parse(line, 4096)
	want := Usage{CPU: 3 * time.Second, Resident: 8 << 20}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, broken := range []string{"", "17 (a) S 1", "17 (a) S 1 17 17 0 -1 4194560 2512 0 1 0 x 50 0 0 20 0 9 0 4711 1284505600 2048 1"} {
		if _, err := parse(broken, 4096); err == nil {
			t.Errorf("%q is read without an error", broken)
		}
	}
}

func TestReadOneself(t *testing.T) {
	u, err := Read(os.Getpid())
	if err != nil || u.Resident < 1<<20 || u.CPU <= 0 {
		t.Errorf("%+v, %v", u, err)
	}
}

// A child's time is the child's: one that does nothing uses next to nothing,
// though this process is older and busier.
func TestReadAChild(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	for sum := 0; ; sum++ {
		if u, err := Read(os.Getpid()); err != nil || u.CPU > 100*time.Millisecond {
			break
		}
	}
	own, err := Read(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if u, err := Read(child.Process.Pid); err != nil || u.CPU <= 0 || u.CPU > own.CPU/4 {
		t.Errorf("%v, %v; this process has used %v", u.CPU, err, own.CPU)
	}
}
