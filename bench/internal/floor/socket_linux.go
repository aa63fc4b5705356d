package floor

import (
	"errors"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is a UDP socket that does not block.
type socket struct {
	fd        int32
	connected bool
}

// buffer holds the packet that is on its way through, and where it is from. All
// sockets share it.
type buffer struct {
	data    [2048]byte
	from    unix.RawSockaddrInet4
	fromLen uint32
}

func open(at netip.AddrPort) (socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return socket{}, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		unix.Close(fd)
		return socket{}, err
	}
	return socket{fd: int32(fd)}, nil
}

// isTaken reports whether the port has an owner.
func isTaken(err error) bool { return errors.Is(err, unix.EADDRINUSE) }

// reflect is recvfrom(2) and sendto(2), once each.
func (s *socket) reflect(kind Kind, b *buffer) bool {
	from, fromLen := uintptr(unsafe.Pointer(&b.from)), uintptr(unsafe.Pointer(&b.fromLen))
	if s.connected {
		from, fromLen = 0, 0
	}
	b.fromLen = unix.SizeofSockaddrInet4
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&b.data)), uintptr(len(b.data)), 0, from, fromLen)
	if errno != 0 {
		return false
	}
	if kind == Connected && !s.connected {
		_, _, errno = unix.RawSyscall(unix.SYS_CONNECT, uintptr(s.fd), from, unix.SizeofSockaddrInet4)
		s.connected = errno == 0
	}
	to, toLen := from, uintptr(unix.SizeofSockaddrInet4)
	if s.connected {
		to, toLen = 0, 0
	}
	_, _, errno = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b.data)), n, unix.MSG_NOSIGNAL, to, toLen)
	return errno == 0
}

func (s *socket) close() { unix.Close(int(s.fd)) }
