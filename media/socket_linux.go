package media

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"partyline/media/near"
)

const (
	// expedited is DSCP EF (RFC 3246) in the position of the TOS byte.
	expedited = 46 << 2
	// receiveBuffer holds more than a second of packets and bounds what a
	// flood can make the kernel keep for one leg.
	receiveBuffer = 64 << 10
)

// rawSocket is a UDP socket that Go's netpoller does not know.
//
// It makes its system calls itself: unix.Recvmsg and unix.Sendto allocate a
// Sockaddr for every packet, and the scheduler's bracket around a blocking
// system call costs more than it gives for calls that return within a
// microsecond or two. Everything the kernel reads or writes by address lives in
// this struct or in the Datagram, which are on the heap and never move.
type rawSocket struct {
	locked netip.AddrPort // what the kernel holds the socket to, zero for nobody
	fd     int
	v6     bool

	toAddr netip.AddrPort // what to holds
	toLen  uintptr
	to     unix.RawSockaddrInet6

	local  netip.AddrPort
	closed func() // called once, by Close
}

// mailbox is what recvmsg(2) needs and fills besides the data. It points into
// the Datagram that it is part of.
type mailbox struct {
	msg     unix.Msghdr
	iov     unix.Iovec
	from    unix.RawSockaddrInet6 // holds a RawSockaddrInet4 too, which is shorter
	control [64]byte
}

// ready makes d's mailbox ready for the next datagram.
func (d *Datagram) ready() {
	m := &d.kernel
	if m.msg.Iov == nil {
		m.iov.Base = &d.room[0]
		m.iov.SetLen(len(d.room))
		m.msg.Name, m.msg.Iov, m.msg.Control = (*byte)(unsafe.Pointer(&m.from)), &m.iov, &m.control[0]
		m.msg.SetIovlen(1)
	}
	m.msg.Namelen = unix.SizeofSockaddrInet6
	m.msg.SetControllen(len(m.control))
}

// listen binds a non-blocking UDP socket with receive time stamps. Closed is
// called when it is closed.
func listen(addr netip.AddrPort, closed func()) (Socket, error) {
	ip := addr.Addr().Unmap()
	family := unix.AF_INET
	if ip.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := &rawSocket{fd: fd, v6: ip.Is6(), closed: closed}
	if err := s.bind(netip.AddrPortFrom(ip, addr.Port())); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("media: UDP socket on %v: %w", addr, err)
	}
	return s, nil
}

// bind sets the options, binds and learns the local address.
func (s *rawSocket) bind(addr netip.AddrPort) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	// The rest is wished for, not needed: a container may refuse it.
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	var sa unix.Sockaddr
	if s.v6 {
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, expedited)
		sa = &unix.SockaddrInet6{Addr: addr.Addr().As16(), Port: int(addr.Port()), ZoneId: zoneID(addr.Addr())}
	} else {
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TOS, expedited)
		sa = &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}
	}
	if err := unix.Bind(s.fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return s.learnLocal()
}

// learnLocal asks the kernel for the bound address: port 0 becomes a real one.
func (s *rawSocket) learnLocal() error {
	sa, err := unix.Getsockname(s.fd)
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		s.local = netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		s.local = netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return os.NewSyscallError("getsockname", err)
}

// zoneID is the interface index of a link-local address, 0 for others.
func zoneID(ip netip.Addr) uint32 {
	if ifi, err := net.InterfaceByName(ip.Zone()); ip.Zone() != "" && err == nil {
		return uint32(ifi.Index)
	}
	return 0
}

// approach asks for the memory that Recv and Send on s need.
func approach(s Socket) {
	if raw, ok := s.(*rawSocket); ok {
		near.Span(&raw.locked, &raw.toAddr)
	}
}

func (s *rawSocket) LocalAddr() netip.AddrPort { return s.local }

func (s *rawSocket) Close() error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	fd := s.fd
	s.fd = -1
	err := unix.Close(fd)
	s.closed()
	return err
}

func (s *rawSocket) Recv(d *Datagram) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	d.ready()
	n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&d.kernel.msg)), 0)
	if errno == unix.ECONNREFUSED { // of something sent before; the datagrams are behind it
		n, _, errno = unix.RawSyscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&d.kernel.msg)), 0)
	}
	switch errno {
	case 0:
		d.Data, d.From, d.At = d.room[:n], d.kernel.source(s.v6), d.arrival()
		return nil
	case unix.EAGAIN:
		return ErrNoDatagram
	}
	return errno
}

// source reads the address the kernel wrote.
func (m *mailbox) source(v6 bool) netip.AddrPort {
	if v6 {
		return netip.AddrPortFrom(netip.AddrFrom16(m.from.Addr), ntohs(m.from.Port))
	}
	sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&m.from))
	return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), ntohs(sa.Port))
}

// Bounds of what a time stamp may be before and after the present. A tick's
// present is its beginning, and datagrams go on coming while it runs.
const (
	stampBefore = 10 * time.Second
	stampAfter  = time.Second
)

// arrival turns the kernel's time stamp into a time with a monotonic reading,
// so that a step of the wall clock between two packets is not taken for
// jitter. Without a stamp, or with one that cannot be, the packet came now.
func (d *Datagram) arrival() time.Time {
	now := d.present()
	c := d.kernel.control[:]
	stamp, ok := timestampNS(c[:min(int(d.kernel.msg.Controllen), len(c))])
	age := time.Duration(now.UnixNano() - stamp)
	if !ok || age > stampBefore || age < -stampAfter {
		return now
	}
	return now.Add(-age)
}

// timestampNS finds the SCM_TIMESTAMPNS message among control messages. It is
// in ns since 1970.
func timestampNS(c []byte) (stamp int64, ok bool) {
	for len(c) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
		size := int(h.Len)
		if size < unix.SizeofCmsghdr || size > len(c) {
			return 0, false
		}
		data := unix.CmsgLen(0)
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_TIMESTAMPNS && size >= data+int(unsafe.Sizeof(unix.Timespec{})) {
			ts := (*unix.Timespec)(unsafe.Pointer(&c[data]))
			return ts.Nano(), true
		}
		c = c[min(len(c), unix.CmsgSpace(size-data)):]
	}
	return 0, false
}

func (s *rawSocket) Send(b []byte, to netip.AddrPort) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if to != s.toAddr && !s.aim(to) {
		return unix.EAFNOSUPPORT
	}
	dest, destLen := uintptr(unsafe.Pointer(&s.to)), s.toLen
	if to == s.locked {
		dest, destLen = 0, 0
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL,
		dest, destLen)
	if errno == unix.ECONNREFUSED { // of something sent before: this one was not sent
		_, _, errno = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL,
			dest, destLen)
	}
	runtime.KeepAlive(s)
	if errno != 0 {
		return errno
	}
	return nil
}

// lock implements exclusive by connect(2). The kernel then looks up the route
// once and not for every datagram.
func (s *rawSocket) lock(to netip.AddrPort) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if to != s.toAddr && !s.aim(to) {
		return unix.EAFNOSUPPORT
	}
	if err := s.connect(); err != nil {
		return err
	}
	s.locked = to
	return nil
}

// unlock implements exclusive: connect(2) to no address family.
func (s *rawSocket) unlock() error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.to, s.toLen, s.toAddr = unix.RawSockaddrInet6{Family: unix.AF_UNSPEC}, unix.SizeofSockaddrInet6, netip.AddrPort{}
	s.locked = netip.AddrPort{}
	return s.connect()
}

// connect makes the system call with s.to.
func (s *rawSocket) connect() error {
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&s.to)), s.toLen)
	runtime.KeepAlive(s)
	if errno != 0 {
		return errno
	}
	return nil
}

// aim fills the raw destination address. It reports false when the socket
// cannot reach an address of that family.
func (s *rawSocket) aim(to netip.AddrPort) bool {
	ip := to.Addr().Unmap()
	if !ip.IsValid() || ip.Is6() != s.v6 {
		return false
	}
	if s.v6 {
		s.to = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: ntohs(to.Port()), Addr: ip.As16()}
		s.toLen = unix.SizeofSockaddrInet6
	} else {
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.to))
		*sa = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: ntohs(to.Port()), Addr: ip.As4()}
		s.toLen = unix.SizeofSockaddrInet4
	}
	s.toAddr = to
	return true
}

// ntohs turns a port number from network to host byte order, and back.
func ntohs(p uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&p))
	return uint16(b[0])<<8 | uint16(b[1])
}
