package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"partyline/bench/internal/load"
)

// Room for any load.
const (
	firstBridgePort, lastBridgePort = 10000, 29999
	maxBridgeCalls                  = 9000
	maxBridgeParticipants           = 5000
)

// bridgeOptions are what a bridge of this tree is started with.
type bridgeOptions struct {
	cores    int      // GOMAXPROCS, 0: all
	logLevel string   // "": warn
	garbage  byteSize // made per second in its process
}

// bridgeProcess is the tree's own bridge in a process of its own.
type bridgeProcess struct {
	cmd     *exec.Cmd
	input   io.Closer // nil: it has none
	log     *os.File
	folder  string
	sip     netip.AddrPort
	http    netip.AddrPort
	metrics netip.AddrPort
	account string
	token   string
	rtp     netip.Addr
	pid     int
}

// startBridge starts a bridge: the program that is shipped or, when
// something else is to go on in its process, this one.
func startBridge(ctx context.Context, progress io.Writer, o bridgeOptions) (*bridgeProcess, error) {
	b := &bridgeProcess{account: "bench", token: rand.Text()}
	if o.logLevel == "" {
		o.logLevel = "warn"
	}
	err := b.start(ctx, progress, o)
	if err == nil {
		err = b.ready(ctx)
	}
	if err != nil {
		err = fmt.Errorf("%w%s", err, b.lastWords())
		b.stop()
		return nil, err
	}
	fmt.Fprintf(progress, "the bridge is process %d\n", b.pid)
	return b, nil
}

func (b *bridgeProcess) start(ctx context.Context, progress io.Writer, o bridgeOptions) (err error) {
	if b.folder, err = os.MkdirTemp("", "partyline-bench"); err != nil {
		return err
	}
	if err := b.place(); err != nil {
		return err
	}
	if o.garbage > 0 {
		err = b.own(o)
	} else {
		err = b.build(ctx, progress, o)
	}
	if err != nil {
		return err
	}
	b.cmd.Env = os.Environ()
	if o.cores > 0 {
		b.cmd.Env = append(b.cmd.Env, "GOMAXPROCS="+strconv.Itoa(o.cores))
	}
	if b.log, err = os.Create(filepath.Join(b.folder, "log")); err != nil {
		return err
	}
	b.cmd.Stderr = b.log
	if err := b.cmd.Start(); err != nil {
		return err
	}
	b.pid = b.cmd.Process.Pid
	return nil
}

// place finds addresses: for the audio one of loopback's many, so that no other
// program has ports there.
func (b *bridgeProcess) place() (err error) {
	b.rtp = netip.AddrFrom4([4]byte{127, byte(1 + mathrand.N(254)), byte(mathrand.N(255)), 1})
	var errs [3]error
	b.sip, errs[0] = freeAddr("udp")
	b.http, errs[1] = freeAddr("tcp")
	b.metrics, errs[2] = freeAddr("tcp")
	return errors.Join(errs[:]...)
}

// build builds the program that is shipped.
func (b *bridgeProcess) build(ctx context.Context, progress io.Writer, o bridgeOptions) error {
	program := filepath.Join(b.folder, "partyline")
	fmt.Fprintln(progress, "building the bridge")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "partyline/cmd/partyline").CombinedOutput(); err != nil {
		return fmt.Errorf("the bridge of this tree cannot be built; run inside the tree, or name a --target: %w\n%s", err, out)
	}
	b.cmd = exec.Command(program, "serve", "--sip=udp:"+b.sip.String(), "--http="+b.http.String(),
		fmt.Sprintf("--rtp=%s:%d-%d", b.rtp, firstBridgePort, lastBridgePort),
		fmt.Sprintf("--max-calls=%d", maxBridgeCalls), fmt.Sprintf("--max-participants=%d", maxBridgeParticipants),
		"--account="+b.account+":"+b.token, "--fetch-allow=127.0.0.0/8",
		"--metrics-listen="+b.metrics.String(), "--metrics-participants=0", "--log-level="+o.logLevel)
	return nil
}

// own starts this program as the bridge.
func (b *bridgeProcess) own(o bridgeOptions) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.cmd = exec.Command(self, "host", "--sip="+b.sip.String(), "--http="+b.http.String(), "--metrics="+b.metrics.String(),
		"--rtp="+b.rtp.String(), "--account="+b.account, "--token="+b.token, "--log-level="+o.logLevel, fmt.Sprintf("--garbage=%d", o.garbage))
	b.input, err = b.cmd.StdinPipe()
	return err
}

// ready waits until the control API can be reached: it opens last.
func (b *bridgeProcess) ready(ctx context.Context) error {
	for range 200 {
		conn, err := net.Dial("tcp", b.http.String())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errNotReady
}

// aim points a run at the bridge.
func (b *bridgeProcess) aim(cfg *load.Config) {
	cfg.Target, cfg.PID = b.sip, b.pid
	cfg.Control = load.Control{Addr: b.http.String(), Account: b.account, Token: b.token}
	cfg.Metrics = b.metrics.String()
}

// logged is how many bytes the bridge has logged.
func (b *bridgeProcess) logged() int64 {
	if info, err := b.log.Stat(); err == nil {
		return info.Size()
	}
	return 0
}

// lastWords are the last lines of the log, for an error.
func (b *bridgeProcess) lastWords() string {
	const most = 2000
	if b.log == nil {
		return ""
	}
	all, err := os.ReadFile(b.log.Name())
	if err != nil || len(all) == 0 {
		return ""
	}
	return "\nThe bridge logged last:\n" + strings.TrimSpace(string(all[max(0, len(all)-most):]))
}

// stop ends the process and removes what was built.
func (b *bridgeProcess) stop() {
	if b.input != nil {
		b.input.Close()
	}
	if b.pid != 0 {
		_ = b.cmd.Process.Signal(syscall.SIGTERM)
		_ = b.cmd.Process.Signal(syscall.SIGTERM) // at once
		_ = b.cmd.Wait()
	}
	if b.log != nil {
		b.log.Close()
	}
	os.RemoveAll(b.folder)
}

var errNotReady = errors.New("the bridge did not come up within 20 s")

// freeAddr is an address of loopback that nobody uses just now.
func freeAddr(network string) (netip.AddrPort, error) {
	if network == "tcp" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return netip.AddrPort{}, err
		}
		defer l.Close()
		return netip.ParseAddrPort(l.Addr().String())
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer c.Close()
	return netip.ParseAddrPort(c.LocalAddr().String())
}
