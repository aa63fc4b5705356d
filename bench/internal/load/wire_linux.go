package load

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wireBuffer is how much the kernel keeps for a caller: a quarter of a minute
// of audio, so that nothing is lost while the generator is late.
const wireBuffer = 256 << 10

// wire is the UDP socket of a caller: bound, non-blocking, with receive time
// stamps, unknown to Go's netpoller.
//
// It is not a media.Socket: a caller speaks to one address from the answer to
// the end of its call, wants the kernel's time stamp as it is, and nothing of
// where a datagram came from, and what it can leave out the bridge has more of.
// A wire belongs to one goroutine at a time.
type wire struct {
	fd    int
	local netip.AddrPort
}

// openWire binds a wire.
func openWire(at netip.AddrPort) (wire, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return wire{}, os.NewSyscallError("socket", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, wireBuffer)
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())})
	}
	if err != nil {
		unix.Close(fd)
		return wire{}, fmt.Errorf("load: UDP socket on %v: %w", at, err)
	}
	return wire{fd: fd, local: at}, nil
}

// connect fixes who is spoken to: the kernel then finds the way once and not
// for every packet. An invalid address opens the wire to everybody again.
func (w *wire) connect(to netip.AddrPort) error {
	if !to.IsValid() {
		a := unix.RawSockaddrInet4{Family: unix.AF_UNSPEC}
		_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(w.fd), uintptr(unsafe.Pointer(&a)), unix.SizeofSockaddrInet4)
		if errno != 0 {
			return os.NewSyscallError("connect", errno)
		}
		return nil
	}
	return os.NewSyscallError("connect", unix.Connect(w.fd, &unix.SockaddrInet4{Addr: to.Addr().Unmap().As4(), Port: int(to.Port())}))
}

// send sends a datagram on a connected wire. What the system has no room for
// is lost.
func (w *wire) send(b []byte) {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(w.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
	if errno == unix.ECONNREFUSED { // of something sent before: this one was not sent
		unix.RawSyscall6(unix.SYS_SENDTO, uintptr(w.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
	}
}

// empty throws away what has come.
func (w *wire) empty() {
	var b [1]byte // the rest of a datagram is cut off
	for {
		_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(w.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
		if errno != 0 && errno != unix.ECONNREFUSED {
			return
		}
	}
}

func (w *wire) close() { unix.Close(w.fd) }

// inlet is where wires put what comes: one for all wires of a goroutine, so
// that it stays in the processor's cache. The kernel writes to it by address:
// it must be on the heap.
type inlet struct {
	msg     unix.Msghdr
	iov     unix.Iovec
	control [32]byte // one time stamp, with its header
	buf     [2048]byte
}

func newInlet() *inlet {
	in := new(inlet)
	in.iov.Base = &in.buf[0]
	in.iov.SetLen(len(in.buf))
	in.msg.Iov = &in.iov
	in.msg.SetIovlen(1)
	in.msg.Control = &in.control[0]
	return in
}

// recv takes the next datagram of a wire: its bytes, valid until the next recv,
// and when it came by the kernel's clock, in nanoseconds since 1970, 0 when the
// kernel does not say. Nil: there is none.
func (in *inlet) recv(w *wire) (b []byte, at int64) {
	in.msg.SetControllen(len(in.control))
	r, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(w.fd), uintptr(unsafe.Pointer(&in.msg)), 0)
	if errno == unix.ECONNREFUSED { // of something sent before; the datagrams are behind it
		in.msg.SetControllen(len(in.control))
		r, _, errno = unix.RawSyscall(unix.SYS_RECVMSG, uintptr(w.fd), uintptr(unsafe.Pointer(&in.msg)), 0)
	}
	if errno != 0 {
		return nil, 0
	}
	return in.buf[:r], stamp(in.control[:min(int(in.msg.Controllen), len(in.control))])
}

// stamp reads the SO_TIMESTAMPNS message, which is the only one asked for.
func stamp(c []byte) int64 {
	data := unix.CmsgLen(0)
	if len(c) < data+int(unsafe.Sizeof(unix.Timespec{})) {
		return 0
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_TIMESTAMPNS {
		return 0
	}
	ts := (*unix.Timespec)(unsafe.Pointer(&c[data]))
	return ts.Nano()
}

// sleepUntil sleeps until a time of the monotonic clock, in nanoseconds, on the
// thread of the goroutine: without the runtime's timers, which would wake up
// another thread first.
func sleepUntil(deadline int64) {
	ts := unix.NsecToTimespec(deadline)
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil) == unix.EINTR {
	}
}

// monotonic is the clock of sleepUntil.
func monotonic() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// prefer asks the system to run the calling thread before all ordinary ones, so
// that calls are made when they are due however busy the bridge is. It may
// refuse, as it does to all but the superuser.
func prefer() {
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}, 0)
}

// giveWay lets others that share a core with the calling thread run about three
// times as long: the bridge, which in use does not share its cores with its
// callers. Times between packets are the kernel's, whenever they are read.
func giveWay() {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 5)
}

// stampConn asks for receive time stamps on a socket of the net package.
func stampConn(c *net.UDPConn) {
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		})
	}
}
