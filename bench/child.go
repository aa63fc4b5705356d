package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// bridge is the tree's own bridge in a process of its own.
type bridge struct {
	cmd    *exec.Cmd
	folder string
	sip    netip.AddrPort
	pid    int
}

// startBridge builds and starts the bridge with room for any load.
func startBridge(ctx context.Context, progress io.Writer, cores int) (*bridge, error) {
	folder, err := os.MkdirTemp("", "partyline-bench")
	if err != nil {
		return nil, err
	}
	b := &bridge{folder: folder}
	program := filepath.Join(folder, "partyline")
	fmt.Fprintln(progress, "building the bridge")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "partyline/cmd/partyline").CombinedOutput(); err != nil {
		b.stop()
		return nil, fmt.Errorf("the bridge of this tree cannot be built; run inside the tree, or name a --target: %w\n%s", err, out)
	}
	if b.sip, err = freeAddr("udp"); err != nil {
		b.stop()
		return nil, err
	}
	http, err := freeAddr("tcp")
	if err != nil {
		b.stop()
		return nil, err
	}
	b.cmd = exec.Command(program, "serve", "--sip=udp:"+b.sip.String(), "--http="+http.String(),
		"--rtp=127.0.0.1:10000-29999", "--max-calls=9000", "--max-participants=5000", "--log-level=warn")
	b.cmd.Env = os.Environ()
	if cores > 0 {
		b.cmd.Env = append(b.cmd.Env, "GOMAXPROCS="+strconv.Itoa(cores))
	}
	b.cmd.Stderr = progress
	if err := b.cmd.Start(); err != nil {
		b.stop()
		return nil, err
	}
	b.pid = b.cmd.Process.Pid
	if err := b.ready(ctx, http); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

// ready waits until the control API can be reached: it opens last.
func (b *bridge) ready(ctx context.Context, http netip.AddrPort) error {
	for range 200 {
		conn, err := net.Dial("tcp", http.String())
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

// stop ends the process and removes what was built.
func (b *bridge) stop() {
	if b.cmd != nil && b.cmd.Process != nil {
		_ = b.cmd.Process.Signal(syscall.SIGTERM)
		_ = b.cmd.Process.Signal(syscall.SIGTERM) // at once
		_ = b.cmd.Wait()
	}
	os.RemoveAll(b.folder)
}

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
