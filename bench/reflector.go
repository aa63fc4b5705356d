package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"

	"partyline/bench/internal/floor"
)

// reflector is the floor in a process of its own.
type reflector struct {
	cmd   *exec.Cmd
	in    io.Closer
	addrs []netip.AddrPort
}

// startReflector starts this program again as a reflector of so many legs.
func startReflector(kind floor.Kind, legs int) (*reflector, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &reflector{cmd: exec.Command(self, "reflect", "--legs="+strconv.Itoa(legs), fmt.Sprintf("--connected=%t", kind == floor.Connected))}
	r.cmd.Stderr = os.Stderr
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for len(r.addrs) < legs && lines.Scan() {
		a, err := netip.ParseAddrPort(lines.Text())
		if err != nil {
			break
		}
		r.addrs = append(r.addrs, a)
	}
	if len(r.addrs) < legs {
		r.stop()
		return nil, fmt.Errorf("the reflector opened %d of %d sockets", len(r.addrs), legs)
	}
	return r, nil
}

// stop closes the reflector's input, which ends it.
func (r *reflector) stop() {
	r.in.Close()
	_ = r.cmd.Wait()
}
